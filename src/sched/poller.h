// What sched knows of descriptors: somebody who can tell which have become ready. poll/ has one and sets
// Runtime::poller when the first goroutine waits for a descriptor; until then nobody looks.
//
// One thread polls at a time, whoever has entered:
//   - a worker that falls asleep, and then it sleeps in collect() instead of in its futex
//   - a busy worker, now and then, without waiting
//   - the monitor, once a tick, if no worker has (they may all be in long goroutines)
// So while descriptors are waited for, and nobody is awake, somebody sleeps in collect(): a worker that
// finds it taken sleeps in its futex. Who may have kept the place from the last one, or leaves it for good
// (the monitor, a worker that ends), wakes the first worker, and so does a plain thread that waits, in case
// all are asleep: it takes the place, or is awake and does so later.
//
// Waking who sleeps in collect(), for the sleeping worker P and whoever wakes it (K):
//   P1 Worker::wake_: 0 -> kPolling; if it is not 0, do not sleep        K1 add a reason to wake_
//   P2 collect()                                                         K2 if kPolling was set: interrupt()
//   P3 take kPolling out                                                 K3 else wake the futex
// An interrupt that comes after P3 ends the next sleep, whoever's it is, which looks and sleeps again.
//
// Memory order: busy_ exchange (acquire) pairs with leave (release). The counters are hints.
#pragma once

#include <cstdint>

#include "base/atomic.h"

namespace goc {

class Poller {
 public:
  bool enter() {
    return !busy_.load(std::memory_order_relaxed) &&
           !busy_.exchange(true, std::memory_order_acquire);
  }
  void leave() {
    rounds_.store(rounds_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    busy_.store(false, std::memory_order_release);
  }
  // How often somebody has polled.
  uint32_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

  // Somebody does, and may sleep for long.
  bool sleeps() const { return sleeps_.load(std::memory_order_relaxed); }

  // Goroutines, and plain threads, that wait for descriptors. The former hold up a shutdown until its deadline, and can be woken
  // from outside.
  int64_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
  bool anybody_waits() const {
    return waiting() != 0 || threads_.load(std::memory_order_relaxed) != 0;
  }

  // --- For who has entered --------------------------------------------------------------------------
  // Claims whoever waits for what has become ready; if there is nobody, waits until there is, or for the
  // deadline or an interrupt. True: deliver() must follow.
  virtual bool collect(int64_t deadline) = 0;
  // Wakes those who have been claimed.
  virtual void deliver() = 0;

  // --- For all ----------------------------------------------------------------------------------------
  // Ends a sleep in collect(), this or the next.
  virtual void interrupt() = 0;
  // The monitor calls it now and then: looks after descriptors that were closed and opened anew.
  virtual void verify() = 0;
  // After the workers have ended: forgets all descriptors, and wakes the plain threads.
  virtual void stop() = 0;

 protected:
  constexpr Poller() = default;
  ~Poller() = default;

  Atom<int64_t> waiting_{0};
  Atom<int64_t> threads_{0};
  Atom<bool> sleeps_{false};

 private:
  Atom<bool> busy_{false};
  Atom<uint32_t> rounds_{0};
};

}  // namespace goc
