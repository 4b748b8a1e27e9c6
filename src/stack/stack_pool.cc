// StackPool: see stack_pool.h.
#include "stack/stack_pool.h"

#include <algorithm>
#include <bit>
#include <new>

#include "arch/sanitizer.h"

namespace goc {
namespace {
constexpr uint64_t kCanary = 0x5AFE57AC5AFE57ACull;
constexpr size_t kFirstSlabStacks = 16;
constexpr size_t kLargestSlab = size_t{256} << 20;
constexpr size_t kColors = 16;

uint64_t& canary_word(const Stack* stack) {
  return *reinterpret_cast<uint64_t*>(stack->usable_low());
}
}  // namespace

bool Stack::intact() const { return !canary || canary_word(this) == kCanary; }

uint32_t StackPool::log2_for(size_t bytes) {
  if (bytes == 0) return kDefaultLog2;
  if (bytes > size_t{1} << kMaxLog2) return 0;
  return std::max(kMinLog2, static_cast<uint32_t>(std::bit_width(bytes - 1)));
}

Stack* StackPool::take(uint32_t size_log2) {
  Size& size = sizes_[size_log2 - kMinLog2];
  Guard guard(size.lock);
  Stack* stack = size.warm;
  if (stack != nullptr) {
    size.warm = stack->link;
    --size.warm_count;
  } else if (!size.cold.empty()) {
    stack = prepare(size.cold.back(), size_log2, false);
    size.cold.pop_back();
  } else {
    stack = carve(size, size_log2);
  }
  if (stack != nullptr) in_use_.fetch_add(1, std::memory_order_relaxed);
  return stack;
}

void StackPool::give(Stack* stack) {
  Size& size = sizes_[stack->size_log2 - kMinLog2];
  asan_unpoison(stack->usable_low(), reinterpret_cast<char*>(stack) - stack->usable_low());
  Guard guard(size.lock);
  stack->owner = nullptr;
  stack->link = size.warm;
  size.warm = stack;
  ++size.warm_count;
  in_use_.fetch_sub(1, std::memory_order_relaxed);
}

bool StackPool::trim(size_t keep, size_t most) {
  bool gave = false;
  for (Size& size : sizes_) {
    if (size.warm_count.load(std::memory_order_relaxed) <= keep) continue;
    gave = cool(size, detach_warm(size, keep, most)) || gave;
  }
  return gave;
}

// Takes up to `most` warm stacks out; their list.
Stack* StackPool::detach_warm(Size& size, size_t keep, size_t most) {
  Guard guard(size.lock);
  Stack* list = nullptr;
  for (; most > 0 && size.warm_count > keep && !size.warm->canary; --most) {
    Stack* stack = size.warm;
    size.warm = stack->link;
    --size.warm_count;
    stack->link = list;
    list = stack;
  }
  return list;
}

// Gives the memory of detached stacks back: without the lock, since that can take long.
bool StackPool::cool(Size& size, Stack* list) {
  const bool any = list != nullptr;
  while (Stack* stack = list) {
    list = stack->link;
    {
      Guard guard(size.lock);
      if (size.cold.size() == size.cold.capacity()) try {
          size.cold.reserve(2 * size.cold.size() + 64);
        } catch (const std::bad_alloc&) {
          stack->link = size.warm;
          size.warm = stack;
          ++size.warm_count;
          continue;
        }
    }
    char* top = stack->top();
    char* low = stack->usable_low();
    tsan_fiber_destroy(stack->fiber);
    valgrind_deregister(stack->valgrind_id);
    os::give_back(low, static_cast<size_t>(top - low));
    Guard guard(size.lock);
    size.cold.push_back(top);  // only this thread trims: the room is still there
  }
  return any;
}

void StackPool::clear() {
  for (Size& size : sizes_) {
    for (Stack* stack = size.warm; stack != nullptr; stack = stack->link) {
      tsan_fiber_destroy(stack->fiber);
      valgrind_deregister(stack->valgrind_id);
    }
    size.warm = nullptr;
    size.warm_count = 0;
    std::vector<char*>().swap(size.cold);
    size.slab = nullptr;
    size.slabs = 0;
  }
  Slab* slab = slabs_.exchange(nullptr, std::memory_order_acquire);
  while (slab != nullptr) {
    Slab* next = slab->next;
    os::unmap(slab->base, slab->count << slab->size_log2);
    os::release(slab);
    slab = next;
  }
}

const Stack* StackPool::guarded_by(const void* address) const {
  auto* at = static_cast<const char*>(address);
  for (Slab* slab = slabs_.load(std::memory_order_acquire); slab != nullptr; slab = slab->next) {
    if (at < slab->base || at >= slab->base + (slab->count << slab->size_log2)) continue;
    const auto offset = static_cast<size_t>(at - slab->base);
    const size_t size = size_t{1} << slab->size_log2;
    if (offset % size >= Stack::guard_bytes(slab->size_log2)) return nullptr;
    return reinterpret_cast<const Stack*>(slab->base + (offset / size + 1) * size) - 1;
  }
  return nullptr;
}

Stack* StackPool::carve(Size& size, uint32_t size_log2) {
  if ((size.slab == nullptr || size.slab->carved == size.slab->count) && !add_slab(size, size_log2))
    return nullptr;
  Slab& slab = *size.slab;
  return prepare(slab.base + (++slab.carved << size_log2), size_log2, !slab.guarded);
}

// Slabs grow with their number, so that few goroutines reserve little and many need few mappings.
bool StackPool::add_slab(Size& size, uint32_t size_log2) {
  const size_t largest = std::max<size_t>(1, kLargestSlab >> size_log2);
  const size_t count = std::min(largest, kFirstSlabStacks << std::min<size_t>(size.slabs, 10));
  const size_t bytes = count << size_log2;
  auto* slab = static_cast<Slab*>(os::allocate(sizeof(Slab)));
  char* base = slab != nullptr ? static_cast<char*>(os::map(bytes)) : nullptr;
  if (base == nullptr) {
    os::release(slab);
    return false;
  }
  os::no_huge_pages(base, bytes);
  const os::GuardKind kind =
      os::guard(base, Stack::guard_bytes(size_log2), size_t{1} << size_log2, count);
  *slab = {slabs_.load(std::memory_order_relaxed),
           base,
           count,
           0,
           size_log2,
           kind != os::GuardKind::kNone};
  while (!slabs_.compare_exchange_weak(slab->next, slab, std::memory_order_release)) {
  }
  size.slab = slab;
  ++size.slabs;
  return true;
}

Stack* StackPool::prepare(char* top, uint32_t size_log2, bool canary) {
  auto* stack = reinterpret_cast<Stack*>(top) - 1;
  *stack = {};
  stack->size_log2 = size_log2;
  stack->fiber = tsan_fiber_create();
  stack->valgrind_id = valgrind_register(stack->usable_low(), stack);
  stack->color = static_cast<uint8_t>((reinterpret_cast<uintptr_t>(top) >> size_log2) % kColors);
  stack->canary = canary;
  if (canary) canary_word(stack) = kCanary;
  return stack;
}

}  // namespace goc
