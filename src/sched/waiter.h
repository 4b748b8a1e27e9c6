// The one wait primitive: everything that can block is a Sleeper with a Waiter in each queue that it
// waits in, and everything that wakes claims the sleeper first.
//
// A wait, for both sides (W waits, C completes; the object's lock guards its queues):
//   W1 lock the object(s), find that the operation cannot be carried out
//   W2 link a Waiter in each queue, park; the locks are released when W has left its stack
//   C1 lock the object, unlink a waiter
//   C2 claim its sleeper; if it was claimed by another event, drop the waiter, go on with the next
//   C3 write the result through the waiter (value, status); C now owns the sleeper
//   C4 unlock, then wake: from here on the sleeper's memory belongs to W again
//   W3 awake: take back the timer, unlink the waiters of the events that did not win
//
// A deadline is an event like the others; whoever claims first wins. Channels, timers and locks
// never ask what kind of sleeper they wake.
// Memory order: claimed (acq_rel) orders rival claimants; the result reaches W through the ready
// queue (goroutine) or `word` (release, pairs with acquire in wait).
#pragma once

#include <goconc/error.h>
#include <goconc/time.h>

#include <cstdint>

#include "base/object.h"
#include "sched/goroutine.h"
#include "sched/wait_reason.h"
#include "time/clock.h"
#include "time/timer_heap.h"

namespace goc {

class Port;
class Sleeper;
class Worker;

// The worker whose thread this is, and the goroutine that runs on it, or null. Not inline: compilers
// keep thread-local addresses across a switch, after which they belong to another thread.
Worker* current_worker();
Goroutine* current_goroutine();
// Tells callers apart, goroutines and threads.
const void* current_caller();

struct Waiter {
  // Unlinks the waiter under its object's lock; true if it was linked. Frees the object if it was
  // only kept by this waiter.
  using Leave = bool (*)(Waiter&);

  Waiter* next;
  Waiter* prev;
  Sleeper* sleeper;
  Object* object;
  Leave leave;
  void* elem;
  uint32_t index;  // which event of the sleeper this is
  int16_t status;  // the result, if this event wins
  bool linked;
  bool sends;
};

// How many forks lie between this process and the first that had the library.
extern Atom<uint32_t> g_forks;
inline uint32_t forks() { return g_forks.load(std::memory_order_relaxed); }

// The waiters of one kind on one object, in the order of their coming.
//
// In a fork's child nobody waits any more: waiters from before are the parent's, and their memory, the
// stacks of threads that are gone, may be anything. So a queue knows in which process its waiters came,
// and forgets those of another as soon as it is used. (Ruby's Queue does so, thread_sync.c.)
class WaitQueue {
 public:
  // Without the lock it is a hint (acquire, pairs with the release in set_head).
  bool empty() const { return head_.load(std::memory_order_acquire) == nullptr || !is_ours(); }
  // False: there is no front(). That it is true may be the doing of a parent before a fork.
  bool has_head() const { return head_.load(std::memory_order_relaxed) != nullptr; }
  Waiter* front() {
    Waiter* w = head_.load(std::memory_order_relaxed);
    return w == nullptr || is_ours() ? w : forget();
  }

  void push(Waiter& w) {
    const bool alone = front() == nullptr;
    w.next = nullptr;
    w.prev = alone ? nullptr : tail_;
    if (alone)
      begin_with(w);
    else
      tail_->next = &w;
    tail_ = &w;
    w.linked = true;
  }

  void push_front(Waiter& w) {
    Waiter* const first = front();
    w.prev = nullptr;
    w.next = first;
    (first != nullptr ? first->prev : tail_) = &w;
    begin_with(w);
    w.linked = true;
  }

  void remove(Waiter& w) {
    if (w.prev != nullptr)
      w.prev->next = w.next;
    else
      set_head(w.next);
    (w.next != nullptr ? w.next->prev : tail_) = w.prev;
    w.linked = false;
  }

  // remove(), of the front.
  void pop(Waiter& w) {
    set_head(w.next);
    if (w.next != nullptr) w.next->prev = nullptr;
    w.linked = false;
  }

