// Worker: finding work. What it does without any is in worker_sleep.cc.
#include <goconc/time.h>

#include <algorithm>

#include "sched/runtime.h"
#include "sched/worker.h"
#include "stack/stack_overflow.h"
#include "trace/recorder.h"

namespace goc {
namespace {

constexpr int kSearchRounds = 16;
constexpr int kPausesPerRound = 60;
constexpr int kRoundsPerVisit = 8;
constexpr int64_t kMemoryRetry = GOC_MILLISECOND;

ToolStack stack_of_this_thread() {
  ToolStack stack;
#if defined(GOC_ASAN)
  pthread_attr_t attributes;
  void* low = nullptr;
  if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    pthread_attr_getstack(&attributes, &low, &stack.size);
    pthread_attr_destroy(&attributes);
  }
  stack.bottom = low;
#endif
  stack.fiber = tsan_fiber_of_thread();
  return stack;
}

}  // namespace

void Worker::run() {
  set_current_worker(this);
  trace::this_thread_is(index_, &ring_);
  SignalStack signal_stack;
  os::precise_timers();
  thread_ = ThreadState::of_this_thread();
  own_stack_ = stack_of_this_thread();
  loop();
  set_current_worker(nullptr);
}

// The next goroutine to run, ready to be entered; null when the thread is to end.
Goroutine* Worker::find() {
  for (;;) {
    turn_ = chaos_ ? 1 : kTurn;
    if (attention_.load(std::memory_order_relaxed)) {
      attention_.store(false, std::memory_order_relaxed);
      if (!rejoin() && !sleep_without_slot()) return nullptr;
    }
    if (locked_goroutine_ != nullptr) return wait_for_locked();
    if (timers_.earliest() != INT64_MAX) timers_.fire_due(clock::now());
    sample_latency();
    if (runtime_.somebody_polls()) poll_now_and_then();
    Goroutine* g = chaos_ ? look_at_random() : look_here();
    if (g == nullptr) g = search();
    if (g != nullptr) {
      if (searching_) end_search();
      if (!prepare(g)) g = instead_of(g);
      if (g == nullptr) continue;
      if (locked_goroutine_ == nullptr || locked_goroutine_ == g) return g;
    } else if (!sleep()) {
      return nullptr;
    }
  }
}

// One pass per kTurn picks, or when nothing was at hand: those come first who wait for a turn.
Goroutine* Worker::look_here() {
  if (Goroutine* g = take_injected()) return g;
  if (++passes_ % kOldestEvery == 0)
    if (Goroutine* g = queues_.pop_oldest_fresh()) return g;
  return queues_.pop();
}

// How long it takes until the last one that is in the queue now has had its turn; found out in passes
// through the loop, so a turn may be added.
void Worker::sample_latency() {
  if (sampled_since_ == 0) {
    if (++samples_ % kSampleEvery != 0) return;
    const auto turns = queues_.turns();
    if (turns.now == turns.then) return;
    sampled_turn_ = turns.then;
    sampled_since_ = os::now();
  } else if (queues_.turns().now >= sampled_turn_) {
    latencies_.note(os::now() - sampled_since_);
    sampled_since_ = 0;
  }
}

// Anybody who is ready here, or somebody from the global queue.
Goroutine* Worker::look_at_random() {
  const bool both = (has_work() || queues_.has_next()) && runtime_.injected.size() != 0;
  if (both && rand_.below(2) == 0)
    if (Goroutine* g = take_injected()) return g;
  if (Goroutine* g = queues_.pop_any(rand_)) {
    if (has_work()) runtime_.announce();  // of one that was in `next`
    return g;
  }
  return take_injected();
}

// From the global queue: one, if there is other work, else a fair share.
Goroutine* Worker::take_injected() {
  const size_t waiting = runtime_.injected.size();
  if (waiting == 0) return nullptr;
  const size_t share = has_work() ? 1 : waiting / static_cast<size_t>(runtime_.max_procs()) + 1;
  Goroutine* batch[kBatch];
  int64_t since = 0;
  const uint32_t count =
      runtime_.injected.take(batch, static_cast<uint32_t>(std::min<size_t>(share, kBatch)), &since);
  if (since != 0) latencies_.note(os::now() - since);
  return count != 0 ? adopt(batch, count) : nullptr;
}

