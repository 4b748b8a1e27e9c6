// Timers of one worker: a 4-ary min-heap by time, of timers that live with whoever waits.
//
// Invariants: heap_[i].when >= heap_[(i-1)/4].when for i < size_; an armed timer has a seat of its own, whose
// position is the index of the entry that names it; entries from size_ on name the seats that are free;
// earliest() is the smallest time, INT64_MAX if none, readable without the lock.
// Locking: `lock_` guards all that and the seat of each timer. expire() of a timer runs under
// it and must only claim (one compare-and-swap) or take a reference: whoever waits is woken by the
// caller of collect() after the lock is released. A timer that is not armed any more when disarm()
// returns will never be touched by the heap again, so it may live on its waiter's stack.
// A heap goes with its worker, a user's timer stays: `heap` is set only while the timer is armed.
// Memory order: earliest and promises (release) pair with their readers (acquire); they are hints, the
// lock decides. collect() resets a timer's `heap` (release) after expire(); who reads null in disarm()
// (acquire) sees what expire() did.
// Four children per node: half the levels of a binary heap, and siblings share a cache line (as Go
// does, time.go timerHeapN). Timers lie on stacks, a page each: whatever moves in the heap is in seats,
// which are close together, so that a timer is touched when it is armed and when it goes, no more.
#pragma once

#include <cstdint>
#include <vector>

#include "base/allocator.h"
#include "base/list.h"
#include "base/lock.h"

namespace goc {

class TimerHeap;

struct Timer {
  static constexpr uint32_t kNoSeat = UINT32_MAX;

  // Called under the heap's lock when the time has come. True: the timer goes to the list of
  // collect(), false: nothing is left to do (its waiter was woken otherwise).
  using Expire = bool (*)(Timer*);
  // Called by the caller of collect(), without a lock, for each timer of the list.
  using Fire = void (*)(Timer*);

  // Called by the caller of clear(), without a lock: the timer is not armed any more, and will not fire.
  using Drop = void (*)(Timer*);

  Timer(
      Expire e, Fire f, Drop d = [](Timer*) {})
      : expire(e), fire(f), drop(d) {}

  int64_t when = 0;
  Expire expire;
  Fire fire;
  Drop drop;
  Timer* link = nullptr;           // in the list of collect()
  Atom<TimerHeap*> heap{nullptr};  // where it is armed
  uint32_t seat = kNoSeat;         // in its heap
  bool promised = false;           // what it does has been promised to somebody: see promises()
};

class TimerHeap {
 public:
  // Arms the timer for `when`. False without memory.
  bool arm(Timer& timer, int64_t when);
  // Takes the timer out; true if it was armed. Not under a lock that expire() takes.
  static bool disarm(Timer& timer);
  // Takes out all timers due at `now` and appends those whose expire() says so.
  void collect(int64_t now, Fifo<Timer>& expired);
  // collect(), then fires them.
  void fire_due(int64_t now);

  int64_t earliest() const { return earliest_.load(std::memory_order_acquire); }
  // How many of its timers are `promised`: a hint like earliest().
  uint32_t promises() const { return promises_.load(std::memory_order_acquire); }
  size_t size();
  // Forgets all timers and appends them; the caller drops each, without a lock.
  void clear(Fifo<Timer>& dropped);

 private:
  struct Entry {
    int64_t when;
    uint32_t seat;
  };
  struct Seat {
    Timer* timer;
    uint32_t position;
  };
  bool add_seat();
  void place(size_t at, Entry entry);
  void sift_up(size_t at, Entry entry);
  void sift_down(size_t at, Entry entry);
  void remove(size_t at);
  void count_promise(const Timer& timer, uint32_t by);
  void publish();

  Lock lock_;
  std::vector<Entry, os::Allocator<Entry>> heap_;
  std::vector<Seat, os::Allocator<Seat>> seats_;
  size_t size_ = 0;  // of what is armed
  Atom<int64_t> earliest_{INT64_MAX};
  Atom<uint32_t> promises_{0};
};

}  // namespace goc
