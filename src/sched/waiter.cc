// Sleeper: blocking and being woken. See waiter.h.
#include "sched/waiter.h"

#include "sched/runtime.h"

namespace goc {
namespace {
constexpr uint32_t kAsleep = 2;
constexpr uint32_t kWoken = 1;
// A thread spins this long for a quick answer before it asks the system to wake it: a futex wake-up
// costs several microseconds on both sides.
constexpr int kSpins = 500;
}  // namespace

Waiter* WaitQueue::claim_all(int16_t status) {
  Waiter* first = nullptr;
  Waiter** last = &first;
  while (Waiter* w = claim_front()) {
    w->status = status;
    w->next = nullptr;
    *last = w;
    last = &w->next;
  }
  return first;
}

void wake_all(Waiter* claimed) {
  while (claimed != nullptr) {
    Waiter* next = claimed->next;
    claimed->sleeper->wake();
    claimed = next;
  }
}

Sleeper::Sleeper(WaitReason reason, Waiter* waiters, uint32_t count, int64_t deadline)
    : worker_(current_worker()),
      goroutine_(worker_ != nullptr ? worker_->current() : nullptr),
      waiters_(waiters),
      count_(count),
      shared_(count != 1 || deadline != GOC_FOREVER),
      reason_(reason),
      deadline_(deadline),
      timer_([](Timer* timer) { return of(timer)->claim(kTimedOut); },
             [](Timer* timer) { of(timer)->wake(); }) {}

uint32_t Sleeper::wait(After unlock) {
  if (goroutine_ == nullptr) {
    wait_on_thread(unlock);
  } else {
    goroutine_->waiting = this;
    unlock_ = unlock;
    worker_->park(deadline_ == GOC_FOREVER ? unlock : After{&park_with_deadline, this});
    if (deadline_ != GOC_FOREVER) TimerHeap::disarm(timer_);
  }
  const uint32_t event = claimed_.load(std::memory_order_acquire);
  if (shared_) unlink_losers(event);
  return event;
}

// The timer may fire, and the sleeper be gone, as soon as it is armed; but the sleeper cannot return
// before it has taken the locks that `unlock` releases.
void Sleeper::park_with_deadline(void* self) {
  auto* sleeper = static_cast<Sleeper*>(self);
  const After unlock = sleeper->unlock_;
  const bool armed = current_worker()->timers().arm(sleeper->timer_, sleeper->deadline_);
  const bool give_up = !armed && sleeper->claim(kTimedOut);
  unlock.run(unlock.arg);
  if (give_up) sleeper->wake();
}

void Sleeper::wait_on_thread(After unlock) {
  static const bool parallel = os::processors() > 1;
  unlock.run(unlock.arg);
  for (int i = 0; parallel && i < kSpins; ++i) {
    if (woken_.load(std::memory_order_acquire) == kWoken) return;
    cpu_relax();
  }
  uint32_t state = 0;
  woken_.compare_exchange_strong(state, kAsleep, std::memory_order_acq_rel);
  int64_t deadline = deadline_;
  while (woken_.load(std::memory_order_acquire) != kWoken) {
    if (os::futex_wait(woken_, kAsleep, deadline)) continue;
    if (claim(kTimedOut)) return;
    deadline = GOC_FOREVER;  // another event was faster and is about to wake us
  }
}

void Sleeper::wake() {
  if (goroutine_ != nullptr) {
    g_runtime.ready(goroutine_);
    return;
  }
  // The word may be gone with its stack after the exchange; a stray futex wake-up is harmless.
  if (woken_.exchange(kWoken, std::memory_order_acq_rel) == kAsleep) os::futex_wake(woken_, 1);
}

void Sleeper::unlink_losers(uint32_t event) {
  for (uint32_t i = 0; i < count_; ++i)
    if (waiters_[i].index + 1 != event && waiters_[i].object != nullptr)
      waiters_[i].leave(waiters_[i]);
}

bool Sleeper::abandon() {
  if (!shared_) return waiters_[0].leave(waiters_[0]);
  if (!claim(kAbandoned)) return false;
  unlink_losers(kAbandoned);
  return true;
}

Sleeper* Sleeper::of(Timer* timer) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
  return reinterpret_cast<Sleeper*>(reinterpret_cast<char*>(timer) - offsetof(Sleeper, timer_));
#pragma GCC diagnostic pop
}

}  // namespace goc
