// An alarm: when something is due, and its place in a heap for as long as somebody cares.
//
// Its owner, an Object, guards it with its lock; only what Timer says of itself is the heap's.
// `linked_` is set while a heap, or whoever is about to fire, knows the owner. It counts as a waiter:
// an owner without references lives until then.
//
//   the owner, under its lock                   the thread that fires
//   A1 note what is due now                     F1 take it out of the heap (the heap's lock)
//   A2 linked: disarm; that fails after F1,     F2 lock the owner, do what is due by its notes
//      then F3 will do the rest                 F3 unlink, arm for what is due next
//   A3 arm, if somebody cares                   F4 unlock; free the owner if it was the last
//
// So a stop or reset between F1 and F2 is in time, and nobody ever waits for F. Between F1 and F3 it
// is in no heap and in the list of one thread; A2 leaves it alone.
#pragma once

#include "base/object.h"
#include "time/timer_heap.h"

namespace goc {

class Alarm : public Timer {
 public:
  static constexpr int64_t kNever = INT64_MAX;

  // `fire` does F2 to F4. `drop` follows when the heap is cleared: nothing is in a heap any more.
  Alarm(Object& owner, Fire fire, Drop drop)
      : Timer([](Timer*) { return true; }, fire, drop), owner_(owner) {}

  template <class Owner>
  static Owner& owner_of(Timer* timer) {
    return static_cast<Owner&>(static_cast<Alarm*>(timer)->owner_);
  }

  bool pending() const { return pending_; }
  int64_t due() const { return due_; }
  bool is_due(int64_t now) const { return pending_ && due_ <= now; }
  bool linked() const { return linked_; }

  // A1. True if it was pending.
  bool set(int64_t due) { return change(true, due); }
  bool stop() { return change(false, kNever); }
  // A2, A3. False without memory: it is not armed then.
  bool arm(bool somebody_cares);
  // F3 begins.
  void unlink() { linked_ = false; }

 private:
  bool change(bool pending, int64_t due) {
    const bool before = pending_;
    pending_ = pending;
    due_ = due;
    return before;
  }

  Object& owner_;
  int64_t due_ = kNever;
  bool pending_ = false;
  bool linked_ = false;
};

}  // namespace goc
