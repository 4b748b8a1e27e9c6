// A lock that one thread may take for next to nothing, for objects that several threads use in
// turn, but each for a while: channels and the like, whose goroutines mostly run on one worker.
//
// Free of bias it is a Lock. A thread that has taken it many times in a row gets the bias: from then
// on it takes and leaves the lock with plain loads and stores, until another thread wants it.
//
//   favourite: F1 hold = trying             other: O1 take lock_, see the bias
//              F2 light barrier                    O2 bias = none
//              F3 if bias is still mine,           O3 heavy barrier
//                 hold = held,                     O4 wait while hold is not free
//                 else hold = free, take lock_     ... from here on lock_ alone counts ...
//              ... work ...
//              F4 hold = free
//
// By the barriers (barrier.h) F3 sees O2 or O4 sees F1. A bias is given and taken under lock_ only,
// so that one holder of lock_ waits in O4 at a time, for what the favourite is doing at that moment.
// Taking it back costs 2 us; each time the run that earns the next one doubles, so that the losses
// stay below the gains. (Biased locking with revocation: Kawachiya, Koseki, Onodera, OOPSLA 2002;
// here with an asymmetric barrier instead of stopping the thread.)
//
// Invariant: hold is `held` only while nobody holds lock_ in earnest; `trying` may be seen at any
// time and means nothing to unlock().
// Memory order: F4 (release) pairs with O4 (acquire); the bias is written under lock_, and its
// favourite is the thread that wrote it.
#pragma once

#include "base/barrier.h"
#include "base/lock.h"

namespace goc {

// Tells running threads apart; never null. It is read anew each time (volatile), since a goroutine
// may have changed threads. A new thread may have the token of one that has ended, and inherits its
// bias: whatever handed it the memory of the dead thread's control block has ordered the two.
inline const void* thread_token() {
  const void* token;
#if defined(__x86_64__)
  __asm__ volatile("movq %%fs:0, %0" : "=r"(token));
#elif defined(__aarch64__)
  __asm__ volatile("mrs %0, tpidr_el0" : "=r"(token));
#endif
  return token;
}

class BiasedLock {
 public:
  // The thread that locks it must unlock it; a goroutine may change threads in between only by
  // handing the unlocking to an After (waiter.h).
  void lock() {
    const void* me = thread_token();
    if (favourite_.load(std::memory_order_relaxed) == me) {
      hold_.store(kTrying, std::memory_order_relaxed);                    // F1
      light_barrier();                                                    // F2
      if (favourite_.load(std::memory_order_relaxed) == me) [[likely]] {  // F3
        hold_.store(kHeld, std::memory_order_relaxed);
        return;
      }
      hold_.store(kFree, std::memory_order_release);
    }
    lock_.lock();
    if (last_ != me || ++run_ >= wanted_run()) [[unlikely]]
      lock_slow(me);
  }

  void unlock() {
    if (hold_.load(std::memory_order_relaxed) == kHeld)
      hold_.store(kFree, std::memory_order_release);  // F4
    else
      lock_.unlock();
  }

 private:
  static constexpr uint32_t kFree = 0, kTrying = 1, kHeld = 2;
  static constexpr uint32_t kFirstRun = 64;
  static constexpr uint32_t kMostLosses = 20;

  uint32_t wanted_run() const { return kFirstRun << losses_; }
  void lock_slow(const void* me);

  Atom<const void*> favourite_{nullptr};
  Atom<uint32_t> hold_{kFree};
  // Under lock_.
  uint32_t run_ = 0;
  const void* last_ = nullptr;
  uint32_t losses_ = 0;
  Lock lock_;
};

}  // namespace goc
