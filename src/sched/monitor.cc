// Monitor: see monitor.h.
#include "sched/monitor.h"

#include "base/barrier.h"
#include "sched/hooks.h"
#include "sched/runtime.h"
#include "trace/recorder.h"

namespace goc {
namespace {
constexpr size_t kWarmStacks = 4096;    // per size, while the program is busy
constexpr size_t kWarmStacksIdle = 64;  // and when it has fallen asleep
constexpr size_t kTrimPerTick = 64;
constexpr uint32_t kVerifyEvery = 10;  // ticks
}  // namespace

bool Monitor::start() {
  g_coarse_clock.store(coarse(os::now()), std::memory_order_relaxed);
  stop_.store(false, std::memory_order_relaxed);
  asleep_ = false;
  auto body = [](void* monitor) -> void* {
    static_cast<Monitor*>(monitor)->run();
    return nullptr;
  };
  running_ = os::start_thread(&thread_, body, this);
  return running_;
}

void Monitor::stop_and_join() {
  if (!running_) return;
  stop_.store(true, std::memory_order_relaxed);
  poke();
  pthread_join(thread_, nullptr);
  running_ = false;
}

bool Monitor::must_be_poked() const {
  if (asleep_) g_coarse_clock.store(coarse(os::now()), std::memory_order_relaxed);
  return asleep_;
}

void Monitor::poke() {
  poked_.store(1, std::memory_order_release);
  os::futex_wake(poked_, 1);
}

void Monitor::run() {
  trace::this_thread_is(trace::kMonitor);
  os::precise_timers();
  int quiet_ticks = 0;
  while (!stop_.load(std::memory_order_relaxed)) {
    os::futex_wait(poked_, 0, os::now() + kTick);
    poked_.exchange(0, std::memory_order_acquire);  // if it eats the poke of stop, it sees stop_
    if (tick(os::now())) {
      quiet_ticks = 0;
    } else if (++quiet_ticks == kQuietTicks) {
      quiet_ticks = 0;
      sleep_until_poked();
    }
  }
}

// True while anything runs, or would if there were a thread for it.
bool Monitor::tick(int64_t now) {
  g_coarse_clock.store(coarse(now), std::memory_order_relaxed);
  weigh_barriers(now);
  if (g_hooks.on_tick != nullptr) g_hooks.on_tick(now);
  if (trace::on()) trace::tick();
  for (uint32_t i = 0; i < runtime_.worker_count(); ++i) look_at(runtime_.worker(i), now);
  runtime_.stacks.trim(kWarmStacks, kTrimPerTick);
  if (Poller* poller = runtime_.poller.load(std::memory_order_acquire)) look_at(*poller);
  // Its announcement found no thread to be had, or relied on a thread that could not be started.
  const bool work = runtime_.work_visible();
  if (work) runtime_.announce();
  Guard guard(runtime_.idle.lock);
  return work || !runtime_.idle.quiet();
}

void Monitor::look_at(Worker& worker, int64_t now) {
  const uint64_t progress = worker.progress_.load(std::memory_order_relaxed);
  if (progress != worker.seen_progress_ || progress % 2 == 0) {
    worker.seen_progress_ = progress;
    worker.seen_since_ = now;
    return;
  }
  // It has been in the same goroutine for a whole tick.
  const bool blocks = worker.blocking_.load(std::memory_order_relaxed);
  if (runtime_.repeats() && !blocks && now - worker.seen_since_ < kPatience) return;
  runtime_.fire_without_slot(worker.timers_);
  if (worker.queues_.has_next() && runtime_.idle.wanted())
    runtime_.act_without_slot([&] {
      worker.drain();
      runtime_.announce();
    });
  if (now - worker.seen_since_ < (blocks ? kBlockingStall : kStall)) return;
  if (trace::on()) trace_stall(worker);
  compensate(worker, now);
}

// Once for each stall.
void Monitor::trace_stall(Worker& worker) {
  if (worker.recorded_stall_ == worker.seen_progress_) return;
  worker.recorded_stall_ = worker.seen_progress_;
  trace::record(trace::Word(trace::Kind::kStall, worker.index()));
}

// Descriptors do not wait for goroutines that run long.
void Monitor::look_at(Poller& poller) {
  if (poller.rounds() == seen_rounds_) runtime_.poll_without_slot();
  seen_rounds_ = poller.rounds();
  if (++ticks_ % kVerifyEvery == 0) poller.verify();
}

// Takes the slot from a worker whose goroutine stalls, if there is work for another.
void Monitor::compensate(Worker& worker, int64_t now) {
  if (runtime_.options.max_threads == 1) return;  // nobody could take over
  Idle& idle = runtime_.idle;
  bool holds_slot;
  {
    Guard guard(idle.lock);
    holds_slot = !worker.asleep_ && !worker.stalled_ && !worker.retired_ && !worker.lent_;
  }
  const bool has_next = worker.queues_.has_next();
  if (!holds_slot) {
    if (has_next || worker.has_work()) runtime_.act_without_slot([&] { worker.hand_in(); });
    return;
  }
  if (!has_next && !runtime_.work_visible()) return;
  const int64_t cpu = os::thread_cpu_time(worker.id_of_thread_);
  const bool computes = cpu - worker.seen_cpu_ > (now - worker.seen_cpu_at_) / 2;
  const bool first_look = worker.seen_cpu_progress_ != worker.seen_progress_;
  worker.seen_cpu_ = cpu;
  worker.seen_cpu_at_ = now;
  worker.seen_cpu_progress_ = worker.seen_progress_;
  if (first_look) return;  // the clock tells something at the second look only
  {
    Guard guard(idle.lock);
    if (worker.asleep_ || worker.stalled_ || worker.lent_ ||
        worker.progress_.load(std::memory_order_relaxed) != worker.seen_progress_)
      return;
    const bool standing_in = idle.stalled_computing >= idle.max_procs;
    if (computes && standing_in && now - worker.seen_since_ < kLongStall) return;
    worker.stalled_ = true;
    worker.computes_ = computes;
    if (computes) ++idle.stalled_computing;
    --idle.awake;
    ++idle.stalled;
    idle.publish();
  }
  if (trace::on()) trace::record(trace::Word(trace::Kind::kCompensate, worker.index()));
  worker.attention_.store(true, std::memory_order_relaxed);
  runtime_.act_without_slot([&] { worker.hand_in(); });
}

void Monitor::sleep_until_poked() {
  runtime_.stacks.trim(kWarmStacksIdle, SIZE_MAX);
  {
    Guard guard(runtime_.idle.lock);
    if (!runtime_.idle.quiet()) return;
    asleep_ = true;
  }
  // What goroutines have done between two ticks; from here on they poke.
  if (Poller* poller = runtime_.poller.load(std::memory_order_acquire)) poller->verify();
  // The poke of a stop may have been taken by the tick before; then `stop_` is seen here.
  int64_t interval = 0;
  while (!stop_.load(std::memory_order_relaxed) &&
         poked_.exchange(0, std::memory_order_acquire) == 0) {
    runtime_.rest.ask();
    interval = runtime_.rest.next_interval(interval);
    os::futex_wait(poked_, 0, os::deadline_in(interval));
  }
  Guard guard(runtime_.idle.lock);
  asleep_ = false;
}

}  // namespace goc
