// The one seam to atomics: every lock-free core is written against Atom<T>, so that the same source
// can run on std::atomic or under a checker that explores interleavings.
//
// Rules for users: name the partner of each operation that is not relaxed. No atomic_thread_fence
// (ThreadSanitizer does not see it); where a store must be ordered before a later load of another
// word, both are seq_cst, or the barriers of barrier.h stand between.
#pragma once

#include <atomic>

namespace goc {

template <class T>
using Atom = std::atomic<T>;

// Tells the processor that the caller spins.
inline void cpu_relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

}  // namespace goc
