// A store-load barrier in two halves: light for the side that passes often, heavy for the side that
// passes rarely. One light and one heavy barrier order like two full ones:
//
//   often:  O1 store a      rarely: R1 store b
//           O2 light                R2 heavy
//           O3 load b               R3 load a
//
// At least one of O3 and R3 sees the other side's store (asymmetric Dekker; Dice, Huang, Yang,
// "Asymmetric Dekker Synchronization", 2001). heavy_barrier() makes every running thread of the
// process pass a full barrier (membarrier, Linux 4.14) and costs one to two microseconds, for which
// light_barrier() only keeps the compiler from reordering; a full barrier costs 4 to 6 ns, as much
// as two context switches. Where the system has no membarrier both are full barriers.
//
// Accesses around them are atomic, since ThreadSanitizer does not see barriers; what one side reads
// of the other's is published by acquire and release, as always.
#pragma once

#include "base/os.h"

namespace goc {

inline void full_barrier() {
#if defined(__x86_64__)
  __asm__ volatile("lock; orl $0, (%%rsp)" ::: "memory", "cc");
#elif defined(__aarch64__)
  __asm__ volatile("dmb ish" ::: "memory");
#endif
}

inline void light_barrier() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (!os::heavy_barrier_works.load(std::memory_order_relaxed)) [[unlikely]]
    full_barrier();
}

inline void heavy_barrier() {
  if (!os::heavy_barrier()) full_barrier();
}

// For waiting until the often-passing side has done what it is doing: some nanoseconds, unless its
// thread has lost the processor.
inline void brief_pause() {
  cpu_relax();
  os::yield();
}

}  // namespace goc
