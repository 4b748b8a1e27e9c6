// Work-stealing deque of goroutines that have not run yet: the owner pushes and pops the newest at
// the bottom, thieves take the oldest at the top.
//
// Algorithm: Chase and Lev, "Dynamic Circular Work-Stealing Deque" (SPAA 2005), with the memory
// orders of Lê, Pop, Cohen, Zappa Nardelli (PPoPP 2013), its fences made part of the seq_cst
// operations. Newest first keeps few stacks alive: a tree of goroutines is walked depth first.
//
// Invariants: top <= bottom + 1; slots [top, bottom) hold goroutines; only the owner changes bottom
// and the array; an array that was outgrown stays readable until clear().
// Memory-order pairs: bottom (seq_cst) in push with bottom in steal publishes the slot; bottom then
// top in pop against top then bottom in steal is the Dekker pair of the last element. The push is
// seq_cst also for the submit/sleep handshake of idle.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "base/os.h"

namespace goc {

template <class T>
class FreshDeque {
 public:
  // Owner. False without memory: nothing was pushed.
  bool push(T* item) {
    const int64_t bottom = bottom_.load(std::memory_order_relaxed);
    const int64_t top = top_.load(std::memory_order_acquire);
    Array* array = array_.load(std::memory_order_relaxed);
    if (array == nullptr || bottom - top >= array->capacity) {
      array = grow(array, top, bottom);
      if (array == nullptr) return false;
    }
    array->slot(bottom).store(item, std::memory_order_relaxed);
    bottom_.store(bottom + 1, std::memory_order_seq_cst);
    return true;
  }

  // Owner: the newest, or null.
  T* pop() {
    const int64_t bottom = bottom_.load(std::memory_order_relaxed) - 1;
    if (bottom < top_.load(std::memory_order_relaxed)) return nullptr;  // top only grows: empty
    bottom_.store(bottom, std::memory_order_seq_cst);
    int64_t top = top_.load(std::memory_order_seq_cst);
    T* item = nullptr;
    if (top <= bottom) {
      item = array_.load(std::memory_order_relaxed)->slot(bottom).load(std::memory_order_relaxed);
      if (top < bottom) return item;
      // The last one: thieves want it too.
      if (!top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst)) item = nullptr;
    }
    bottom_.store(bottom + 1, std::memory_order_relaxed);
    return item;
  }

  // Anyone: the oldest, or null when there is none or another thief was faster.
  T* steal() {
    int64_t top = top_.load(std::memory_order_seq_cst);
    if (top >= bottom_.load(std::memory_order_seq_cst)) return nullptr;
    T* item = array_.load(std::memory_order_acquire)->slot(top).load(std::memory_order_relaxed);
    return top_.compare_exchange_strong(top, top + 1, std::memory_order_seq_cst) ? item : nullptr;
  }

  int64_t size() const {
    const int64_t size =
        bottom_.load(std::memory_order_seq_cst) - top_.load(std::memory_order_seq_cst);
    return size > 0 ? size : 0;
  }

  // Owner, when nobody steals any more.
  void clear() {
    Array* array = array_.exchange(nullptr, std::memory_order_relaxed);
    while (array != nullptr) {
      Array* outgrown = array->outgrown;
      os::release(array);
      array = outgrown;
    }
    top_.store(0, std::memory_order_relaxed);
    bottom_.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr int64_t kFirstCapacity = 256;

  struct Array {
    int64_t capacity;  // a power of two
    Array* outgrown;
    Atom<T*>& slot(int64_t at) {
      return reinterpret_cast<Atom<T*>*>(this + 1)[at & (capacity - 1)];
    }
  };

  Array* grow(Array* old, int64_t top, int64_t bottom) {
    const int64_t capacity = old == nullptr ? kFirstCapacity : old->capacity * 2;
    auto* array = static_cast<Array*>(
        os::allocate(sizeof(Array) + static_cast<size_t>(capacity) * sizeof(Atom<T*>)));
    if (array == nullptr) return nullptr;
    array->capacity = capacity;
    array->outgrown = old;
    for (int64_t i = top; i < bottom; ++i)
      array->slot(i).store(old->slot(i).load(std::memory_order_relaxed), std::memory_order_relaxed);
    array_.store(array, std::memory_order_release);  // pairs with steal
    return array;
  }

  alignas(64) Atom<int64_t> top_{0};
  alignas(64) Atom<int64_t> bottom_{0};
  Atom<Array*> array_{nullptr};
};

}  // namespace goc
