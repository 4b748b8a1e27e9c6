// Select: one of several channel operations, whichever can be carried out first.
#pragma once

#include <goconc/select.h>

#include "sched/waiter.h"

namespace goc {

// The cases have been checked: known ops, handles of channels or null, elements to send.
// Returns the index of the case that fired, or a goc_result.
int select(goc_case* cases, size_t n, int64_t deadline);

struct Fired {
  int result = GOC_OK;  // or why no case fired
  uint32_t index = 0;
  int status = GOC_OK;
  Sleeper* wake = nullptr;  // whom the caller has to wake, if not null
};

// For an operation: carries out a case that is ready. Else it links waiters[i] of case i for
// `sleeper`, and gives GOC_PENDING; or GOC_EAGAIN unless it may wait; or GOC_ENOMEM.
// `value` stands for elements that are null.
Fired select_op(const goc_case* cases, size_t n, void* value, bool may_wait, Sleeper& sleeper,
                Waiter* waiters);

}  // namespace goc
