// GOCONC_CHAOS: a schedule that a seed decides, to bring out what a program only gets right by luck.
//
// With a seed, each worker draws from a generator of its own, made of the seed and the worker's index:
//   - who runs next: any of those that are ready. Every pick passes through the scheduler loop (its
//     turn is one pick long), which alone knows of chaos
//   - how many goroutines a thief takes, from whom, and without patience
//   - the order in which a select looks at its cases
//   - yields before and after calls that can wait, and after a goroutine has been started. An object
//     that is made under chaos has a tag of its own, by which the check of its handle leads aside
// So neither a switch nor a call pays for it without a seed.
//
// On one worker the same seed gives the same order, as long as nothing comes from outside: threads, timers
// of real time, the monitor. In virtual time (time/clock.h) timers come from inside, and the monitor keeps
// its hands off (Runtime::repeats): then a program that lives in goroutines alone repeats its schedule,
// on a busy machine too. Everybody who is ready has the same chance at each pick, so nobody starves.
#pragma once

#include <goconc/types.h>

#include "sched/runtime.h"

namespace goc {

// Lets others run, or not; of no effect on a plain thread.
inline void chaos_point() {
  if (current_goroutine() != nullptr) current_worker()->perhaps_yield();
}

// The result of operation(), which may wait until the deadline. What never waits never yields: the
// caller may hold what only its thread can give back.
template <class Operation>
auto in_chaos(int64_t deadline, Operation operation) {
  if (deadline == GOC_NOW) return operation();
  chaos_point();
  const auto result = operation();
  chaos_point();
  return result;
}

}  // namespace goc
