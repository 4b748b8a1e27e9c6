// Runtime: its end. stop() waits until nothing moves any more, ends the threads, and abandons the goroutines
// that still wait; a fork's child begins anew. See runtime.h.
#include <new>

#include "sched/exit.h"
#include "sched/hooks.h"
#include "sched/runtime.h"
#include "trace/recorder.h"

namespace goc {

void Runtime::notify_quiet() {
  if (stop_waits_.load(std::memory_order_seq_cst)) {
    quiet_events_.fetch_add(1, std::memory_order_release);
    os::futex_wake(quiet_events_, 1);
  }
  if (clock::is_virtual()) rest.ask();
}

// Timers that will run a goroutine or start one, or descriptors for which one waits. Under Idle::lock,
// while it is quiet: it stays true.
bool Runtime::more_to_come() const {
  if (waiting_for_descriptors() != 0) return true;
  const bool goroutines_wait = count_goroutines() != 0;
  for (uint32_t i = 0; i < worker_count(); ++i) {
    const TimerHeap& timers = worker(i).timers_;
    if (timers.promises() != 0 || (goroutines_wait && timers.earliest() != INT64_MAX)) return true;
  }
  return false;
}

// Sets `stopping` once nothing runs, nothing is ready and no deadline is pending; with the deadline
// passed, pending deadlines do not count.
int Runtime::wait_quiet(int64_t deadline) {
  stop_waits_.store(true, std::memory_order_seq_cst);
  int result = GOC_ETIMEDOUT;
  for (bool late = false; result == GOC_ETIMEDOUT && !late;) {
    const uint32_t events = quiet_events_.load(std::memory_order_acquire);
    late = deadline == GOC_NOW || clock::now() >= deadline;
    {
      Guard guard(idle.lock);
      if (idle.quiet() && !work_visible() && !locked_work_visible() && (late || !more_to_come())) {
        idle.stopping = true;
        idle.publish();
        result = GOC_OK;
      }
    }
    if (result != GOC_OK && !late) rest.wait(quiet_events_, events, deadline, Hope::kOutside);
  }
  stop_waits_.store(false, std::memory_order_relaxed);
  return result;
}

int Runtime::stop(int64_t deadline) {
  int result = GOC_ETIMEDOUT;
  if (begin_stop(deadline)) {
    result = stop_alone(deadline);
    end_stop();
  }
  return result == GOC_ETIMEDOUT && deadline == GOC_NOW ? static_cast<int>(GOC_EAGAIN) : result;
}

// One thread stops at a time; false if another still does at the deadline.
bool Runtime::begin_stop(int64_t deadline) {
  while (stopper_.exchange(1, std::memory_order_acquire) != 0)
    if (!rest.wait(stopper_, 1, deadline, Hope::kOutside)) return false;
  return true;
}

void Runtime::end_stop() {
  stopper_.store(0, std::memory_order_release);
  os::futex_wake(stopper_, 1);
}

int Runtime::stop_alone(int64_t deadline) {
  if (!started()) return 0;
  if (const int result = wait_quiet(deadline); result != GOC_OK) return result;
  Guard guard(start_lock_);
  for (uint32_t i = 0; i < worker_count(); ++i)
    if (!worker(i).retired_) worker(i).wake();
  for (uint32_t i = 0; i < worker_count(); ++i)
    if (!worker(i).retired_) pthread_join(worker(i).id_of_thread_, nullptr);
  monitor.stop_and_join();
  if (g_hooks.before_abandon != nullptr) g_hooks.before_abandon();
  if (trace::on()) trace::save();
  part_from_workers();
  const int abandoned = abandon_all();
  if (Poller* known = poller.exchange(nullptr, std::memory_order_acq_rel)) known->stop();
  reset();
  return abandoned;
}

// From here on no other thread knows a worker: neither since it has `started`, nor by an armed timer.
void Runtime::part_from_workers() {
  Fifo<Timer> dropped;
  {
    Guard guard(workers_lock_);
    started_.store(false, std::memory_order_release);
    for (uint32_t i = 0; i < worker_count(); ++i) worker(i).timers_.clear(dropped);
  }
  while (Timer* timer = dropped.pop()) timer->drop(timer);
}

// Takes every goroutine out of the queues that it waits in. One that a plain thread has claimed in
// this moment is about to arrive in the global queue, or at its locked worker: wait for it, or it
// would arrive in the next runtime.
int Runtime::abandon_all() {
  int count = 0;
  size_t on_their_way = 0;
  goroutines.for_each_alive([&](Goroutine& g) {
    ++count;
    if (!g.fresh() && g.sp != nullptr && !g.waiting->abandon()) {
      if (!g.locked()) ++on_their_way;
      while (g.locked() && !g.stack->locked_to->locked_ready()) os::yield();
    }
    end_abandoned(g);
  });
  for (Goroutine* arrived; on_their_way != 0;)
    if (injected.take(&arrived, 1) == 1) --on_their_way;
  return count;
}

void Runtime::end_abandoned(Goroutine& g) {
  if (!g.fresh()) {
    tsan_fiber_destroy(g.stack->fiber);
    valgrind_deregister(g.stack->valgrind_id);
  }
  if (g.extra != nullptr && g.extra->finalizer != nullptr)
    g.extra->finalizer(g.extra->finalizer_arg);
  release_extra(g.extra);
  g.extra = nullptr;
}

void Runtime::reset() {
  chaotic_.store(false, std::memory_order_relaxed);
  repeats_.store(false, std::memory_order_relaxed);
  on_deadlock_.store(OnDeadlock::kByDefault, std::memory_order_relaxed);
  if (options.time != Time::kByDefault) clock::reset();
  for (uint32_t i = 0; i < worker_count(); ++i) {
    Worker& w = worker(i);
    w.clear();
    w.queues_.clear();
    w.~Worker();
    os::unmap(&w, sizeof(Worker));
    workers_[i].store(nullptr, std::memory_order_relaxed);
  }
  worker_count_.store(0, std::memory_order_relaxed);
  trace::free_if_off();
  threads_ = 0;
  idle.awake = idle.searching = idle.stalled = idle.stalled_computing = idle.locked = idle.firing =
      0;
  idle.sleepers = nullptr;
  started_outside_.store(0, std::memory_order_relaxed);
  for (Goroutine* g; injected.take(&g, 1) == 1;) {
  }
  goroutines.clear();
  stacks.clear();
}

// In a fork's child the other threads are gone, and what they were doing is unknown: begin anew.
void Runtime::restart_after_fork() {
  if (current_worker() != nullptr) os::restore_signal_mask();
  set_current_worker(nullptr);
  g_forks.fetch_add(1, std::memory_order_relaxed);
  trace::after_fork();
  const int wanted = wanted_procs_.load(std::memory_order_relaxed);
  new (&g_runtime) Runtime;
  g_runtime.wanted_procs_.store(wanted, std::memory_order_relaxed);
}

}  // namespace goc
