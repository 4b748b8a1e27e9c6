// TimerObject: see timer.h.
#include "chan/timer.h"

#include <goconc/error.h>

#include <cstddef>

#include "sched/runtime.h"

namespace goc {
namespace {
constinit ObjectPool<TimerObject> g_timers;
}

TimerObject* TimerObject::make() {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = sizeof(int64_t);
  options.capacity = 1;
  options.name = "timer";
  Channel* channel = Channel::make(options);
  if (channel == nullptr) return nullptr;
  TimerObject* timer = g_timers.make(*channel);
  if (timer == nullptr) release(*channel);
  return timer;
}

void TimerObject::destroy(TimerObject& timer) {
  timer.disarm();
  g_timers.destroy(&timer);
}

int64_t TimerObject::live_count() { return g_timers.live(); }
Lock& TimerObject::pool_lock() { return g_timers.lock(); }

TimerObject::TimerObject(Channel& channel)
    : Object(kTag), channel_(&channel), timer_(&expire, &fire) {}

TimerObject::~TimerObject() { release(*channel_); }

int TimerObject::start(int64_t ns) { return g_runtime.arm(timer_, os::deadline_in(ns)); }

bool TimerObject::stop() {
  Guard guard(lock);
  return disarm();
}

int TimerObject::reset(int64_t ns) {
  if (g_runtime.ensure_started() != GOC_OK) return GOC_EAGAIN;
  Guard guard(lock);
  const bool armed = disarm();
  const int result = start(ns);
  return result == GOC_OK ? armed : result;
}

bool TimerObject::disarm() {
  const bool armed = g_runtime.disarm(timer_);
  while (!armed && firing_.load(std::memory_order_acquire)) os::yield();
  int64_t stale;
  channel_->recv(&stale, GOC_NOW);
  return armed;
}

TimerObject* TimerObject::of(Timer* timer) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
  return reinterpret_cast<TimerObject*>(reinterpret_cast<char*>(timer) -
                                        offsetof(TimerObject, timer_));
#pragma GCC diagnostic pop
}

bool TimerObject::expire(Timer* timer) {
  of(timer)->firing_.store(true, std::memory_order_relaxed);
  return true;
}

void TimerObject::fire(Timer* timer) {
  TimerObject* self = of(timer);
  const int64_t now = os::now();
  self->channel_->send(&now, GOC_NOW);
  self->firing_.store(false, std::memory_order_release);  // pairs with disarm; the last touch
}

}  // namespace goc
