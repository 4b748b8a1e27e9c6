// Runtime: start, stop, and what workers share. See runtime.h.
#include "sched/runtime.h"

#include <goconc/error.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/fatal.h"
#include "sched/exit.h"
#include "sched/hooks.h"
#include "sched/worker_trace.h"
#include "stack/stack_overflow.h"
#include "trace/recorder.h"

namespace goc {
namespace {

constexpr int kMaxProcs = 1024;

}  // namespace

constinit RuntimeStorage g_storage;
constinit Hooks g_hooks;

void report_overflow(const Stack& stack) {
  const uint64_t kib = stack.size() / 1024;
  if (stack.owner == nullptr) return report({"a goroutine overflowed its stack"});
  const Goroutine& g = *stack.owner;
  report({"goroutine ", g.id, " ", g.name(), *g.name() != 0 ? " " : "", "overflowed its stack of ",
          kib, " KiB; give it more with goc_go_options.stack_size or goc_options.stack_size"});
  last_words();
}

int default_procs() {
  if (const char* text = getenv("GOCONC_PROCS")) {
    char* end = nullptr;
    const long n = strtol(text, &end, 10);
    if (end != text && *end == 0 && n >= 1 && n <= kMaxProcs) return static_cast<int>(n);
  }
  return std::min(os::processors(), kMaxProcs);
}

namespace {

// GOCONC_CHAOS if it is a seed, else 0.
uint64_t default_chaos() {
  const char* text = getenv("GOCONC_CHAOS");
  if (text == nullptr) return 0;
  const char* end = text + strlen(text);
  uint64_t seed = 0;
  const auto [at, error] = std::from_chars(text, end, seed);
  return error == std::errc() && at == end ? seed : 0;
}

// The same, as the first caller found it: for each new object the environment would cost too much.
bool chaos_is_set() {
  enum : int { kUnknown, kNo, kYes };
  static constinit Atom<int> cached{kUnknown};
  int known = cached.load(std::memory_order_relaxed);
  if (known == kUnknown) {
    known = default_chaos() != 0 ? kYes : kNo;
    cached.store(known, std::memory_order_relaxed);
  }
  return known == kYes;
}

}  // namespace

bool Runtime::expects_chaos() const { return started() ? chaotic() : chaos_is_set(); }

// --- Start ----------------------------------------------------------------------------------------

int Runtime::start(const Options& wanted) {
  if (started()) return GOC_EALREADY;  // without the lock: stop() may wait for the caller
  Guard guard(start_lock_);
  return started() ? GOC_EALREADY : start_locked(wanted);
}

int Runtime::ensure_started() {
  if (started()) return GOC_OK;
  Guard guard(start_lock_);
  return started() ? GOC_OK : start_locked(Options{});
}

int Runtime::start_locked(const Options& wanted) {
  os::remember_signal_mask();
  if (g_hooks.on_start != nullptr) g_hooks.on_start();
  trace::begin_by_environment();
  options = wanted;
  if (options.max_procs == 0) options.max_procs = wanted_procs_.load(std::memory_order_relaxed);
  if (options.max_procs == 0) options.max_procs = default_procs();
  if (options.chaos == 0) options.chaos = default_chaos();
  chaotic_.store(options.chaos != 0, std::memory_order_relaxed);
  on_deadlock_.store(options.on_deadlock, std::memory_order_relaxed);
  if (options.time != Time::kByDefault) clock::choose(options.time == Time::kVirtual);
  repeats_.store(options.chaos != 0 && options.max_procs == 1 && clock::is_virtual(),
                 std::memory_order_relaxed);
  {
    Guard guard(idle.lock);
    idle.max_procs = options.max_procs;
    idle.stopping = false;
    idle.publish();
  }
  catch_stack_overflow(stacks, &report_overflow);
  if (!monitor.start()) return GOC_EAGAIN;
  Worker* first;
  bool poke = false;  // a slow start: the monitor has seen nothing run for a while
  {
    Guard guard(idle.lock);
    first = reserve_worker();
    if (first != nullptr) {
      poke = take_slot();
      ++idle.searching;
      idle.publish();
    }
  }
  if (first == nullptr || !start_thread(*first)) {
    monitor.stop_and_join();
    reset();
    return first == nullptr ? GOC_ENOMEM : GOC_EAGAIN;
  }
  if (poke) monitor.poke();
  started_.store(true, std::memory_order_release);
  return GOC_OK;
}

// --- Workers --------------------------------------------------------------------------------------

bool Runtime::take_slot() { return ++idle.awake == 1 && monitor.must_be_poked(); }

Worker* Runtime::reserve_worker() {
  if (threads_ >= options.max_threads) return nullptr;
  const uint32_t count = worker_count_.load(std::memory_order_relaxed);
  Worker* worker = nullptr;
  for (uint32_t i = 0; i < count && worker == nullptr; ++i)
    if (this->worker(i).retired_) worker = &this->worker(i);
  if (worker == nullptr) {
    if (count == kMaxWorkers) return nullptr;
    void* memory = os::map(sizeof(Worker));
    if (memory == nullptr) return nullptr;
    worker = new (memory) Worker(*this, count);
    workers_[count].store(worker, std::memory_order_release);
    worker_count_.store(count + 1, std::memory_order_release);
  }
  worker->retired_ = false;
  worker->searching_ = true;
  ++threads_;
  return worker;
}

// The worker has been reserved and holds a slot as a searcher; on failure both are taken back.
bool Runtime::start_thread(Worker& worker) {
  auto body = [](void* w) -> void* {
    static_cast<Worker*>(w)->run();
    return nullptr;
  };
  if (os::start_thread(&worker.id_of_thread_, body, &worker)) return true;
  Guard guard(idle.lock);
  worker.retired_ = true;
  worker.searching_ = false;
  --threads_;
  --idle.awake;
  --idle.searching;
  idle.publish();
  return false;
}

void Runtime::wake_one() {
  Worker* sleeper;
  Worker* fresh = nullptr;
  bool poke;
  {
    Guard guard(idle.lock);
    if (idle.searching != 0 || idle.awake >= idle.max_procs || idle.stopping) return;
    sleeper = idle.sleepers;
    if (sleeper != nullptr) {
      sleeper->leave_sleepers();
    } else if ((fresh = reserve_worker()) == nullptr) {
      return;
    }
    poke = take_slot();
    ++idle.searching;
    idle.publish();
  }
  if (sleeper != nullptr) sleeper->wake();
  if (fresh != nullptr) start_thread(*fresh);
  if (poke) monitor.poke();
}

bool Runtime::locked_work_visible() const {
  for (uint32_t i = 0; i < worker_count(); ++i)
    if (worker(i).locked_ready()) return true;
  return false;
}

bool Runtime::work_visible() const {
  if (injected.size() != 0) return true;
  const uint32_t count = worker_count();
  for (uint32_t i = 0; i < count; ++i)
    if (worker(i).has_work()) return true;
  return false;
}

void Runtime::inject(Goroutine* g) {
  injected.push(g);
  announce();
}

int Runtime::max_procs() {
  if (!started()) {
    const int wanted = wanted_procs_.load(std::memory_order_relaxed);
    return wanted != 0 ? wanted : default_procs();
  }
  Guard guard(idle.lock);
  return idle.max_procs;
}

int Runtime::set_max_procs(int n) {
  if (n < 1 || n > kMaxProcs) return GOC_EINVAL;
  if (current_worker() != nullptr) {
    apply_max_procs(n);  // the lock may belong to a stop() that waits for this goroutine to end
  } else {
    Guard guard(start_lock_);
    apply_max_procs(n);
  }
  return GOC_OK;
}

// The workers do not go away meanwhile.
void Runtime::apply_max_procs(int n) {
  wanted_procs_.store(n, std::memory_order_relaxed);
  if (!started()) return;
  {
    Guard guard(idle.lock);
    idle.max_procs = n;
    idle.publish();
  }
  for (uint32_t i = 0; i < worker_count(); ++i)
    worker(i).attention_.store(true, std::memory_order_relaxed);
  announce_visible();
}

// --- Goroutines -----------------------------------------------------------------------------------

int Runtime::spawn(goc_fn fn, void* arg, GoroutineExtra* extra, const void* site) {
  if (!started()) {
    const int result = ensure_started();
    if (result != GOC_OK) return result;
  }
  Worker* worker = current_worker();
  Goroutine* g =
      worker != nullptr ? goroutines.take(worker->goroutines()) : goroutines.take_shared();
  if (g == nullptr) return GOC_ENOMEM;
  g->fn = fn;
  g->arg = arg;
  g->start_at(site);
  g->extra = extra;
  g->alive = true;
  g->thread_locks = 0;
  if (worker != nullptr) {
    g->id = worker->next_id();
    worker->spawn(g);
    return GOC_OK;
  }
  g->id = id_batch(1);
  if (trace::on()) trace::record(trace::Word(trace::Kind::kCreate, g->id));
  started_outside_.fetch_add(1, std::memory_order_relaxed);
  inject(g);
  return GOC_OK;
}

void Runtime::ready(Goroutine* g) {
  Worker* worker = current_worker();
  if (worker != nullptr) return worker->ready(g);
  if (trace::on()) trace::record(word_of_ready(*g));
  if (g->locked()) return g->stack->locked_to->ready_locked();
  inject(g);
}

int64_t Runtime::num_goroutines() const {
  const Stay stay(*this);
  return started() ? count_goroutines() : 0;
}

int64_t Runtime::count_goroutines() const {
  int64_t ended = 0;
  int64_t begun = 0;
  // What has ended is counted first: a snapshot may be too high, never negative.
  for (uint32_t i = 0; i < worker_count(); ++i)
    ended += worker(i).ended_.load(std::memory_order_acquire);
  for (uint32_t i = 0; i < worker_count(); ++i)
    begun += worker(i).started_.load(std::memory_order_acquire);
  return begun + started_outside_.load(std::memory_order_acquire) - ended;
}

bool Runtime::arm(Timer& timer, int64_t when) {
  const Stay stay(*this);
  if (!started()) return false;
  Worker* mine = current_worker();
  Worker& owner = mine != nullptr ? *mine : worker(0);
  const int64_t before = owner.timers().earliest();
  if (!owner.timers().arm(timer, when)) return false;
  if (mine == nullptr && when < before) owner.wake();
  return true;
}

bool Runtime::disarm(Timer& timer) {
  const Stay stay(*this);
  return TimerHeap::disarm(timer);
}

bool Runtime::make_one_poll() {
  const Stay stay(*this);
  if (!started()) return false;
  worker(0).wake();
  return true;
}

int64_t Runtime::waiting_for_descriptors() const {
  const Poller* known = poller.load(std::memory_order_acquire);
  return known != nullptr ? known->waiting() : 0;
}

bool Runtime::somebody_waits_for_descriptors() const {
  const Poller* known = poller.load(std::memory_order_acquire);
  return known != nullptr && known->anybody_waits();
}

void Runtime::fire_without_slot(TimerHeap& timers) {
  const int64_t now = clock::now();
  if (timers.earliest() > now) return;
  act_without_slot([&] { timers.fire_due(now); });
}

// A worker that fell asleep meanwhile has found the place taken.
void Runtime::poll_without_slot() {
  Poller* known = poller.load(std::memory_order_acquire);
  if (known == nullptr || !known->anybody_waits() || !known->enter()) return;
  if (known->collect(GOC_NOW)) act_without_slot([=] { known->deliver(); });
  known->leave();
  bool quiet;
  {
    Guard guard(idle.lock);
    quiet = idle.quiet();
  }
  if (quiet) worker(0).wake();
}

// --- Stop -----------------------------------------------------------------------------------------

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
  trace::after_fork();
  const int wanted = wanted_procs_.load(std::memory_order_relaxed);
  new (&g_runtime) Runtime;
  g_runtime.wanted_procs_.store(wanted, std::memory_order_relaxed);
}

}  // namespace goc
