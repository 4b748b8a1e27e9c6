// A lock that one thread may take for next to nothing, for objects that several threads use in
// turn, but each for a while: channels and the like, whose goroutines mostly run on one worker.
//
// Without a favourite it is a Lock. The first thread that has taken it many times in a row becomes
// the favourite: from then on it takes and leaves the lock with plain loads and stores, until
// another thread wants it.
//
//   favourite: F1 hold = trying               other: O1 take lock_, see that the favour is active
//              F2 light barrier                      O2 end it
//              F3 if it is still active,             O3 heavy barrier
//                 hold = held,                       O4 wait while hold is not free
//                 else hold = free, take lock_       ... from here on lock_ alone counts ...
//              ... work ...
//              F4 hold = free
//
// By the barriers (barrier.h; where light ones are full, there is no favourite) F3 sees O2 or O4 sees
// F1. The favour is given and ended under lock_ only, so that one thread at a time waits in O4, for
// what the favourite is doing at that moment. Ending it costs a heavy barrier; each time the run that earns it
// anew doubles, so that the losses stay below the gains.
// Nobody else can become the favourite later: F1 is a blind store, and the favourite may lose the
// processor just before it. If `hold` were another's by then, F1 would break into its work.
//
// Biased locking with revocation: Kawachiya, Koseki, Onodera, "Lock reservation", OOPSLA 2002; here
// with an asymmetric barrier instead of stopping the thread.
// Invariant: hold is `held` only while nobody holds lock_ in earnest; `trying` may be seen at any
// time and means nothing to unlock().
// Memory order: F4 (release) pairs with O4 (acquire).
#pragma once

#include "base/barrier.h"
#include "base/lock.h"

namespace goc {

// Tells running threads apart; never 0, and even. It is read anew each time (volatile), since a
// goroutine may have changed threads. A new thread may have the token of one that has ended, and
// inherits its favours: whatever handed it the memory of the dead thread's control block has ordered
// the two.
inline uintptr_t thread_token() {
  uintptr_t token;
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
    const uintptr_t me = thread_token();
    if (lock_as_favourite(me)) return;
    lock_.lock(Lock::kLong);
    const bool active = (favourite_.load(std::memory_order_relaxed) & kActive) != 0;
    if (active || last_ != mark(me) || ++run_ >= kFirstRun << losses_) [[unlikely]]
      lock_slow(me);
  }

  void unlock() {
    if (hold_.load(std::memory_order_relaxed) == kHeld)
      unlock_as_favourite();
    else
      lock_.unlock();
  }

  // The halves that call nothing, for paths on which registers count: false if the caller is not the
  // favourite.
  bool lock_as_favourite() { return lock_as_favourite(thread_token()); }
  void unlock_as_favourite() { hold_.store(kFree, std::memory_order_release); }  // F4

 private:
  static constexpr uintptr_t kActive = 1;  // a token is even
  static constexpr uint8_t kFree = 0, kTrying = 1, kHeld = 2;
  static constexpr uint32_t kFirstRun = 1024;
  static constexpr uint8_t kMostLosses = 16;

  // Enough of a token to count runs by: that two threads share a mark does no harm.
  static uint16_t mark(uintptr_t token) { return static_cast<uint16_t>(token >> 12); }
  bool lock_as_favourite(uintptr_t me) {
    if (favourite_.load(std::memory_order_relaxed) != (me | kActive)) return false;
    hold_.store(kTrying, std::memory_order_relaxed);                                // F1
    light_barrier();                                                                // F2
    if (favourite_.load(std::memory_order_relaxed) == (me | kActive)) [[likely]] {  // F3
      hold_.store(kHeld, std::memory_order_relaxed);
      return true;
    }
    hold_.store(kFree, std::memory_order_release);
    return false;
  }
  void lock_slow(uintptr_t me);

  Atom<uintptr_t> favourite_{0};  // its token, + kActive; written under lock_
  uint32_t run_ = 0;              // how often the same mark has come in a row; under lock_
  uint16_t last_ = 0;             // the mark; under lock_
  uint8_t losses_ = 0;            // how often the favour was ended; under lock_
  Atom<uint8_t> hold_{kFree};     // written by the favourite alone
  Lock lock_;
};
static_assert(sizeof(BiasedLock) == 24, "it shares a cache line with what it guards");

}  // namespace goc