  // C1 and C2: unlinks waiters until one can be claimed; null if there is none.
  Waiter* claim_front();
  // Claims all, in order, linked by `next`, with the status given; `rest` follows the last.
  Waiter* claim_all(int16_t status, Waiter* rest = nullptr);

 private:
  friend struct DebugLayout;
  void set_head(Waiter* w) { head_.store(w, std::memory_order_release); }
  void begin_with(Waiter& w) {
    forks_.store(forks(), std::memory_order_relaxed);
    set_head(&w);
  }
  bool is_ours() const { return forks_.load(std::memory_order_relaxed) == forks(); }
  Waiter* forget();

  Atom<Waiter*> head_{nullptr};
  Waiter* tail_ = nullptr;   // undefined if there is none
  Atom<uint32_t> forks_{0};  // forks() when the head came
};

// C4 for what claim_all gave. Each waiter is gone once its sleeper has been woken.
void wake_all(Waiter* claimed);

// The time as of the monitor's last tick, for reports: it costs nothing to read, goes while anything
// runs, and is set before anything runs again. Waits of up to 248 days are
// told right.
extern Atom<uint32_t> g_coarse_clock;
inline constexpr int64_t kCoarse = 10 * GOC_MILLISECOND;
inline uint32_t coarse(int64_t now) { return static_cast<uint32_t>(now / kCoarse); }

// An operation that nobody waits in has been completed (port/op.cc). The caller holds no lock.
void complete_op(Sleeper& sleeper);

// What runs once the stack of the sleeper is no longer in use: unlocks what W1 locked.
struct After {
  void (*run)(void*);
  void* arg;
};

// Nothing to unlock. It touches no memory: the sleeper may be gone already, since only a lock that
// is still held would keep it from returning.
inline After nothing() {
  return {[](void*) {}, nullptr};
}

// The usual one: unlocks an object.
inline After unlocking(BiasedLock& lock) {
  return {[](void* l) { static_cast<BiasedLock*>(l)->unlock(); }, &lock};
}

// Suspends the calling goroutine; `after` runs once its stack is at rest. Returns when somebody has
// made it ready, perhaps on another thread.
void park(After after);

// Lets other goroutines run, or other threads if the caller is no goroutine.
void yield();

class Sleeper {
 public:
  static constexpr uint32_t kWaiting = 0;
  static constexpr uint32_t kTimedOut = UINT32_MAX;
  static constexpr uint32_t kAbandoned = UINT32_MAX - 1;

  // For the calling goroutine or thread, which will wait for one of `count` waiters. With one waiter
  // and no deadline, unlinking the waiter is the claim, which saves a compare-and-swap.
  Sleeper(WaitReason reason, Waiter* waiters, uint32_t count, int64_t deadline)
      : goroutine_(current_goroutine()),
        waiters_(waiters),
        count_(count),
        shared_(count != 1 || deadline != GOC_FOREVER),
        reason_(reason),
        deadline_(deadline) {
    if (goroutine_ != nullptr)
      word_.store(g_coarse_clock.load(std::memory_order_relaxed), std::memory_order_relaxed);
  }

  // For an operation, which its completer reports to the port; without one, to the thread in
  // wait_interruptibly().
  Sleeper(WaitReason reason, Waiter* waiters, uint32_t count, Port* port)
      : goroutine_(nullptr),
        waiters_(waiters),
        count_(count),
        shared_(count != 1),
        reason_(reason),
        is_op_(true),
        forks_(static_cast<uint8_t>(forks())),
        port_(port) {}

  // W2, W3: blocks until claimed and returns the event: 1 + index of a waiter, or kTimedOut.
  // The waiters of other events have been unlinked when it returns.
  uint32_t wait(After unlock) {
    if (goroutine_ != nullptr && !shared_) [[likely]] {
      goroutine_->waiting = this;
      park(unlock);
      return claimed_.load(std::memory_order_relaxed);  // came with the ready queue
    }
    return wait_shared(unlock);
  }

