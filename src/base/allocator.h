// The allocator of the few standard containers in src/: without memory they throw std::bad_alloc, also
// where a test says so.
#pragma once

#include <new>

#include "base/os.h"

namespace goc::os {

template <class T>
struct Allocator {
  using value_type = T;

  Allocator() = default;
  template <class U>
  Allocator(const Allocator<U>&) {}  // NOLINT: implicit, as the standard demands

  T* allocate(size_t n) {
    static_assert(alignof(T) <= alignof(max_align_t));
    size_t bytes;
    void* at = __builtin_mul_overflow(n, sizeof(T), &bytes) ? nullptr : os::allocate(bytes);
    if (at == nullptr) throw std::bad_alloc();
    return static_cast<T*>(at);
  }
  void deallocate(T* at, size_t) { os::release(at); }

  friend bool operator==(const Allocator&, const Allocator&) { return true; }
};

}  // namespace goc::os
