// Runtime::census(): see census.h.
#include "sched/census.h"

#include <algorithm>

#include "sched/runtime.h"

namespace goc {

void Worker::count(Census& census) {
  const uint64_t progress = progress_.load(std::memory_order_relaxed);
  census.running += progress % 2;
  census.blocking += progress % 2 != 0 && blocking();
  census.parks += parks_.load(std::memory_order_relaxed);
  census.stolen += stolen_.load(std::memory_order_relaxed);
  census.timers += static_cast<int64_t>(timers_.size());
  census.stacks_cached += static_cast<int64_t>(stack_count_.load(std::memory_order_relaxed));
  const int64_t ready = static_cast<int64_t>(queues_.size()) + queues_.has_next();
  census.in_local_queues += ready;
  if (index_ < Census::kShown) census.in_queue[index_] = ready;
  for (int i = 0; i < Latencies::kBuckets; ++i) census.latency[i] += latencies_.count(i);
}

Census Runtime::census() {
  Census census;
  const Stay stay(*this);
  if (!started()) return census;
  {
    Guard guard(idle.lock);
    census.procs = idle.max_procs;
    census.idle_procs = std::max(idle.max_procs - idle.awake, 0);
    census.threads = threads_;
    census.searching = idle.searching;
    census.stalled = idle.stalled;
    for (Worker* w = idle.sleepers; w != nullptr; w = w->next_sleeper_) ++census.asleep;
  }
  // What has ended is counted first: created is never less.
  for (uint32_t i = 0; i < worker_count(); ++i)
    census.ended += worker(i).ended_.load(std::memory_order_acquire);
  census.created = started_outside_.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < worker_count(); ++i)
    census.created += worker(i).started_.load(std::memory_order_acquire);
  census.workers = worker_count();
  for (uint32_t i = 0; i < census.workers; ++i) worker(i).count(census);
  census.in_global_queue = static_cast<int64_t>(injected.size());
  census.stacks = std::max<int64_t>(stacks.in_use() - census.stacks_cached, 0);
  census.stacks_cached += stacks.warm();
  census.stack_bytes = stacks.reserved();
  return census;
}

}  // namespace goc
