// A short-term lock for critical sections of some tens of nanoseconds: channels, queues, heaps.
//
// Taking it is one exchange and giving it back a plain store: half the cost of a lock whose unlock
// must also be a read-modify-write. The price is paid by whoever sleeps for it:
//
//   holder:  H1 held = 0 (release)         sleeper: S1 ++sleepers
//            H2 if (sleepers) wake one              S2 barrier on every running thread
//                                                   S3 if held is still 1, sleep while it is
//
// Between H1 and H2 stands a light barrier, S2 is the heavy one (barrier.h): either H1 is visible to
// S3, or S1 to H2.
//
// Memory order: exchange (acquire) pairs with H1 (release).
// Rejected: a test-and-set lock that only spins (a preempted holder costs a time slice), pthread
// mutexes (40 bytes, owner-bound: a goroutine's lock is released by the thread that runs next).
#pragma once

#include <cstdint>

#include "base/barrier.h"

namespace goc {

class Lock {
 public:
  // Who finds it taken pauses so many times before it looks again, twice as many each time, and sleeps
  // after kLong. Who begins with kLong leaves many turns to the thread that has the lock, and what it
  // guards, in its cache: they share the price of one transfer.
  static constexpr int kShort = 8, kLong = 512;
  void lock(int pauses = kShort) {
    if (held_.exchange(1, std::memory_order_acquire) != 0) lock_slow(pauses);
  }

  bool try_lock() {
    return held_.load(std::memory_order_relaxed) == 0 &&
           held_.exchange(1, std::memory_order_acquire) == 0;
  }

  void unlock() {
    held_.store(0, std::memory_order_release);  // H1
    light_barrier();
    if (sleepers_.load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake();  // H2
  }

 private:
  void lock_slow(int pauses);
  void wake();

  Atom<uint32_t> held_{0};
  Atom<uint32_t> sleepers_{0};
};

// Holds a lock for a scope.
template <class AnyLock>
class Guard {
 public:
  explicit Guard(AnyLock& lock) : lock_(lock) { lock_.lock(); }
  ~Guard() { lock_.unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  AnyLock& lock_;
};

}  // namespace goc
