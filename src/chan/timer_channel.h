// The channel of a timer or a ticker: one without a buffer, to which the clock is a sender as well.
//
// Nothing is sent ahead. Whoever receives, tries or selects looks at the clock, and takes the tick if
// it is due (take_tick). Only while receivers are blocked is its alarm in a heap (follow_clock), and
// fire() hands the tick to the first of them. So a timer that nobody waits for costs a look at the
// clock when it is set and nothing else, and what stop() or set() has changed cannot be received any
// more, since there is no tick before it is received.
//
// Invariants, when the lock is free: the alarm is linked if, and unless it is about to fire only if,
// receivers wait and it is pending; ticks keep to the grid of the period, those in between are lost.
// A value that somebody sends is received as from any channel. A closed channel gives no tick.
// Locking: the channel's lock, before that of a heap.
#pragma once

#include "chan/alarm.h"
#include "chan/channel.h"

namespace goc {

class TimerChannel final : public Channel {
 public:
  // Null without memory.
  static TimerChannel* make();
  static void destroy(TimerChannel& channel);
  static int64_t live_count();
  static Lock& pool_lock();

  // A tick comes at `due`, and one each `period` after it unless that is 0.
  // 1 if a tick was to come, else 0; without memory GOC_ENOMEM, then it is stopped.
  int set(int64_t due, int64_t period);
  bool stop();

 private:
  friend class Channel;
  template <class T>
  friend class ObjectPool;
  TimerChannel();
  ~TimerChannel() = default;

  static void fire(Timer* timer);
  static void drop(Timer* timer);
  int64_t next_tick(int64_t now);

  Alarm alarm_{*this, &fire, &drop};
  int64_t period_ = 0;
};

}  // namespace goc
