// A lock that costs its owner next to nothing: for data that one thread uses all the time and others
// visit now and then, such as a worker's queues.
//
//   owner:  E1 inside = 1          visitor: V1 lock out other visitors, visited = 1
//           E2 light barrier                V2 heavy barrier
//           E3 if visited, make way         V3 wait while inside
//           ... work ...                    ... work ...
//           E4 inside = 0                   V4 visited = 0, let other visitors in
//
// By the barriers (barrier.h) E3 sees V1 or V3 sees E1. The owner makes way to visitors, so a visit
// waits only for what the owner is doing at that moment. Neither side may wait for anything while it
// is inside. A visit costs microseconds: look at a hint first whether there is something to fetch.
// Memory order: E4 (release) pairs with V3 (acquire), V4 (release) with E3 (acquire).
#pragma once

#include "base/barrier.h"
#include "base/lock.h"

namespace goc {

class OwnerLock {
 public:
  void enter() {
    inside_.store(1, std::memory_order_relaxed);  // E1
    light_barrier();                              // E2
    if (visited_.load(std::memory_order_acquire) != 0) [[unlikely]]
      make_way();  // E3
  }
  void leave() { inside_.store(0, std::memory_order_release); }  // E4

  void visit() {
    visitors_.lock();
    visited_.store(1, std::memory_order_relaxed);                        // V1
    heavy_barrier();                                                     // V2
    while (inside_.load(std::memory_order_acquire) != 0) brief_pause();  // V3
  }
  void end_visit() {
    visited_.store(0, std::memory_order_release);  // V4
    visitors_.unlock();
  }

 private:
  __attribute__((noinline)) void make_way() {
    do {
      leave();
      while (visited_.load(std::memory_order_acquire) != 0) brief_pause();
      inside_.store(1, std::memory_order_relaxed);
      light_barrier();
    } while (visited_.load(std::memory_order_acquire) != 0);
  }
  Atom<uint32_t> inside_{0};
  Atom<uint32_t> visited_{0};
  Lock visitors_;
};

}  // namespace goc
