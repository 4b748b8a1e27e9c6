// Buffer: see buffer.h.
#include "chan/buffer.h"

#include <cstring>
#include <new>

#include "base/os.h"

namespace goc {

Buffer* Buffer::make(const void* data, size_t size) {
  size_t bytes;
  if (__builtin_add_overflow(size, sizeof(Buffer), &bytes) || bytes > PTRDIFF_MAX) return nullptr;
  void* memory = os::allocate(bytes);
  if (memory == nullptr) return nullptr;
  auto* own = static_cast<char*>(memory) + sizeof(Buffer);
  if (data != nullptr && size != 0) std::memcpy(own, data, size);
  return new (memory) Buffer(own, size, nullptr, nullptr);
}

Buffer* Buffer::wrap(const void* data, size_t size, goc_fn free, void* arg) {
  void* memory = os::allocate(sizeof(Buffer));
  if (memory == nullptr) return nullptr;
  auto* bytes = static_cast<char*>(const_cast<void*>(data));
  return new (memory) Buffer(bytes, size, free, arg);
}

void Buffer::release() {
  if (refs_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (free_ != nullptr) free_(arg_);
  os::release(this);
}

}  // namespace goc
