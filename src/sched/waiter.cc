// Sleeper: blocking and being woken. See waiter.h.
#include "sched/waiter.h"

#include <cerrno>

#include "sched/runtime.h"

namespace goc {
namespace {
constexpr uint32_t kWoken = 1;
constexpr uint32_t kAsleep = 2;
constexpr uint32_t kInterrupted = 4;
// A thread spins this long for a quick answer before it asks the system to wake it: a futex wake-up
// costs several microseconds on both sides.
constexpr int kSpins = 500;
// The deadline of a goroutine, on its stack while it waits.
struct Deadline : Timer {
  Deadline(Sleeper& s, After u)
      : Timer([](Timer* t) { return of(t).sleeper.claim(Sleeper::kTimedOut); },
              [](Timer* t) { of(t).sleeper.wake(); }),
        sleeper(s),
        unlock(u) {}
  static Deadline& of(Timer* timer) { return *static_cast<Deadline*>(timer); }

  Sleeper& sleeper;
  const After unlock;
  int64_t at = 0;
};

// The timer may fire as soon as it is armed; but the sleeper cannot return, and take the Deadline
// with it, before it has taken the locks that `unlock` releases.
void arm_and_unlock(void* d) {
  auto& deadline = *static_cast<Deadline*>(d);
  Sleeper& sleeper = deadline.sleeper;
  const After unlock = deadline.unlock;
  const bool armed = current_worker()->timers().arm(deadline, deadline.at);
  const bool give_up = !armed && sleeper.claim(Sleeper::kTimedOut);
  unlock.run(unlock.arg);
  if (give_up) sleeper.wake();
}

}  // namespace

alignas(64) constinit Atom<uint32_t> g_coarse_clock{0};
constinit Atom<uint32_t> g_forks{0};  // in the same line: both are read by all, and seldom written

// A goroutine is its descriptor, a thread its errno.
const void* current_caller() {
  if (const Goroutine* g = current_goroutine()) return g;
  return &errno;
}

Waiter* WaitQueue::forget() {
  set_head(nullptr);
  return nullptr;
}

Waiter* WaitQueue::claim_all(int16_t status, Waiter* rest) {
  Waiter* first = nullptr;
  Waiter** last = &first;
  while (Waiter* w = claim_front()) {
    w->status = status;
    *last = w;
    last = &w->next;
  }
  *last = rest;
  return first;
}

void wake_all(Waiter* claimed) {
  while (claimed != nullptr) {
    Waiter* next = claimed->next;
    claimed->sleeper->wake();
    claimed = next;
  }
}

uint32_t Sleeper::wait_shared(After unlock) {
  goroutine_ != nullptr ? wait_as_goroutine(unlock) : wait_as_thread(unlock);
  const uint32_t event = claimed_.load(std::memory_order_acquire);
  if (shared_) unlink_losers(event);
  return event;
}

void Sleeper::wait_as_goroutine(After unlock) {
  goroutine_->waiting = this;
  if (deadline_ == GOC_FOREVER) return park(unlock);
  Deadline deadline(*this, unlock);
  deadline.at = deadline_;
  park({&arm_and_unlock, &deadline});
  TimerHeap::disarm(deadline);
}

void Sleeper::wait_as_thread(After unlock) {
  unlock.run(unlock.arg);
  spin_until_woken();
  uint32_t state = 0;
  word_.compare_exchange_strong(state, kAsleep, std::memory_order_acq_rel);
  int64_t deadline = deadline_;
  while (word_.load(std::memory_order_acquire) != kWoken) {
    if (g_runtime.rest.wait(word_, kAsleep, deadline)) continue;
    if (claim(kTimedOut)) return;
    deadline = GOC_FOREVER;  // another event was faster and is about to wake us
  }
}

void Sleeper::wake() {
  if (goroutine_ != nullptr) {
    g_runtime.ready(goroutine_);
    return;
  }
  if (is_op_) return complete_op(*this);
  wake_thread();
}

// The word may be gone with its stack after the exchange; a stray futex wake-up is harmless.
void Sleeper::wake_thread() {
  if ((word_.exchange(kWoken, std::memory_order_acq_rel) & kAsleep) != 0) os::futex_wake(word_, 1);
}

void Sleeper::interrupt() {
  if ((word_.fetch_or(kInterrupted, std::memory_order_relaxed) & kAsleep) != 0)
    os::futex_wake(word_, 1);
}

int Sleeper::wait_interruptibly(int64_t deadline) {
  spin_until_woken();
  for (bool in_time = true;;) {
    uint32_t state = word_.load(std::memory_order_acquire);
    if ((state & kWoken) != 0) return GOC_OK;
    if ((state & kInterrupted) != 0) {
      word_.fetch_and(~kInterrupted, std::memory_order_relaxed);
      return GOC_EINTR;
    }
    if (!in_time) return GOC_ETIMEDOUT;
    if ((state & kAsleep) == 0)
      word_.compare_exchange_strong(state, kAsleep, std::memory_order_acq_rel);
    else
      in_time = g_runtime.rest.wait(word_, kAsleep, deadline, Hope::kOutside);
  }
}

void Sleeper::spin_until_woken() const {
  const bool parallel = os::parallel();
  for (int i = 0; parallel && i < kSpins; ++i) {
    if (word_.load(std::memory_order_acquire) != 0) return;
    cpu_relax();
  }
}

void Sleeper::unlink_losers(uint32_t event) {
  for (uint32_t i = 0; i < count_; ++i)
    if (waiters_[i].object != nullptr && waiters_[i].index + 1 != event)
      waiters_[i].leave(waiters_[i]);
}

bool Sleeper::abandon() {
  if (is_the_parents()) return !claimed();
  if (!shared_) return waiters_[0].leave(waiters_[0]);
  if (!claim(kAbandoned)) return false;
  unlink_losers(kAbandoned);
  return true;
}

}  // namespace goc
