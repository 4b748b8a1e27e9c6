// A timer object: sends the time to a channel of its own when it fires.
//
// Invariant: between expire() (under the heap's lock) and the end of fire() `firing_` is set. Whoever
// stops, resets or frees the timer waits for that moment, and empties the channel: so no tick of
// before can be received afterwards (Go 1.23's rule).
// Locking: the object's lock serialises stop and reset; fire() takes the channel's lock only.
#pragma once

#include "base/object.h"
#include "chan/channel.h"
#include "time/timer_heap.h"

namespace goc {

class TimerObject : public Object {
 public:
  static constexpr Tag kTag = Tag::kTimer;

  // Null without memory. The channel belongs to the timer.
  static TimerObject* make();
  static void destroy(TimerObject& timer);
  static int64_t live_count();
  static Lock& pool_lock();

  int start(int64_t ns);  // a goc_result
  bool stop();            // true if it was armed
  int reset(int64_t ns);  // 1 if it was armed, else 0, or a goc_result
  Channel& channel() { return *channel_; }
  bool has_waiters() const { return false; }

 private:
  template <class T>
  friend class ObjectPool;
  explicit TimerObject(Channel& channel);
  ~TimerObject();

  static TimerObject* of(Timer* timer);
  static bool expire(Timer* timer);
  static void fire(Timer* timer);
  bool disarm();

  Channel* channel_;
  Timer timer_;
  Atom<bool> firing_{false};
};

}  // namespace goc
