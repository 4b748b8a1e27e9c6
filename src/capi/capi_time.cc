// goconc/time.h
#include <goconc/time.h>

#include "capi/handle.h"
#include "chan/timer.h"
#include "sched/runtime.h"

using goc::TimerObject;

int64_t goc_now(void) { return goc::os::now(); }

int64_t goc_deadline(int64_t ns) { return goc::os::deadline_in(ns); }

void goc_sleep(int64_t ns) {
  if (ns > 0) goc_sleep_until(goc_deadline(ns));
}

void goc_sleep_until(int64_t deadline) {
  if (goc::current_goroutine() == nullptr) return goc::os::sleep_until(deadline);
  if (deadline <= goc::os::now()) return;
  goc::Sleeper sleeper(goc::WaitReason::kSleep, nullptr, 0, deadline);
  sleeper.wait(goc::nothing());
}

int goc_timer_new(goc_timer** out_timer, goc_chan** out_chan, int64_t ns) {
  if (out_timer == nullptr) return GOC_EINVAL;
  TimerObject* timer = TimerObject::make();
  if (timer == nullptr) return GOC_ENOMEM;
  if (const int result = timer->start(ns); result != GOC_OK) {
    goc::release(*timer);
    return result;
  }
  goc::give(out_timer, timer);
  if (out_chan != nullptr) *out_chan = goc_chan_retain(goc_timer_chan(*out_timer));
  return GOC_OK;
}

goc_chan* goc_timer_chan(goc_timer* timer) {
  int error;
  auto* object = goc::resolve<TimerObject>(timer, &error);
  if (object == nullptr) return nullptr;
  return reinterpret_cast<goc_chan*>(static_cast<goc::Object*>(&object->channel()));
}

int goc_timer_stop(goc_timer* timer) {
  return goc::with<TimerObject>(timer, [](TimerObject& t) { return t.stop() ? 1 : 0; });
}

int goc_timer_reset(goc_timer* timer, int64_t ns) {
  return goc::with<TimerObject>(timer, [&](TimerObject& t) { return t.reset(ns); });
}

goc_timer* goc_timer_retain(goc_timer* timer) { return goc::retain_handle<TimerObject>(timer); }
void goc_timer_release(goc_timer* timer) { goc::release_handle<TimerObject>(timer); }
