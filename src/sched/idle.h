// Who may run: the slots of max_procs, who searches for work, who is asleep.
//
// A worker is awake (holds a slot: it runs a goroutine or searches), asleep, stalled (its goroutine
// blocks the thread; it has lost its slot), or belongs to a goroutine that is locked to its thread:
// then it has no slot, running or not. If such goroutines took slots, a few of them that are always
// ready would keep all others from running; if they had to wait for one, it would be the reverse.
//
// No wake-up is lost, for whoever submits work (S) and whoever goes to sleep (I):
//   S1 publish the work (the size of a queue)
//   S2 light barrier; if wanted: wake a sleeper or start a worker, as a searcher
//   I1 enter the list of sleepers, give back the slot, stop searching: wanted may become true
//   I2 heavy barrier; look at every queue once more; if there is work, leave the list again
//   I3 sleep
// By the barriers (base/barrier.h) either S2 sees wanted, or I2 sees the work. A searcher that finds
// work does the same as I1, I2 when it stops searching, since submitters relied on it.
// `wanted` means: a slot is free and nobody searches. One searcher at a time wakes the next, so that
// a burst of work does not wake everybody at once (Go, runtime/proc.go).
//
// Locking: `lock` guards everything; `wanted` alone is read without it.
#pragma once

#include "base/lock.h"

namespace goc {

class Worker;

class Idle {
 public:
  bool wanted() const { return wanted_.load(std::memory_order_relaxed); }  // S2

  Lock lock;
  int max_procs = 1;
  int awake = 0;              // slots in use
  int searching = 0;          // of those
  int stalled = 0;            // workers that lost their slot inside a goroutine
  int stalled_computing = 0;  // of those, the ones that use the processor
  int locked = 0;             // workers that run a goroutine that is locked to them
  int firing = 0;             // threads that fire timers or move goroutines and have no slot
  bool stopping = false;
  Worker* sleepers = nullptr;  // newest first: its thread is the warmest

  void publish() {
    wanted_.store(searching == 0 && awake < max_procs && !stopping, std::memory_order_relaxed);
  }

  // Who runs, or stands still inside a goroutine.
  int busy() const { return awake + stalled + locked + firing; }
  // Nobody runs or will run without an event from outside.
  bool quiet() const { return busy() == 0; }

 private:
  Atom<bool> wanted_{false};
};

}  // namespace goc
