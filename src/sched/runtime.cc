// Runtime: start, and what workers share. Its end is in runtime_stop.cc. See runtime.h.
#include "sched/runtime.h"

#include <goconc/error.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <new>

#include "base/fatal.h"
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
  g->fresh() ? injected.push_fresh(g) : injected.push_resumed(g);
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
  return worker != nullptr ? worker->ready(g) : ready_from_outside(g);
}

void Runtime::ready_from_outside(Goroutine* g) {
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

}  // namespace goc
