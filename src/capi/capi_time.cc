// goconc/time.h
#include <goconc/goroutine.h>
#include <goconc/time.h>

#include <algorithm>

#include "capi/handle.h"
#include "chan/timer.h"
#include "sched/runtime.h"

using goc::FuncTimer;
using goc::TickerObject;
using goc::TimerObject;

namespace {

// There was no memory to note the deadline.
void keep_thread_for_a_moment(int64_t deadline) {
  goc_blocking_begin();
  const int64_t rest = std::min(deadline - goc::clock::now(), GOC_MILLISECOND);
  goc::os::sleep_until(goc::os::deadline_in(rest));
  goc_blocking_end();
}

goc_chan* handle_of(goc::Channel* channel) {
  return reinterpret_cast<goc_chan*>(static_cast<goc::Object*>(channel));
}

// Hands out a timer or ticker, and its channel if that is wanted.
template <class Handle, class T>
int give_both(Handle** out, goc_chan** out_chan, T* timer) {
  const int result = goc::give(out, timer);
  if (result == GOC_OK && out_chan != nullptr)
    *out_chan = goc_chan_retain(handle_of(timer->channel()));
  return result;
}

}  // namespace

int64_t goc_now(void) { return goc::clock::now(); }

int64_t goc_deadline(int64_t ns) { return goc::clock::deadline_in(ns); }

void goc_sleep(int64_t ns) {
  if (ns > 0) goc_sleep_until(goc_deadline(ns));
}

void goc_sleep_until(int64_t deadline) {
  const bool on_thread = goc::current_goroutine() == nullptr;
  if (on_thread && !goc::clock::is_virtual()) return goc::os::sleep_until(deadline);
  while (goc::clock::now() < deadline) {
    goc::Sleeper sleeper(goc::WaitReason::kSleep, nullptr, 0, deadline);
    sleeper.wait(goc::nothing());
    if (!on_thread && goc::clock::now() < deadline) keep_thread_for_a_moment(deadline);
  }
}

int goc_timer_new(goc_timer** out_timer, goc_chan** out_chan, int64_t ns) {
  if (out_timer == nullptr) return GOC_EINVAL;
  return give_both(out_timer, out_chan, TimerObject::make(ns));
}

int goc_after_func(goc_timer** out_timer, int64_t ns, goc_fn fn, void* arg) {
  if (fn == nullptr) return GOC_EINVAL;
  FuncTimer* timer = FuncTimer::make(fn, arg);
  if (timer == nullptr) return GOC_ENOMEM;
  const int result = timer->reset(ns);
  if (result == GOC_OK && out_timer != nullptr)
    return goc::give(out_timer, static_cast<TimerObject*>(timer));
  goc::release(*timer);  // while it is armed it keeps itself
  return result;
}

goc_chan* goc_timer_chan(goc_timer* timer) {
  int error;
  auto* object = goc::resolve<TimerObject>(timer, &error);
  return object != nullptr ? handle_of(object->channel()) : nullptr;
}

int goc_timer_stop(goc_timer* timer) {
  return goc::with<TimerObject>(timer, [](TimerObject& t) { return t.stop(); });
}

int goc_timer_reset(goc_timer* timer, int64_t ns) {
  return goc::with<TimerObject>(timer, [&](TimerObject& t) { return t.reset(ns); });
}

goc_timer* goc_timer_retain(goc_timer* timer) { return goc::retain_handle<TimerObject>(timer); }
void goc_timer_release(goc_timer* timer) { goc::release_handle<TimerObject>(timer); }

int goc_ticker_new(goc_ticker** out_ticker, goc_chan** out_chan, int64_t ns) {
  if (out_ticker == nullptr || ns <= 0) return GOC_EINVAL;
  return give_both(out_ticker, out_chan, TickerObject::make(ns));
}

goc_chan* goc_ticker_chan(goc_ticker* ticker) {
  int error;
  auto* object = goc::resolve<TickerObject>(ticker, &error);
  return object != nullptr ? handle_of(object->channel()) : nullptr;
}

int goc_ticker_stop(goc_ticker* ticker) {
  return goc::with<TickerObject>(ticker, [](TickerObject& t) { return t.stop(); });
}

int goc_ticker_reset(goc_ticker* ticker, int64_t ns) {
  return goc::with<TickerObject>(
      ticker, [&](TickerObject& t) { return ns > 0 ? t.reset(ns) : static_cast<int>(GOC_EINVAL); });
}

goc_ticker* goc_ticker_retain(goc_ticker* ticker) {
  return goc::retain_handle<TickerObject>(ticker);
}
void goc_ticker_release(goc_ticker* ticker) { goc::release_handle<TickerObject>(ticker); }
