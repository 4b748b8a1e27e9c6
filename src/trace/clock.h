// The processor's clock, which costs half of what the system's does, and its relation to that one.
//
// On x86-64 it is the time stamp counter, which runs evenly and alike on all processors since 2008; on
// AArch64 the virtual counter, which always did.
#pragma once

#include <cstdint>

#include "base/os.h"

namespace goc::trace {

inline uint64_t ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t count;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
  return count;
#endif
}

// Some 60 ns, about what a switch takes with the two events that belong to it.
inline uint64_t ticks_of_a_switch() {
#if defined(__x86_64__)
  return 160;
#elif defined(__aarch64__)
  uint64_t per_second;
  __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(per_second));
  return per_second / 16000000 + 1;
#endif
}

// The same moment on both clocks.
struct Moment {
  uint64_t ticks;
  int64_t ns;  // of os::now()

  static Moment now() {
    const uint64_t before = trace::ticks();
    const int64_t ns = os::now();
    return {before + (trace::ticks() - before) / 2, ns};
  }
};

// From ticks to nanoseconds, by two moments.
class Scale {
 public:
  Scale(Moment from, Moment to)
      : from_(from),
        ns_per_tick_(to.ticks > from.ticks ? static_cast<double>(to.ns - from.ns) /
                                                 static_cast<double>(to.ticks - from.ticks)
                                           : 0) {}

  // Since `from`; a little less than zero is possible.
  int64_t ns(uint64_t at) const {
    const auto since = static_cast<int64_t>(at - from_.ticks);
    return static_cast<int64_t>(static_cast<double>(since) * ns_per_tick_);
  }

 private:
  Moment from_;
  double ns_per_tick_;
};

}  // namespace goc::trace
