// Timers and tickers, as users hold them: a handle to a channel that the clock sends to, or a function
// that is started when its time has come.
//
// The last release stops a timer with a channel. A function's is kept by its alarm: it still runs.
// Locking: the channel's lock (timer_channel.h); of a FuncTimer its own.
#pragma once

#include "chan/alarm.h"
#include "chan/timer_channel.h"

namespace goc {

class FuncTimer;

class TimerObject : public Object {
 public:
  static constexpr Tag kTag = Tag::kTimer;

  // Null without memory. It is due ns from now; the channel belongs to it.
  static TimerObject* make(int64_t ns);
  static void destroy(TimerObject& timer);
  static int64_t live_count();
  static Lock& pool_lock();

  int stop();             // 1 if it was pending, else 0
  int reset(int64_t ns);  // the same, or a goc_result
  Channel* channel() { return channel_; }
  bool has_waiters() const;

 protected:
  template <class T>
  friend class ObjectPool;
  TimerObject(Tag tag, TimerChannel* channel) : Object(tag), channel_(channel) {}
  ~TimerObject();

  TimerChannel* const channel_;  // null: a FuncTimer
};

class TickerObject final : public TimerObject {
 public:
  static constexpr Tag kTag = Tag::kTicker;

  static TickerObject* make(int64_t ns);
  static void destroy(TickerObject& ticker);
  static int64_t live_count();
  static Lock& pool_lock();

  int reset(int64_t ns);

 private:
  template <class T>
  friend class ObjectPool;
  using TimerObject::TimerObject;
};

class FuncTimer final : public TimerObject {
 public:
  // Not armed yet.
  static FuncTimer* make(goc_fn fn, void* arg);
  static void destroy(FuncTimer& timer);
  static int64_t live_count();
  static Lock& pool_lock();

  int stop();
  int reset(int64_t ns);
  bool has_waiters() const { return alarm_.linked(); }

 private:
  template <class T>
  friend class ObjectPool;
  FuncTimer(goc_fn fn, void* arg);
  ~FuncTimer() = default;

  static void fire(Timer* timer);
  static void drop(Timer* timer);
  bool take_due();

  Alarm alarm_{*this, &fire, &drop};
  const goc_fn fn_;
  void* const arg_;
};

}  // namespace goc
