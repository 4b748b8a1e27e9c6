// A store-load barrier in two halves: light for the side that passes often, heavy for the side that
// passes rarely. One light and one heavy barrier order like two full ones:
//
//   often:  O1 store a      rarely: R1 store b
//           O2 light                R2 heavy
//           O3 load b               R3 load a
//
// At least one of O3 and R3 sees the other side's store (asymmetric Dekker; Dice, Huang, Yang,
// "Asymmetric Dekker Synchronization", 2001). heavy_barrier() makes every running thread of the
// process pass a full barrier (membarrier, Linux 4.14), for which light_barrier() only keeps the
// compiler from reordering; a full barrier costs 4 to 6 ns, as much as two context switches.
//
// How much the system's barrier costs depends on the machine (2 us, but 60 us where it interrupts other
// virtual processors), and how often it is passed on the program. Where it costs too much, and where the
// system has none, both sides pass full barriers instead. weigh_barriers() goes to and fro:
//
//   often:  O2 if careful, full barrier      rarely: R2 full barrier; unless all are careful, the system's
//   to full barriers:    T1 careful = true   T2 the system's barrier   T3 all_careful = true
//   and away from them:  A1 all_careful = false   A2 careful = false
//
// If O2 does not find `careful` although R2 finds all_careful, by some T3, there are two cases. O2 came before
// the T2 of that T3: then T2 has made O1 visible, and R3 sees it. Or O2 found an A2 that followed: then O3
// came after its A1, and if O3 does not see R1, A1 was visible before R1 was, so that R2 found A1 or what
// followed it; which was a still later T3, and its T2 came after O2.
//
// Accesses around them are atomic, since ThreadSanitizer does not see barriers; what one side reads
// of the other's is published by acquire and release, as always.
// Memory order: R2 (acquire) pairs with T3 and A1 (release), O2 (acquire) with A2 and T1 (release).
#pragma once

#include "base/os.h"

namespace goc {

extern Atom<bool> careful;

inline void full_barrier() {
#if defined(__x86_64__)
  __asm__ volatile("lock; orl $0, (%%rsp)" ::: "memory", "cc");
#elif defined(__aarch64__)
  __asm__ volatile("dmb ish" ::: "memory");
#endif
}

inline void light_barrier() {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (careful.load(std::memory_order_acquire)) [[unlikely]]
    full_barrier();
}

void heavy_barrier();

// False where the system has no barrier: light ones are full then, for ever.
bool light_barriers_exist();

// Decides which barriers are the cheaper ones, by what heavy ones have cost or would have cost since the
// last time; now: os::now(). For one thread at a time, once in a while.
void weigh_barriers(int64_t now);
// For weigh_barriers() and tests.
void pass_full_barriers(bool full);

// For waiting until the often-passing side has done what it is doing: some nanoseconds, unless its
// thread has lost the processor.
inline void brief_pause() {
  cpu_relax();
  os::yield();
}

}  // namespace goc
