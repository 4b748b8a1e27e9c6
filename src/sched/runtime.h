// The runtime: what all workers share, and the life of it all (start, stop, fork).
//
// There is one, in static storage; it is never destroyed, so that workers may run while the process
// exits. stop() returns it to the state before start(); a fork's child begins with a new one.
// Locking: `start_lock_` serialises start, the end of stop, and changes of the options; whoever waits in
// stop for goroutines to end does not hold it, only `stopper_`, which others wait for until their
// deadline. Threads that are no workers may look at workers under `workers_lock_` only (Stay): stop()
// frees them. See idle.h for the rest.
// Memory order: stopper_ exchange (acquire) pairs with its store in end_stop (release).
#pragma once

#include <goconc/time.h>

#include "base/list.h"
#include "sched/goroutine_pool.h"
#include "sched/idle.h"
#include "sched/inject_queue.h"
#include "sched/monitor.h"
#include "sched/poller.h"
#include "sched/rest.h"
#include "sched/worker.h"
#include "stack/stack_pool.h"

// What debuggers read: diag/debug_layout.h.
extern "C" __attribute__((visibility("default"))) const struct DebugTable goc_debug_layout;

namespace goc {

class Runtime {
 public:
  constexpr Runtime() = default;

  enum class Time : uint8_t { kByDefault, kReal, kVirtual };

  struct Options {
    int max_procs = 0;  // 0: default
    int max_threads = 10000;
    uint32_t stack_log2 = StackPool::kDefaultLog2;
    int64_t idle_life = 10 * GOC_SECOND;  // a thread that was idle this long ends
    uint64_t chaos = 0;                   // the seed of chaos.h; 0: GOCONC_CHAOS, else none
    OnDeadlock on_deadlock = OnDeadlock::kByDefault;  // GOCONC_DEADLOCK, else kFatal
    Time time = Time::kByDefault;                     // GOCONC_TIME, else kReal
  };

  // --- Life ---------------------------------------------------------------------------------------
  // All three return a goc_result.
  int start(const Options& options);  // GOC_EALREADY if it runs
  int ensure_started();
  int stop(int64_t deadline);  // or the number of goroutines that were abandoned
  bool started() const { return started_.load(std::memory_order_acquire); }
  bool chaotic() const { return chaotic_.load(std::memory_order_relaxed); }
  bool expects_chaos() const;  // also before the start, by the environment
  OnDeadlock on_deadlock() const { return on_deadlock_.load(std::memory_order_relaxed); }
  // Nothing but the seed decides the schedule: see chaos.h.
  bool repeats() const { return repeats_.load(std::memory_order_relaxed); }
  void restart_after_fork();

  int max_procs();
  int set_max_procs(int n);
  int64_t num_goroutines() const;
  Census census();  // zero if nothing runs

  // --- Goroutines ---------------------------------------------------------------------------------
  // Starts fn(arg); `extra` is taken over on success; reports name `site`, the return address of the
  // call. Returns a goc_result.
  int spawn(goc_fn fn, void* arg, GoroutineExtra* extra, const void* site);
  // Makes a goroutine ready; from any thread.
  void ready(Goroutine* g);
  // Arms a timer that is not a goroutine's deadline; a sleeping worker learns of it. False without
  // memory, or if nothing runs.
  bool arm(Timer& timer, int64_t when);
  bool disarm(Timer& timer);  // true if it was armed
  // For a plain thread that waits for a descriptor: a worker looks, even if all are asleep. False if
  // nothing runs.
  bool make_one_poll();
  // Goroutines that wait for descriptors: an event from outside may wake them.
  int64_t waiting_for_descriptors() const;
  bool somebody_waits_for_descriptors() const;  // plain threads too

