// A counted byte buffer: see <goconc/buf.h>.
#pragma once

#include <goconc/buf.h>

#include "base/atomic.h"

namespace goc {

class Buffer {
 public:
  // Null without memory. `data` is copied if it is not null.
  static Buffer* make(const void* data, size_t size);
  static Buffer* wrap(const void* data, size_t size, goc_fn free, void* arg);

  char* data() const { return data_; }
  size_t size() const { return size_; }
  void retain() { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release();

 private:
  Buffer(char* data, size_t size, goc_fn free, void* arg)
      : data_(data), size_(size), free_(free), arg_(arg) {}

  Atom<uint32_t> refs_{1};  // the last release (acq_rel) sees what the others have done with it
  char* const data_;
  const size_t size_;
  const goc_fn free_;  // of wrapped bytes
  void* const arg_;
};

}  // namespace goc
