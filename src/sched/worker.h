// A worker: a thread of ours that runs goroutines, with its queues, from which others may steal.
//
// Order of work: that of LocalQueues. So that nobody starves, every kTurn picks the worker passes
// through its scheduler loop, which looks at its timers, the global queue and the oldest fresh
// goroutine.
//
// A parking goroutine switches straight to the next one; what must happen once its stack is at rest
// (After) runs on the other side. Only when there is nothing at hand, or the scheduler has something
// to do, it switches to the loop on the thread's own stack.
//
// Thread rules: "owner" members belong to the worker's thread; the atomics may be read by all.
#pragma once

#include <pthread.h>

#include "arch/switch.h"
#include "arch/thread_state.h"
#include "base/rand.h"
#include "sched/census.h"
#include "sched/goroutine.h"
#include "sched/goroutine_pool.h"
#include "sched/local_queues.h"
#include "sched/waiter.h"
#include "time/timer_heap.h"
#include "trace/recorder.h"

namespace goc {

class Poller;
class Runtime;

class Worker {
 public:
  Worker(Runtime& runtime, uint32_t index);

  // --- Called on the worker's thread ------------------------------------------------------------
  // The body of the thread.
  void run();
  Goroutine* current() const {
    return current_.load(std::memory_order_relaxed);
  }                                                                            // for others a hint
  bool blocking() const { return blocking_.load(std::memory_order_relaxed); }  // the same

  // Lets others run; the goroutine goes to the end of the resumed ones.
  void yield();
  void perhaps_yield();  // for chaos.h
  // Runs fn(arg) on the thread's own stack while the goroutine is suspended, and `waiting` for that.
  void call_on_thread(goc_fn fn, void* arg);
  static Sleeper* calls_on_thread() { return reinterpret_cast<Sleeper*>(&calls_on_thread_); }
  // Makes a goroutine ready that this worker's goroutine or scheduler has woken.
  void ready(Goroutine* g);
  // Adds a goroutine that has not run.
  void spawn(Goroutine* g);
  void lock_thread();
  bool unlock_thread();  // false without a lock to undo
  void set_blocking(bool blocking);
  void end_blocking();  // set_blocking(false), and back into the line if the slot was lost

  GoroutineCache& goroutines() { return goroutines_; }
  Rand& rand() { return rand_; }
  uint64_t next_id();

  // --- Called by anybody ------------------------------------------------------------------------
  bool has_work() const { return queues_.has_work(); }
  // Moves its goroutines to the global queue. For the monitor, and for itself.
  void drain();
  // The goroutine that is locked to this worker is ready.
  void ready_locked() { wake(kLockedReady); }
  bool locked_ready() const {
    return (wake_.load(std::memory_order_acquire) & kLockedReady) != 0;  // pairs with wake
  }
  void count(Census& census);
  // Ends its sleep.
  void wake() { wake(kWoken); }

  TimerHeap& timers() { return timers_; }
  uint32_t index() const { return index_; }

 private:
  friend struct DebugLayout;
  friend class Runtime;
  friend class Monitor;
  friend class Rest;
  friend void park(After after);

  static constexpr uint32_t kTurn = 61;
  // Every so many passes through the loop the oldest fresh goroutine gets its turn. More often would
  // walk trees of goroutines breadth first, which takes a stack for each.
  static constexpr uint32_t kOldestEvery = 8;
  static constexpr uint32_t kSampleEvery = 16;  // passes
  static constexpr size_t kPlenty = 8;          // goroutines: half of so many is worth a visit
  static constexpr size_t kStackCache = 64;
  static constexpr uint32_t kBatch = 256;     // most goroutines that are stolen or fetched at once
  static constexpr uint32_t kPollEvery = 16;  // passes through the loop of a worker that has work

  static constexpr uint32_t kWoken = 1;
  static constexpr uint32_t kLockedReady = 2;  // the locked goroutine may run
  static constexpr uint32_t kPolling = 4;      // it sleeps in the poller

  static constexpr trace::Reason kWaits = 0;  // for what, its sleeper knows

  static void goroutine_main(void* worker);

  // Switching.
  void leave(After after, bool to_others, trace::Reason why = kWaits);
  void make_current(Goroutine* g);
  void* enter(Goroutine* g, ToolStack& target);
  void* enter_loop(ToolStack& target);
  void run_after() {
    const After after = after_;
    after.run(after.arg);
  }
  bool succeed(Goroutine* g);
  [[noreturn]] void exit_stack();
  void finish(Goroutine* g);
  void requeue(Goroutine* g);
  void ready_traced(Goroutine* g);
  void ready_told(Goroutine* g);
  void make_ready(Goroutine* g);
  void displace_next(Goroutine* g);

  // Picking what is at hand.
  bool others_wait() const;
  Goroutine* pick();
  Goroutine* pick_fresh(Goroutine* g);
  bool prepare_hot(Goroutine* g);
  bool prepare(Goroutine* g);
  void count_stacks(size_t n) { stack_count_.store(n, std::memory_order_relaxed); }
  size_t stack_count() const { return stack_count_.load(std::memory_order_relaxed); }
  static void settle(Goroutine* g, Stack* stack);
  void give_stack(Stack* stack);

