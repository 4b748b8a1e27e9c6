// Worker: slots, and sleep when there is no work; the hand-shake is that of idle.h. A sleeping worker may be the
// one that polls (poller.h), or belong to a goroutine that is locked to its thread.
#include <algorithm>

#include "sched/runtime.h"
#include "sched/worker.h"
#include "sched/worker_trace.h"

namespace goc {

// Under Idle::lock.
void Worker::give_up_slot() {
  Idle& idle = runtime_.idle;
  if (searching_) --idle.searching;
  searching_ = false;
  if (stalled_)
    end_stall();
  else
    --idle.awake;
}

// Under Idle::lock.
void Worker::end_stall() {
  stalled_ = false;
  --runtime_.idle.stalled;
  if (computes_) --runtime_.idle.stalled_computing;
  computes_ = false;
}

// After a stall, or when max_procs has changed: true if the worker may go on.
bool Worker::rejoin() {
  Idle& idle = runtime_.idle;
  {
    Guard guard(idle.lock);
    if (stalled_ && idle.awake < idle.max_procs && !idle.stopping) {
      end_stall();
      ++idle.awake;
      idle.publish();
      return true;
    }
    if (!stalled_ && idle.awake <= idle.max_procs) return true;
  }
  return false;
}

// Leaves its goroutines to others.
void Worker::hand_in() {
  drain();
  runtime_.announce_visible();
}

bool Worker::sleep_without_slot() {
  if (locked_goroutine_ != nullptr) return true;  // it had none
  hand_in();
  return sleep();
}

// Sleeps until it has a slot again; it searches then. False: the thread is to end.
bool Worker::sleep() {
  Idle& idle = runtime_.idle;
  bool quiet;
  {
    Guard guard(idle.lock);  // I1
    give_up_slot();
    if (idle.stopping) return false;
    asleep_ = true;
    next_sleeper_ = idle.sleepers;
    idle.sleepers = this;
    idle.publish();
    quiet = idle.quiet();
  }
  heavy_barrier();  // I2
  if (runtime_.work_visible() && take_back_slot()) return true;
  if (quiet) runtime_.notify_quiet();
  int64_t give_up = os::now() + runtime_.options.idle_life;
  for (;;) {  // I3
    if (wake_.exchange(0, std::memory_order_acquire) != 0) {
      Guard guard(idle.lock);
      if (idle.stopping) return false;
      if (!asleep_) {
        searching_ = true;  // the waker has counted it
        return true;
      }
    }
    const int64_t next = clock::on_system(timers_.earliest());
    if (doze(std::min(next, give_up))) return true;
    if (wake_.load(std::memory_order_relaxed) != 0) continue;
    if (timers_.earliest() <= clock::now()) {
      if (take_back_slot()) return true;
      fire_timers_without_slot();
    } else if (os::now() >= give_up) {
      if (retire()) return false;
      give_up = os::now() + runtime_.options.idle_life;
    }
  }
}

// True if the worker was still in the list of sleepers and there is a slot.
bool Worker::take_back_slot() {
  Idle& idle = runtime_.idle;
  bool poke;
  {
    Guard guard(idle.lock);
    if (!asleep_ || idle.stopping || idle.awake >= idle.max_procs) return false;
    leave_sleepers();
    poke = runtime_.take_slot();
    ++idle.searching;
    searching_ = true;
    idle.publish();
  }
  if (poke) runtime_.monitor.poke();
  return true;
}

// Under Idle::lock.
void Worker::leave_sleepers() {
  Worker** at = &runtime_.idle.sleepers;
  while (*at != this) at = &(*at)->next_sleeper_;
  *at = next_sleeper_;
  asleep_ = false;
}

// Ends the thread of a worker that was idle for long; the first one stays, for timers of others.
bool Worker::retire() {
  if (index_ == 0 || timers_.earliest() != INT64_MAX || has_work()) return false;
  if (runtime_.somebody_polls()) runtime_.worker(0).wake();  // it takes over
  Guard guard(runtime_.idle.lock);
  if (!asleep_ || runtime_.idle.stopping) return false;
  leave_sleepers();
  clear();
  pthread_detach(pthread_self());
  --runtime_.threads_;
  retired_ = true;  // from here on another thread may use this worker
  return true;
}

// Gives its caches back.
void Worker::clear() {
  runtime_.goroutines.flush(goroutines_);
  while (Stack* stack = stacks_) {
    stacks_ = stack->link;
    runtime_.stacks.give(stack);
  }
  count_stacks(0);
}

void Worker::fire_timers_without_slot() {
  const int64_t now = clock::now();
  if (timers_.earliest() > now) return;
  runtime_.act_without_slot([&] {
    slotless_ = true;
    timers_.fire_due(now);
    slotless_ = false;
    if (has_work()) hand_in();  // what they have started
  });
}

// --- Descriptors: see poller.h ----------------------------------------------------------------------

void Worker::poll_now_and_then() {
  const bool busy = has_work() || runtime_.injected.size() != 0;
  if (busy && passes_to_poll_-- != 0) return;
  passes_to_poll_ = kPollEvery;
  Poller& poller = *runtime_.poller.load(std::memory_order_acquire);
  if (!poller.anybody_waits() || !poller.enter()) return;
  if (poller.collect(GOC_NOW)) poller.deliver();
  poller.leave();
}

// P1 to P3. True: somebody has been claimed.
bool Worker::collect_until(Poller& poller, int64_t deadline) {
  uint32_t none = 0;
  if (!wake_.compare_exchange_strong(none, kPolling, std::memory_order_acq_rel)) return false;
  const bool claimed = poller.collect(deadline);
  wake_.fetch_and(~kPolling, std::memory_order_relaxed);
  return claimed;
}

// Sleeps until it is woken or the deadline comes, perhaps as the one that polls. True: it has a slot again,
// and work.
bool Worker::doze(int64_t deadline) {
  trace_sleep();
  Poller* poller = runtime_.poller.load(std::memory_order_acquire);
  if (poller == nullptr || !poller->enter()) {
    os::futex_wait(wake_, 0, deadline);
    return false;
  }
  bool back = false;
  if (collect_until(*poller, deadline)) {
    back = take_back_slot();
    if (back) {
      poller->deliver();
    } else {
      slotless_ = true;
      runtime_.act_without_slot([=] { poller->deliver(); });
      slotless_ = false;
    }
  }
  poller->leave();
  return back;
}

// From here on g alone runs on this thread.
void Worker::give_thread_to(Goroutine* g) {
  Idle& idle = runtime_.idle;
  locked_goroutine_ = g;
  g->stack->locked_to = this;
  {
    Guard guard(idle.lock);
    give_up_slot();
    lent_ = true;
    ++idle.locked;
    idle.publish();
  }
  hand_in();  // others would wait for the locked goroutine
}

// The goroutine may go on here; with a slot too many it is the last one for now.
void Worker::take_thread_back() {
  Idle& idle = runtime_.idle;
  locked_goroutine_ = nullptr;
  Guard guard(idle.lock);
  --idle.locked;
  lent_ = false;
  if (++idle.awake > idle.max_procs) attention_.store(true, std::memory_order_relaxed);
  idle.publish();
}

// The thread belongs to one goroutine, which is parked.
Goroutine* Worker::wait_for_locked() {
  Idle& idle = runtime_.idle;
  hand_in();
  bool quiet;
  {
    Guard guard(idle.lock);
    --idle.locked;
    quiet = idle.quiet();
  }
  if (quiet) runtime_.notify_quiet();
  while (!locked_ready()) {
    doze(clock::on_system(timers_.earliest()));
    fire_timers_without_slot();
    Guard guard(idle.lock);
    if (idle.stopping) return nullptr;
    wake_.fetch_and(~kWoken, std::memory_order_relaxed);
  }
  bool poke;
  {
    Guard guard(idle.lock);
    if (idle.stopping) return nullptr;
    wake_.store(0, std::memory_order_relaxed);
    ++idle.locked;
    poke = runtime_.monitor.must_be_poked();
  }
  if (poke) runtime_.monitor.poke();
  return locked_goroutine_;
}

// K1 to K3. The worker may be gone once the bit is set (shutdown); a stray wake-up is harmless.
void Worker::wake(uint32_t why) {
  if ((wake_.fetch_or(why, std::memory_order_release) & kPolling) == 0)
    os::futex_wake(wake_, 1);
  else if (Poller* poller = g_runtime.poller.load(std::memory_order_acquire))
    poller->interrupt();
}

void Worker::drain() {
  Fifo<Goroutine> resumed, fresh;
  queues_.drain(resumed, fresh);
  if (!resumed.empty() || !fresh.empty()) runtime_.injected.push(resumed, fresh);
}

}  // namespace goc
