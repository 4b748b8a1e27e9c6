// Worker: running goroutines and switching between them. Finding work is in worker_find.cc, sleeping in worker_sleep.cc.
#include "sched/worker.h"

#include <cstdlib>
#include <exception>

#include "base/fatal.h"
#include "sched/exit.h"
#include "sched/runtime.h"
#include "sched/worker_trace.h"

namespace goc {
namespace {

thread_local Worker* t_worker __attribute__((tls_model("initial-exec"))) = nullptr;

// What a goroutine must find when it starts on a stack that another has used.
bool control_words_are_initial() {
#if defined(__x86_64__)
  uint16_t x87;
  __asm__ volatile("fnstcw %0" : "=m"(x87));
  return (__builtin_ia32_stmxcsr() & ~0x3Fu) == 0x1F80 && x87 == 0x037F;
#elif defined(__aarch64__)
  uint64_t fpcr;
  __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
  return fpcr == 0;
#endif
}

#if defined(GOC_TSAN)
constexpr bool kReuseRunningStack = false;  // a fiber per goroutine, or races would be hidden
#else
constexpr bool kReuseRunningStack = true;
#endif

[[noreturn]] void die_of_exception(const Goroutine& g, const char* what) {
  fatal({"goroutine ", g.id, " ", g.name(), *g.name() != 0 ? " " : "",
         "ended with an uncaught exception: ", what});
}

// The canary of a stack without a guard: what lies below has been written over already.
[[noreturn]] void die_of_overflow(const Stack& stack) {
  report_overflow(stack);
  std::abort();
}

// The goroutine's own code, from its function to its finalizer.
__attribute__((noinline)) void call(Goroutine* g) {
  try {
    call_until_exit(*g, g->stack->fn, g->arg);
    if (g->extra != nullptr) run_endings(*g);
  } catch (const std::exception& e) {
    die_of_exception(*g, e.what());
  } catch (...) {
    die_of_exception(*g, "not a std::exception");
  }
}

}  // namespace

__attribute__((noinline)) Worker* current_worker() {
  Worker* worker = t_worker;
  __asm__ volatile("" : "+r"(worker));  // or callers would be free to reuse an earlier result
  return worker;
}

__attribute__((noinline)) Goroutine* current_goroutine() {
  Worker* worker = t_worker;
  __asm__ volatile("" : "+r"(worker));
  return worker != nullptr ? worker->current() : nullptr;
}

void set_current_worker(Worker* worker) { t_worker = worker; }

constinit char Worker::calls_on_thread_ = 0;

Worker::Worker(Runtime& runtime, uint32_t index)
    : rand_(0x9E3779B97F4A7C15ull * (index + 1) + 0xBF58476D1CE4E5B9ull * runtime.options.chaos),
      victims_(rand_),
      runtime_(runtime),
      index_(index),
      chaos_(runtime.options.chaos != 0) {}

// --- Switching -----------------------------------------------------------------------------------

inline void Worker::make_current(Goroutine* g) {
  current_.store(g, std::memory_order_relaxed);
  progress_.store((progress_.load(std::memory_order_relaxed) + 2) | 1, std::memory_order_relaxed);
}

inline void* Worker::enter(Goroutine* g, [[maybe_unused]] ToolStack& target) {
  make_current(g);
#if defined(GOC_TSAN) || defined(GOC_ASAN)
  target = {g->stack->usable_low(),
            static_cast<size_t>(reinterpret_cast<char*>(g->stack) - g->stack->usable_low()),
            g->stack->fiber};
#endif
  return g->sp != nullptr ? g->sp : context_make(g->stack->start(), &goroutine_main);
}

// The next goroutine to switch to directly, or null: then the loop decides. It may be called under
// an object's lock, so it neither fires timers nor takes other locks.
inline Goroutine* Worker::pick() {
  if (--turn_ == 0 || attention_.load(std::memory_order_relaxed)) {
    turn_ = 1;
    return nullptr;
  }
  Goroutine* g = queues_.pop();
  return g == nullptr || !g->fresh() ? g : pick_fresh(g);
}

__attribute__((always_inline)) inline void Worker::leave(After after, bool to_others,
                                                         trace::Reason why) {
  Goroutine* self = current();
  const SavedState saved(thread_);
  if (self->canary && !self->stack->intact()) die_of_overflow(*self->stack);
  Goroutine* next = to_others && !self->locked() ? pick() : nullptr;
  if (trace::on()) [[unlikely]]
    trace_leave(self, why, next);
  after_ = after;
  ToolStack target;
  void* to = next != nullptr ? enter(next, target) : enter_loop(target);
  // `this` and every thread-local may be another's when the switch returns.
  auto* worker = static_cast<Worker*>(switch_stacks(&self->sp, to, this, target, false));
  worker->run_after();
  saved.restore(worker->thread_);
}

void park(After after) {
  Worker* worker = t_worker;
  worker->parks_.store(worker->parks_.load(std::memory_order_relaxed) + 1,
                       std::memory_order_relaxed);
  worker->leave(after, true);
}

void* Worker::enter_loop(ToolStack& target) {
  current_.store(nullptr, std::memory_order_relaxed);
  progress_.store((progress_.load(std::memory_order_relaxed) + 1) & ~uint64_t{1},
                  std::memory_order_relaxed);
  target = own_stack_;
  return loop_sp_;
}

void Worker::loop() {
  while (Goroutine* g = find()) {
    if (trace::on()) trace_start(*g);
    ToolStack target;
    void* to = enter(g, target);
    after_ = nothing();
    switch_stacks(&loop_sp_, to, this, target, false);
    run_after();
  }
}

// The first frame of every goroutine stack. One goroutine after the other may live in it: a fresh one
// that follows one that has ended needs no switch at all.
void Worker::goroutine_main(void* transfer) {
  arrived_on_new_stack();
  auto* worker = static_cast<Worker*>(transfer);
  worker->run_after();
  for (;;) {
    Goroutine* g = worker->current();
    worker->thread_.clear();
    call(g);
    worker = current_worker();
    if (worker == nullptr) pthread_exit(nullptr);  // a fork's child: its only thread has ended
    if (!worker->succeed(g)) worker->exit_stack();
  }
}

// Ends g. True if another goroutine is now current on the same stack.
bool Worker::succeed(Goroutine* g) {
  Stack* stack = g->stack;
  if (g->canary && !stack->intact()) die_of_overflow(*stack);
  if (trace::on()) [[unlikely]]
    record(word_of_turn(trace::Kind::kExit, *g));
  finish(g);
  retired_stack_ = stack;
  retired_stack_reusable_ = kReuseRunningStack && stack->size_log2 == runtime_.options.stack_log2 &&
                            control_words_are_initial();
  successor_ = locked_goroutine_ == nullptr ? pick() : nullptr;
  if (trace::on() && successor_ != nullptr) [[unlikely]]
    trace_start(*successor_);
  if (successor_ == nullptr || successor_->stack != stack) return false;
  retired_stack_ = nullptr;
  make_current(successor_);
  return true;
}

void Worker::exit_stack() {
  Goroutine* next = successor_;
  after_ = {[](void* stack) { current_worker()->give_stack(static_cast<Stack*>(stack)); },
            retired_stack_};
  retired_stack_ = nullptr;
  ToolStack target;
  void* to = next != nullptr ? enter(next, target) : enter_loop(target);
  switch_stacks(&abandoned_sp_, to, this, target, true);
  __builtin_unreachable();
}

void Worker::finish(Goroutine* g) {
  if (g->locked()) {
    g->thread_locks = 0;
    take_thread_back();
  }
  release_extra(g->extra);
  g->extra = nullptr;
  g->alive = false;
  ended_.store(ended_.load(std::memory_order_relaxed) + 1,
               std::memory_order_release);  // pairs with Runtime::num_goroutines
  runtime_.goroutines.give(goroutines_, g);
}

void Worker::requeue(Goroutine* g) {
  if (g->locked()) return g->stack->locked_to->ready_locked();
  queues_.push_resumed(g);
  runtime_.announce();
}

// Whatever a pass through the scheduler loop would find.
inline bool Worker::others_wait() const {
  return has_work() || queues_.has_next() || runtime_.injected.size() != 0 ||
         timers_.earliest() != INT64_MAX || runtime_.somebody_polls() ||
         attention_.load(std::memory_order_relaxed);
}

// With nobody to yield to it goes on at once, which the monitor must not take for a stall.
inline void Worker::yield() {
  if (!others_wait()) return make_current(current());
  leave({[](void* g) { t_worker->requeue(static_cast<Goroutine*>(g)); }, current()}, true,
        trace::kYields);
}

void yield() {
  Worker* worker = t_worker;
  if (worker != nullptr && worker->current() != nullptr)
    worker->yield();
  else
    os::yield();
}

void Worker::perhaps_yield() {
  constexpr uint32_t kOneIn = 4;
  if (chaos_ && current() != nullptr && rand_.below(kOneIn) == 0) yield();
}

namespace {
struct ThreadCall {
  goc_fn fn;
  void* arg;
  Goroutine* caller;
};
}  // namespace

void Worker::call_on_thread(goc_fn fn, void* arg) {
  ThreadCall request{fn, arg, current()};
  current()->waiting = calls_on_thread();
  leave({[](void* r) {
           auto* call = static_cast<ThreadCall*>(r);
           Worker* worker = current_worker();
           worker->thread_.clear();
           worker->set_blocking(true);
           call->fn(call->arg);
           worker->set_blocking(false);
           if (trace::on()) worker->trace_ready(*call->caller);
           worker->requeue(call->caller);
         },
         &request},
        false, trace::kCallsThread);
}

// Blocking counts as being inside a goroutine, also on the thread's own stack.
void Worker::set_blocking(bool blocking) {
  if (current() == nullptr)
    progress_.store(progress_.load(std::memory_order_relaxed) ^ 1, std::memory_order_relaxed);
  blocking_.store(blocking, std::memory_order_relaxed);
}

void Worker::end_blocking() {
  set_blocking(false);
  if (attention_.load(std::memory_order_relaxed)) yield();
}

// --- Making goroutines runnable --------------------------------------------------------------------

inline void Worker::make_ready(Goroutine* g) {
  if (g->locked()) return g->stack->locked_to->ready_locked();
  if (attention_.load(std::memory_order_relaxed)) return runtime_.inject(g);
  // From the loop: in the order of the events.
  if (current() == nullptr) return slotless_ ? runtime_.inject(g) : requeue(g);
  if (!queues_.fill_next(g)) displace_next(g);
}

__attribute__((noinline)) void Worker::displace_next(Goroutine* g) {
  if (Goroutine* before = queues_.replace_next(g)) requeue(before);
}

void Worker::ready(Goroutine* g) {
  if (trace::on()) [[unlikely]]
    return ready_traced(g);
  make_ready(g);
}

// A call of its own, so that ready() saves no registers for it. Who becomes `next` is put off (trace/ring.h).
__attribute__((noinline)) void Worker::ready_traced(Goroutine* g) {
  const bool may_be_next =
      !g->locked() && current() != nullptr && !attention_.load(std::memory_order_relaxed);
  const uint64_t turn = next_turn(*g);
  trace::Ring& ring = *ring_;
  if (may_be_next && ring.may_put_off() && queues_.fill_next(g))
    ring.put_off_ready(turn);
  else
    ready_told(g);
}

__attribute__((noinline)) void Worker::ready_told(Goroutine* g) {
  record(word_of_turn(trace::Kind::kReady, *g));
  make_ready(g);
}

void Worker::spawn(Goroutine* g) {
  if (trace::on()) [[unlikely]]
    record(trace::Word(trace::Kind::kCreate, g->id));
  // Before a thief can end it.
  started_.store(started_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  queues_.push_fresh(g);
  runtime_.announce();
  if (chaos_) [[unlikely]]
    perhaps_yield();
}

void Worker::lock_thread() {
  if (current()->thread_locks++ == 0) give_thread_to(current());
}

bool Worker::unlock_thread() {
  if (current()->thread_locks == 0) return false;
  if (--current()->thread_locks == 0) take_thread_back();
  return true;
}

// --- Picking ----------------------------------------------------------------------------------------

// It runs at once if there is a stack at hand, else the loop finds one.
__attribute__((noinline)) Goroutine* Worker::pick_fresh(Goroutine* g) {
  if (prepare_hot(g)) return g;
  queues_.push_fresh(g);
  return nullptr;
}

// Gives a fresh goroutine a stack that is at hand.
bool Worker::prepare_hot(Goroutine* g) {
  if (g->extra != nullptr) return false;
  if (retired_stack_ != nullptr && retired_stack_reusable_) {
    settle(g, retired_stack_);
    return true;
  }
  if (stacks_ == nullptr) return false;
  settle(g, stacks_);
  stacks_ = stacks_->link;
  count_stacks(stack_count() - 1);
  return true;
}

// Gives any goroutine a stack; false without memory.
bool Worker::prepare(Goroutine* g) {
  if (!g->fresh() || prepare_hot(g)) return true;
  const uint32_t log2 = g->extra != nullptr && g->extra->stack_log2 != 0
                            ? g->extra->stack_log2
                            : runtime_.options.stack_log2;
  Stack* stack = runtime_.stacks.take(log2);
  if (stack == nullptr) return false;
  settle(g, stack);
  if (g->extra != nullptr && g->extra->pinned) {
    g->thread_locks = 1;
    give_thread_to(g);
  }
  return true;
}

void Worker::settle(Goroutine* g, Stack* stack) {
  stack->site = Goroutine::unmarked(g->site);
  stack->fn = g->fn;
  g->stack = stack;
  g->turn = trace::Word::first_turn(g->id);
  g->sp = nullptr;
  g->canary = stack->canary;
  stack->owner = g;
}

void Worker::give_stack(Stack* stack) {
  if (stack->size_log2 != runtime_.options.stack_log2 || stack_count() == kStackCache)
    return runtime_.stacks.give(stack);
  asan_unpoison(stack->usable_low(),
                static_cast<size_t>(reinterpret_cast<char*>(stack) - stack->usable_low()));
  stack->owner = nullptr;
  stack->link = stacks_;
  stacks_ = stack;
  count_stacks(stack_count() + 1);
}

uint64_t Worker::next_id() {
  constexpr uint64_t kBatch = 64;
  if (id_ == id_end_) {
    id_ = runtime_.id_batch(kBatch);
    id_end_ = id_ + kBatch;
  }
  return id_++;
}

}  // namespace goc
