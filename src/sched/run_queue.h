// FIFO ring of goroutines that are ready to continue: one producer (the owner), many consumers.
//
// The ring of Go's scheduler (runtime/proc.go runqput, runqget, runqgrab): fixed size, consumers
// advance head by compare-and-swap.
//
// Invariants: head <= tail <= head + kCapacity (as wrapping counters); only the owner writes tail
// and slots; a slot is reused only after head has passed it.
// Memory-order pairs: tail (seq_cst store in push) with tail (acquire) in take publishes slots, and
// stands in the submit/sleep handshake of idle.h; head (release in take) with head (acquire) in push
// lets the owner reuse slots.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace goc {

template <class T>
class RunQueue {
 public:
  static constexpr uint32_t kCapacity = 256;

  // Owner. False when it is full.
  bool push(T* item) {
    const uint32_t head = head_.load(std::memory_order_acquire);
    const uint32_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head >= kCapacity) return false;
    slots_[tail % kCapacity].store(item, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_seq_cst);
    return true;
  }

  // Anyone: the oldest, or null.
  T* pop() {
    T* item = nullptr;
    return take(&item, 1) == 1 ? item : nullptr;
  }

  // Anyone: moves up to `most` of the oldest to out; the number of them.
  uint32_t take(T** out, uint32_t most) {
    uint32_t head = head_.load(std::memory_order_acquire);
    for (;;) {
      const uint32_t size = tail_.load(std::memory_order_acquire) - head;
      if (size == 0) return 0;
      if (size > kCapacity) {  // head was read long before tail
        head = head_.load(std::memory_order_acquire);
        continue;
      }
      const uint32_t count = size < most ? size : most;
      for (uint32_t i = 0; i < count; ++i)
        out[i] = slots_[(head + i) % kCapacity].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + count, std::memory_order_acq_rel,
                                      std::memory_order_acquire))
        return count;
    }
  }

  uint32_t size() const {
    const uint32_t head = head_.load(std::memory_order_seq_cst);
    const uint32_t size = tail_.load(std::memory_order_seq_cst) - head;
    return size <= kCapacity ? size : kCapacity;
  }

 private:
  alignas(64) Atom<uint32_t> head_{0};
  alignas(64) Atom<uint32_t> tail_{0};
  Atom<T*> slots_[kCapacity] = {};
};

}  // namespace goc
