// Alarm: see alarm.h.
#include "chan/alarm.h"

#include "sched/runtime.h"

namespace goc {

bool Alarm::arm(bool somebody_cares) {
  const int64_t time = somebody_cares && pending_ ? due_ : kNever;
  if (linked_) {
    if (when == time || !g_runtime.disarm(*this)) return true;
    linked_ = false;
  }
  if (time != kNever) linked_ = g_runtime.arm(*this, time);
  return linked_ || time == kNever;
}

}  // namespace goc
