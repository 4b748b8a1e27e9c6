// goconc/diag.h
#include <goconc/diag.h>

#include "sched/rest.h"

void goc_expect_external_events(int expected) {
  goc::g_outside.expected.store(expected != 0, std::memory_order_release);
}
