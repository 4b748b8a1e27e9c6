// The clock that programs see: that of the system, or a virtual one, which stands still until everything
// is at rest and then jumps to the next thing that is due (sched/rest.h moves it).
//
// Deadlines, timers and sleeps are times of this clock. What only the runtime itself waits for, such as
// the life of an idle thread, is a time of os::now().
// Memory order: the virtual time is relaxed. Whoever acts on a jump was woken by it, under a lock.
#pragma once

#include "base/os.h"

namespace goc::clock {

// Where virtual time begins, so that runs are alike; late enough for times before it.
constexpr int64_t kVirtualStart = INT64_C(1000000000000000);

extern Atom<int64_t> virtual_now;  // 0: the system's clock

inline bool is_virtual() { return virtual_now.load(std::memory_order_relaxed) != 0; }

inline int64_t now() {
  const int64_t time = virtual_now.load(std::memory_order_relaxed);
  return time != 0 ? time : os::now();
}

inline int64_t deadline_in(int64_t ns) { return os::later(now(), ns); }

// How long the system is to let a thread of ours sleep that waits for `deadline`: of a virtual one only
// whether it has passed is known.
inline int64_t on_system(int64_t deadline) {
  if (!is_virtual()) return deadline;
  return deadline <= now() ? 0 : INT64_MAX;
}

// By a program's options. Deadlines that it has computed before are meaningless.
void choose(bool is_virtual);
void reset();  // as GOCONC_TIME says

}  // namespace goc::clock