// There is no memory for the stack of g, and nobody could be told: it waits. Meanwhile those go on that
// have a stack, and leave it behind when they end; without any the thread sleeps for a moment.
Goroutine* Worker::instead_of(Goroutine* g) {
  Goroutine* other = queues_.pop();
  queues_.push_fresh(g);
  if (other != nullptr && !other->fresh()) return other;
  if (other != nullptr) queues_.push_fresh(other);
  os::sleep_until(os::now() + kMemoryRetry);
  return nullptr;
}

// --- Searching ----------------------------------------------------------------------------------

// Looks at the global queue in each round, and visits other workers now and then: a visit takes from them
// the lines that they write with each switch, and goroutines that move should do so between two visits.
Goroutine* Worker::search() {
  const bool parallel = os::parallel();
  begin_search();
  const int rounds = searching_ && parallel ? kSearchRounds : 1;
  for (int round = 0; round < rounds; ++round) {
    if (Goroutine* g = take_injected()) return g;
    if (round % kRoundsPerVisit == 0)
      if (Goroutine* g = visit_others()) return g;
    if (attention_.load(std::memory_order_relaxed)) return nullptr;
    for (int i = 0; round + 1 < rounds && i < kPausesPerRound; ++i) cpu_relax();
  }
  return nullptr;
}

Goroutine* Worker::visit_others() {
  Goroutine* batch[kBatch];
  const uint32_t workers = runtime_.worker_count();
  const uint32_t first = victims_.below(workers);
  for (uint32_t i = 0; i < workers; ++i) {
    Worker& victim = runtime_.worker((first + i) % workers);
    if (&victim == this || !victim.worth_a_visit()) continue;
    const uint32_t got = victim.queues_.steal(batch, loot());
    if (got == 0) continue;
    stolen_.store(stolen_.load(std::memory_order_relaxed) + got, std::memory_order_relaxed);
    if (trace::on()) trace_steal(victim, got);
    return adopt(batch, got);
  }
  return nullptr;
}

// Goroutines that switch faster than thieves look keep to their worker: taking one of a few that
// talk to each other costs more, in moving its data, than letting it wait. So a thief takes some if
// there are many, or if nothing has moved since the last visit.
bool Worker::worth_a_visit() {
  const size_t waiting = queues_.size();
  if (waiting == 0 || waiting >= kPlenty || chaos_) return waiting != 0;
  const uint64_t progress = progress_.load(std::memory_order_relaxed);
  if (progress == looked_at_.load(std::memory_order_relaxed)) return true;
  looked_at_.store(progress, std::memory_order_relaxed);
  return false;
}

// Most goroutines to take in one visit.
uint32_t Worker::loot() { return chaos_ ? 1 + victims_.below(kBatch) : kBatch; }

// Keeps all but the first, which is returned.
Goroutine* Worker::adopt(Goroutine** batch, uint32_t count) {
  for (uint32_t i = 1; i < count; ++i) {
    if (batch[i]->fresh())
      queues_.push_fresh(batch[i]);
    else
      requeue(batch[i]);
  }
  return batch[0];
}

// At most half of the awake workers search, or they would take the processors from those that work.
void Worker::begin_search() {
  if (searching_) return;
  Guard guard(runtime_.idle.lock);
  if (2 * runtime_.idle.searching >= runtime_.idle.awake) return;
  ++runtime_.idle.searching;
  searching_ = true;
  runtime_.idle.publish();
}

// With one slot, which is this worker's, nobody is wanted before or after: work that was submitted
// meanwhile is found here, or by I2 of whoever gives the slot back. That spares a heavy barrier for
// each message of a plain thread.
void Worker::end_search() {
  bool only_slot;
  {
    Guard guard(runtime_.idle.lock);
    --runtime_.idle.searching;
    searching_ = false;
    runtime_.idle.publish();
    only_slot = runtime_.idle.max_procs == 1;
  }
  if (!only_slot) runtime_.announce_visible();
}

}  // namespace goc