  // --- For workers --------------------------------------------------------------------------------
  void inject(Goroutine* g);
  void inject(Fifo<Goroutine>& batch);
  // S2 of idle.h: call after publishing work.
  void announce() {
    light_barrier();
    if (idle.wanted()) wake_one();
  }
  // I2 of idle.h for who goes on: call after Idle::publish() may have set `wanted`.
  void announce_visible() {
    heavy_barrier();
    if (work_visible()) announce();
  }
  bool work_visible() const;
  // Calls look() while no worker and no goroutine is freed; false if nothing runs.
  template <class Look>
  bool while_it_runs(Look look) const {
    const Stay stay(*this);
    if (!started()) return false;
    look();
    return true;
  }
  uint32_t worker_count() const { return worker_count_.load(std::memory_order_acquire); }
  Worker& worker(uint32_t index) const { return *workers_[index].load(std::memory_order_acquire); }
  // Under Idle::lock: a worker takes a slot. True: call monitor.poke() after unlocking.
  bool take_slot();
  // For a thread that holds no slot: nobody takes the runtime for idle while it fires what is due, or
  // hands goroutines in.
  template <class Act>
  void act_without_slot(Act act);
  void fire_without_slot(TimerHeap& timers);
  void poll_without_slot();
  // The last worker has fallen asleep: stop() may wait for that, and virtual time goes on.
  void notify_quiet();

  Idle idle;
  InjectQueue<Goroutine> injected;
  StackPool stacks;
  GoroutinePool goroutines;
  Monitor monitor{*this};
  Atom<Poller*> poller{nullptr};  // see poller.h; release, acquire
  bool somebody_polls() const { return poller.load(std::memory_order_relaxed) != nullptr; }
  Rest rest{*this};
  Options options;

  uint64_t id_batch(uint64_t count) { return ids_.fetch_add(count, std::memory_order_relaxed); }

 private:
  friend struct DebugLayout;
  friend class Worker;
  friend class Monitor;
  friend class Rest;

  static constexpr uint32_t kMaxWorkers = 10000;

  // Within its scope no worker is freed if the runtime is started(). On a worker's thread that is so
  // anyway.
  class Stay {
   public:
    explicit Stay(const Runtime& runtime)
        : lock_(current_worker() == nullptr ? &runtime.workers_lock_ : nullptr) {
      if (lock_ != nullptr) lock_->lock();
    }
    ~Stay() {
      if (lock_ != nullptr) lock_->unlock();
    }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;

   private:
    Lock* lock_;
  };

  void begin_firing();
  void end_firing();
  int start_locked(const Options& options);
  void apply_max_procs(int n);
  void wake_one();
  Worker* reserve_worker();  // under Idle::lock: a retired or new worker; null at the limit
  bool start_thread(Worker& worker);
  bool begin_stop(int64_t deadline);
  void end_stop();
  int stop_alone(int64_t deadline);
  int wait_quiet(int64_t deadline);
  bool more_to_come() const;
  int64_t count_goroutines() const;
  bool locked_work_visible() const;
  void part_from_workers();
  int abandon_all();
  static void end_abandoned(Goroutine& g);
  void reset();

  void ready_from_outside(Goroutine* g);  // on a thread that is no worker

  Lock start_lock_;
  mutable Lock workers_lock_;
  Atom<uint32_t> stopper_{0};  // 1: a thread is in stop()
  Atom<bool> started_{false};
  Atom<bool> chaotic_{false};  // options.chaos, for those who ask while it starts or stops
  Atom<bool> repeats_{false};
  Atom<OnDeadlock> on_deadlock_{OnDeadlock::kByDefault};
  Atom<uint32_t> worker_count_{0};
  Atom<Worker*> workers_[kMaxWorkers] = {};
  int threads_ = 0;  // alive; under Idle::lock
  Atom<uint64_t> ids_{1};
  Atom<int64_t> started_outside_{0};
  Atom<int> wanted_procs_{0};       // set before start
  Atom<uint32_t> quiet_events_{0};  // bumped when the last worker falls asleep
  Atom<bool> stop_waits_{false};
  const void* const debug_table_ = &goc_debug_layout;  // so that a static program has it
};

template <class Act>
void Runtime::act_without_slot(Act act) {
  {
    Guard guard(idle.lock);
    ++idle.firing;
  }
  act();
  bool quiet;
  {
    Guard guard(idle.lock);
    --idle.firing;
    quiet = idle.quiet();
  }
  if (quiet) notify_quiet();
}

// Its memory is never released, not even at exit: workers may still run.
union RuntimeStorage {
  constexpr RuntimeStorage() : runtime() {}
  ~RuntimeStorage() {}
  Runtime runtime;
};
extern constinit RuntimeStorage g_storage;
inline constexpr Runtime& g_runtime = g_storage.runtime;

// The default of max_procs: GOCONC_PROCS, else what the process may use.
int default_procs();

// Names the goroutine whose stack it is, the size, and the remedy. Async-signal-safe.
void report_overflow(const Stack& stack);

}  // namespace goc
