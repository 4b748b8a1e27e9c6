// BlockPool: type-stable memory for handles. See object.h.
#include "base/object.h"

namespace goc {
namespace {
constexpr size_t kSlabBytes = 64 * 1024;
constexpr size_t kAlign = 64;
}  // namespace

void* BlockPool::take() {
  Guard guard(lock_);
  if (free_ == nullptr && !refill()) return nullptr;
  Free* block = free_;
  free_ = block->next;
  return block;
}

void BlockPool::give(void* block) {
  Guard guard(lock_);
  auto* freed = static_cast<Free*>(block);
  freed->next = free_;
  free_ = freed;
}

bool BlockPool::refill() {
  const size_t stride = (bytes_ + kAlign - 1) / kAlign * kAlign;
  char* slab = static_cast<char*>(os::map(kSlabBytes));
  if (slab == nullptr) return false;
  for (size_t at = kSlabBytes / stride * stride; at >= stride; at -= stride) {
    auto* block = reinterpret_cast<Free*>(slab + at - stride);
    block->next = free_;
    free_ = block;
  }
  return true;
}

}  // namespace goc
