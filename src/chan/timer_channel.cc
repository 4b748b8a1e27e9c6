// TimerChannel: see timer_channel.h.
#include "chan/timer_channel.h"

#include <goconc/error.h>

namespace goc {
namespace {
constinit ObjectPool<TimerChannel> g_timer_channels;

goc_chan_options options_of_timers() {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = sizeof(int64_t);
  return options;
}
}  // namespace

TimerChannel* TimerChannel::make() { return g_timer_channels.make(); }
void TimerChannel::destroy(TimerChannel& channel) { g_timer_channels.destroy(&channel); }
int64_t TimerChannel::live_count() { return g_timer_channels.live(); }
Lock& TimerChannel::pool_lock() { return g_timer_channels.lock(); }

TimerChannel::TimerChannel() : Channel(options_of_timers(), true) {}

int TimerChannel::set(int64_t due, int64_t period) {
  Guard guard(lock);
  const bool pending = alarm_.set(due);
  period_ = period;
  if (follow_clock()) return pending;
  alarm_.stop();
  return GOC_ENOMEM;
}

bool TimerChannel::stop() {
  Guard guard(lock);
  const bool pending = alarm_.stop();
  follow_clock();
  return pending;
}

// The tick that is due.
int64_t TimerChannel::next_tick(int64_t now) {
  const int64_t tick = alarm_.due();
  if (period_ == 0) {
    alarm_.stop();
  } else {
    const int64_t last = tick + (now - tick) / period_ * period_;  // of those that are over
    alarm_.set(period_ > Alarm::kNever - last ? Alarm::kNever : last + period_);
  }
  return tick;
}

void TimerChannel::fire(Timer* timer) {
  auto& self = Alarm::owner_of<TimerChannel>(timer);
  Sleeper* wake = nullptr;
  self.lock.lock();
  if (const int64_t now = clock::now(); self.alarm_.is_due(now)) {
    if (Waiter* receiver = self.receivers_.claim_front()) {
      int64_t tick = self.next_tick(now);
      self.pass(receiver->elem, &tick);
      receiver->status = GOC_OK;
      wake = receiver->sleeper;
    }
  }
  self.alarm_.unlink();
  while (!self.follow_clock()) os::yield();  // others wait; a heap has just lost an entry
  unlock_or_free(self);
  if (wake != nullptr) wake->wake();
}

void TimerChannel::drop(Timer* timer) {
  auto& self = Alarm::owner_of<TimerChannel>(timer);
  self.lock.lock();
  self.alarm_.unlink();
  unlock_or_free(self);
}

// --- What a channel asks its timer, under the lock -------------------------------------------------

bool Channel::take_tick(void* elem) {
  auto& self = static_cast<TimerChannel&>(*this);
  const int64_t now = clock::now();
  if (!self.alarm_.is_due(now) || receivers_.front() != nullptr) return false;  // they came first
  int64_t tick = self.next_tick(now);
  pass(elem, &tick);
  return true;
}

bool Channel::follow_clock() {
  return static_cast<TimerChannel*>(this)->alarm_.arm(receivers_.front() != nullptr);
}

bool Channel::alarm_is_linked() const {
  return static_cast<const TimerChannel*>(this)->alarm_.linked();
}

}  // namespace goc