  // Finding work (worker_find.cc), and sleeping (worker_sleep.cc).
  void loop();
  Goroutine* find();
  Goroutine* look_here();
  void sample_latency();
  Goroutine* look_at_random();
  Goroutine* take_injected();
  Goroutine* search();
  Goroutine* visit_others();
  bool worth_a_visit();
  Goroutine* instead_of(Goroutine* g);
  uint32_t loot();
  Goroutine* adopt(Goroutine** batch, uint32_t count);
  void begin_search();
  void end_search();
  bool rejoin();
  void hand_in();
  bool sleep();
  bool sleep_without_slot();
  bool take_back_slot();
  bool retire();
  void give_up_slot();
  void end_stall();
  void leave_sleepers();
  void give_thread_to(Goroutine* g);
  void take_thread_back();
  Goroutine* wait_for_locked();
  void wake(uint32_t why);
  void fire_timers_without_slot();
  void poll_now_and_then();
  bool collect_until(Poller& poller, int64_t deadline);
  bool doze(int64_t deadline);
  void clear();

  static constinit char calls_on_thread_;  // its address stands for no sleeper
  // What is recorded, if anything is (worker_trace.h): call them before others can see what happens.
  void record(trace::Word word);
  void record_with_stamp(trace::Word word);
  void trace_leave(Goroutine* self, trace::Reason why, Goroutine* next);
  void trace_switch(trace::Reason why, Goroutine* next);
  void trace_start(Goroutine& g);
  void trace_sleep();  // before it
  void trace_ready(Goroutine& g);
  void trace_steal(const Worker& victim, uint32_t count);

  // Owner, hot.
  Atom<Goroutine*> current_{nullptr};  // read by others for reports
  After after_{};
  uint32_t turn_ = kTurn;  // picks until the next pass through the loop
  ThreadState thread_{};
  void* loop_sp_ = nullptr;
  void* abandoned_sp_ = nullptr;  // where a stack that is left for good is saved: nobody reads it
  trace::Ring* ring_ = &trace::g_no_ring;
  Goroutine* locked_goroutine_ = nullptr;  // runs only on this thread
  GoroutineCache goroutines_;
  Stack* stacks_ = nullptr;      // hot ones of the default size
  Atom<size_t> stack_count_{0};  // for others a hint
  uint64_t id_ = 0, id_end_ = 0;
  Rand rand_;     // for what a program can notice
  Rand victims_;  // for whom to look at first: how often depends on the time
  ToolStack own_stack_;
  Runtime& runtime_;
  const uint32_t index_;
  const bool chaos_;             // see chaos.h
  uint32_t passes_ = 0;          // through the loop
  uint32_t passes_to_poll_ = 0;  // until it looks at descriptors
  uint32_t samples_ = 0;
  int64_t sampled_since_ = 0;  // 0: no sample is under way
  uint64_t sampled_turn_ = 0;
  bool searching_ = false;          // counted in Idle::searching
  bool slotless_ = false;           // it wakes others without a slot, from the loop
  Stack* retired_stack_ = nullptr;  // of the goroutine that has just ended
  bool retired_stack_reusable_ = false;
  Goroutine* successor_ = nullptr;  // who follows it

  // Written by the owner, read by others.
  alignas(64) Atom<uint64_t> progress_{0};  // changes with each switch; odd while in a goroutine
  Atom<bool> blocking_{false};              // between goc_blocking_begin and _end
  Atom<int64_t> started_{0};                // goroutines, for goc_num_goroutines
  Atom<int64_t> ended_{0};
  Atom<uint64_t> parks_{0};   // calls of park(); for statistics, as the next two
  Atom<uint64_t> stolen_{0};  // goroutines taken from others
  Latencies latencies_;
  LocalQueues<Goroutine> queues_;
  TimerHeap timers_;

  // Written by others.
  alignas(64) Atom<bool> attention_{false};  // the scheduler loop has something to do
  Atom<uint64_t> looked_at_{0};              // progress_ when a thief looked
  Atom<uint32_t> wake_{0};                   // 0: it may sleep; else why not

  // Under Idle::lock.
  Worker* next_sleeper_ = nullptr;
  bool asleep_ = false;
  bool stalled_ = false;
  bool computes_ = false;  // while stalled: it uses the processor
  bool retired_ = false;   // its thread has ended
  bool lent_ = false;      // its thread belongs to a goroutine: it has no slot

  pthread_t id_of_thread_{};

  // The monitor's notes.
  uint64_t seen_progress_ = 0;
  int64_t seen_since_ = 0;
  int64_t seen_cpu_ = 0;
  int64_t seen_cpu_at_ = 0;
  uint64_t seen_cpu_progress_ = 0;
  uint64_t recorded_stall_ = 0;  // progress_ of the last one in a trace
};

void set_current_worker(Worker* worker);

}  // namespace goc
