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
constexpr size_t kCarvedAtOnce = 16;
constexpr size_t kPopulatedAtOnce = 16;

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
  Stack* stack;
  {
    Guard guard(size.lock);
    stack = size.warm;
    if (stack != nullptr) {
      size.warm = stack->link;
      --size.warm_count;
    }
  }
  Cold cold;
  if (stack == nullptr && take_cold(size, size_log2, &cold)) stack = prepare(cold, size_log2);
  if (stack != nullptr) in_use_.fetch_add(1, std::memory_order_relaxed);
  return stack;
}

bool StackPool::take_cold(Size& size, uint32_t size_log2, Cold* cold) {
  if (!pop_cold(size, cold) && !carve(size, size_log2, cold)) return false;
  if (!cold->populated) populate(size, *cold);
  return true;
}

bool StackPool::pop_cold(Size& size, Cold* cold) {
  Guard guard(size.lock);
  if (size.cold.empty()) return false;
  *cold = size.cold.back();
  size.cold.pop_back();
  return true;
}

// The page that nearly every goroutine uses, for this stack and, where there are many, for a few of those that
// come next, in one call. Whoever takes one of these meanwhile has a page fault instead.
void StackPool::populate(Size& size, const Cold& first) {
  const auto page = [](const Cold& cold) -> void* { return cold.top - os::kPage; };
  const auto in_use = static_cast<size_t>(in_use_.load(std::memory_order_relaxed));
  const size_t most = std::min(kPopulatedAtOnce, 1 + in_use / kPopulatedAtOnce);
  void* pages[kPopulatedAtOnce] = {page(first)};
  size_t count = 1;
  {
    Guard guard(size.lock);
    for (auto next = size.cold.rbegin(); next != size.cold.rend() && count < most; ++next) {
      if (next->populated) break;
      next->populated = true;
      pages[count++] = page(*next);
    }
  }
  os::populate_pages(pages, count);
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
  for (; most > 0 && size.warm_count > keep; --most) {
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
    const Cold cold{stack->top(), !stack->canary, false};
    char* low = stack->usable_low();
    tsan_fiber_destroy(stack->fiber);
    valgrind_deregister(stack->valgrind_id);
    os::give_back(low, static_cast<size_t>(cold.top - low));
    Guard guard(size.lock);
    keep_cold(size, cold);
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
    decltype(size.cold)().swap(size.cold);
    size.slab = nullptr;
    size.slabs = 0;
  }
  in_use_.store(0, std::memory_order_relaxed);  // those of abandoned goroutines go with the slabs
  Slab* slab = slabs_.exchange(nullptr, std::memory_order_acquire);
  while (slab != nullptr) {
    Slab* next = slab->next;
    asan_unpoison(slab->base, slab->count << slab->size_log2);
    os::unmap(slab->base, slab->count << slab->size_log2);
    if (slab->protects != 0) os::forget_guards(slab->protects);
    os::release(slab);
    slab = next;
  }
}

int64_t StackPool::warm() const {
  size_t sum = 0;
  for (const Size& size : sizes_) sum += size.warm_count.load(std::memory_order_relaxed);
  return static_cast<int64_t>(sum);
}

int64_t StackPool::reserved() const {
  size_t sum = 0;
  for (Slab* slab = slabs_.load(std::memory_order_acquire); slab != nullptr; slab = slab->next)
    sum += slab->count << slab->size_log2;
  return static_cast<int64_t>(sum);
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

// Carves a few stacks at once; all but the first become cold.
bool StackPool::carve(Size& size, uint32_t size_log2, Cold* cold) {
  Slab* slab;
  char* first;
  size_t count;
  {
    Guard guard(size.lock);
    if ((size.slab == nullptr || size.slab->carved == size.slab->count) &&
        !add_slab(size, size_log2))
      return false;
    slab = size.slab;
    count = std::min(kCarvedAtOnce, slab->count - slab->carved);
    first = slab->base + (slab->carved << size_log2);
    slab->carved += count;
  }
  const size_t stride = size_t{1} << size_log2;
  const os::GuardKind kind = os::guard(first, Stack::guard_bytes(size_log2), stride, count);
  const bool guarded = kind != os::GuardKind::kNone;
  *cold = {first + stride, guarded, false};
  Guard guard(size.lock);
  if (kind == os::GuardKind::kProtect) slab->protects += count;
  for (size_t i = count; i > 1; --i) keep_cold(size, {first + i * stride, guarded, false});
  return true;
}

// Under the lock. Without memory for the note the stack is lost until clear().
void StackPool::keep_cold(Size& size, const Cold& cold) {
  try {
    size.cold.push_back(cold);
  } catch (const std::bad_alloc&) {
  }
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
  *slab = {slabs_.load(std::memory_order_relaxed), base, count, 0, 0, size_log2};
  while (!slabs_.compare_exchange_weak(slab->next, slab, std::memory_order_release)) {
  }
  size.slab = slab;
  ++size.slabs;
  return true;
}

Stack* StackPool::prepare(const Cold& cold, uint32_t size_log2) {
  auto* stack = reinterpret_cast<Stack*>(cold.top) - 1;
  *stack = {};
  stack->size_log2 = size_log2;
  stack->fiber = tsan_fiber_create();
  stack->valgrind_id = valgrind_register(stack->usable_low(), stack);
  stack->color =
      static_cast<uint8_t>((reinterpret_cast<uintptr_t>(cold.top) >> size_log2) % kColors);
  stack->canary = !cold.guarded;
  if (stack->canary) canary_word(stack) = kCanary;
  return stack;
}

}  // namespace goc