  // C2. The event is 1 + the index of a waiter, or one of the constants.
  bool claim(uint32_t event) {
    if (!shared_) {
      claimed_.store(event, std::memory_order_relaxed);
      return true;
    }
    uint32_t expected = kWaiting;
    return claimed_.compare_exchange_strong(expected, event, std::memory_order_acq_rel);
  }
  // C4.
  void wake();

  // Shutdown: claims it for nobody. False if another event has claimed it and is about to wake it.
  bool abandon();

  WaitReason reason() const { return reason_; }

  // --- For reports, of a copy -----------------------------------------------------------------------
  const Goroutine* goroutine() const { return goroutine_; }
  bool claimed() const { return claimed_.load(std::memory_order_relaxed) != kWaiting; }
  uint32_t count() const { return count_; }
  // For how long the goroutine waits, in nanoseconds.
  int64_t waited(int64_t now) const {
    const auto steps = static_cast<int32_t>(coarse(now) - word_.load(std::memory_order_relaxed));
    return steps > 0 ? steps * kCoarse : 0;  // the clock may have gone on since `now`
  }
  bool has_deadline() const { return !is_op_ && deadline_ != GOC_FOREVER; }

  // --- For operations -----------------------------------------------------------------------------
  bool is_op() const { return is_op_; }
  // It was begun before a fork, whose child this is: no queue and no heap knows it any more.
  bool is_the_parents() const { return is_op_ && forks_ != static_cast<uint8_t>(forks()); }
  Port* port() const { return port_; }
  Waiter* waiters() const { return waiters_; }
  // After the claim: which event it was. The waiters of the others are unlinked.
  uint32_t settle() {
    const uint32_t event = claimed_.load(std::memory_order_relaxed);
    if (shared_) unlink_losers(event);
    return event;
  }
  // GOC_OK once wake_thread() has been called, GOC_EINTR after interrupt(), or GOC_ETIMEDOUT.
  int wait_interruptibly(int64_t deadline);
  void wake_thread();
  void interrupt();

 private:
  friend struct DebugLayout;
  uint32_t wait_shared(After unlock);
  void wait_as_goroutine(After unlock);
  void wait_as_thread(After unlock);
  void spin_until_woken() const;
  void unlink_losers(uint32_t event);

  Atom<uint32_t> claimed_{kWaiting};
  Atom<uint32_t> word_{0};  // where a plain thread sleeps; of a goroutine, when it began to wait
  Goroutine* goroutine_;    // null: a plain thread
  Waiter* waiters_;
  uint32_t count_;
  bool shared_;
  WaitReason reason_;
  bool is_op_ = false;
  uint8_t forks_ = 0;  // of an operation: the last bits of forks()
  union {
    int64_t deadline_;
    Port* port_;  // of an operation
  };
};

// A wait in one queue: a sleeper with its only waiter.
struct SingleWait {
  SingleWait(WaitReason reason, Object& object, Waiter::Leave leave, int64_t deadline)
      : waiter{nullptr, nullptr, &sleeper, &object, leave, nullptr, 0, GOC_OK, false, false},
        sleeper(reason, &waiter, 1, deadline) {}

  // GOC_OK, or GOC_ETIMEDOUT if nobody has claimed it before the deadline.
  int wait(After unlock) {
    return sleeper.wait(unlock) == Sleeper::kTimedOut ? static_cast<int>(GOC_ETIMEDOUT) : GOC_OK;
  }

  Waiter waiter;
  Sleeper sleeper;
};

// GOC_OK if there is time to wait, else what a call with this deadline gives that would have to.
inline int time_to_wait(int64_t deadline) {
  if (deadline == GOC_NOW) return GOC_EAGAIN;
  return deadline != GOC_FOREVER && clock::now() >= deadline ? GOC_ETIMEDOUT : GOC_OK;
}

inline Waiter* WaitQueue::claim_front() {
  while (Waiter* w = front()) {
    pop(*w);
    if (w->sleeper->claim(w->index + 1)) return w;
  }
  return nullptr;
}

}  // namespace goc
