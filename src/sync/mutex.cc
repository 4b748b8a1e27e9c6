// Mutex: see mutex.h.
#include "sync/mutex.h"

#include <goconc/error.h>

namespace goc {
namespace {
constinit ObjectPool<Mutex> g_mutexes;
constexpr int kFirstPauses = 8;  // as in Lock: back off, so that the holder gets on with it
constexpr int kMostPauses = 256;
}  // namespace

Mutex* Mutex::make() { return g_mutexes.make(); }
void Mutex::destroy(Mutex& mutex) { g_mutexes.destroy(&mutex); }
int64_t Mutex::live_count() { return g_mutexes.live(); }
Lock& Mutex::pool_lock() { return g_mutexes.lock(); }

// Under the lock: takes a free mutex (true), or makes its holder look for waiters (false).
bool Mutex::take_or_flag() {
  uint32_t state = state_.load(std::memory_order_relaxed);
  for (;;) {
    const bool free = (state & kLocked) == 0;
    const uint32_t wanted = state | (free ? kLocked : kWaiters);
    if (state_.compare_exchange_weak(state, wanted, std::memory_order_acquire)) return free;
  }
}

int Mutex::acquire_slow(int64_t deadline) {
  if (deadline == GOC_NOW) return GOC_EAGAIN;
  const bool parallel = os::parallel();
  for (int pauses = kFirstPauses; parallel && pauses <= kMostPauses; pauses *= 2) {
    for (int i = 0; i < pauses; ++i) cpu_relax();
    uint32_t expected = state_.load(std::memory_order_relaxed);
    if ((expected & kLocked) == 0 &&
        state_.compare_exchange_strong(expected, expected | kLocked, std::memory_order_acquire))
      return GOC_OK;
  }
  const int64_t since = clock::now();
  for (bool woken = false;; woken = true) {
    lock.lock();
    if (take_or_flag()) {
      settle_flag();
      lock.unlock();
      if (woken) release(*this);
      return GOC_OK;
    }
    SingleWait wait(WaitReason::kMutex, *this, &leave, deadline);
    if (woken) {
      if (clock::now() - since >= kPatience) wait.waiter.status = kStarving;
      waiters_.push_front(wait.waiter);
      refs.fetch_sub(1, std::memory_order_relaxed);  // the waiter keeps the mutex now
    } else {
      waiters_.push(wait.waiter);
    }
    if (wait.wait(unlocking(lock)) != GOC_OK) return GOC_ETIMEDOUT;
    if (wait.waiter.status != kCompete) return GOC_OK;
  }
}

int Mutex::free_slow(Sleeper** wake) {
  lock.lock();
  if ((state_.load(std::memory_order_relaxed) & kLocked) == 0) {
    lock.unlock();
    return GOC_EPERM;
  }
  Waiter* first = waiters_.claim_front();
  const bool handed = first != nullptr && first->status == kStarving;
  settle_flag();
  if (first != nullptr && !handed) {
    first->status = kCompete;
    retain();  // for the one who competes: it is no waiter until it has lost
  }
  if (!handed) state_.fetch_and(~kLocked, std::memory_order_release);
  unlock_or_free(*this);
  if (first != nullptr) *wake = first->sleeper;
  return GOC_OK;
}

// Under the lock.
void Mutex::settle_flag() {
  if (!has_waiters()) state_.fetch_and(~kWaiters, std::memory_order_relaxed);
}

bool Mutex::leave(Waiter& waiter) {
  auto& mutex = static_cast<Mutex&>(*waiter.object);
  return leave_object(mutex, waiter.linked, [&] {
    mutex.waiters_.remove(waiter);
    mutex.settle_flag();
  });
}

}  // namespace goc
