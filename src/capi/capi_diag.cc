// goconc/diag.h
#include <goconc/diag.h>

#include <algorithm>

#include "diag/dump.h"
#include "sched/rest.h"
#include "sched/runtime.h"

static_assert(GOC_LATENCIES == goc::Latencies::kBuckets);

int goc_dump(int fd) { return goc::dump(fd); }
int goc_leaks(int fd) { return goc::leaks(fd); }

int goc_stats(goc_stats_t* stats) {
  if (stats == nullptr || stats->size != sizeof *stats) return GOC_EINVAL;
  const goc::Census census = goc::g_runtime.census();
  *stats = GOC_STATS_INIT;
  stats->created = census.created;
  stats->ended = census.ended;
  stats->running = census.running;
  stats->blocking = census.blocking;
  stats->ready = census.ready();
  stats->waiting = std::max<int64_t>(census.alive() - census.running - census.ready(), 0);
  stats->parks = static_cast<int64_t>(census.parks);
  stats->wakeups = std::max<int64_t>(stats->parks - stats->waiting, 0);
  stats->steals = static_cast<int64_t>(census.stolen);
  stats->threads = census.threads;
  stats->threads_idle = census.asleep;
  stats->stacks = census.stacks;
  stats->stacks_cached = census.stacks_cached;
  stats->stack_bytes = census.stack_bytes;
  stats->timers = census.timers;
  std::copy_n(census.latency, GOC_LATENCIES, stats->latency);
  return GOC_OK;
}

void goc_expect_external_events(int expected) {
  goc::g_outside.expected.store(expected != 0, std::memory_order_release);
}
