// WaitGroup: see waitgroup.h.
#include "sync/waitgroup.h"

#include <goconc/error.h>

namespace goc {
namespace {
constinit ObjectPool<WaitGroup> g_waitgroups;
constexpr int64_t kHasWaiters = 1;
constexpr int64_t kOne = 2;
constexpr int64_t kMost = INT32_MAX;
}  // namespace

WaitGroup* WaitGroup::make() { return g_waitgroups.make(); }
void WaitGroup::destroy(WaitGroup& wg) { g_waitgroups.destroy(&wg); }
int64_t WaitGroup::live_count() { return g_waitgroups.live(); }
Lock& WaitGroup::pool_lock() { return g_waitgroups.lock(); }

int WaitGroup::add(int64_t delta) {
  if (delta > kMost) return GOC_EOVERFLOW;
  if (delta < -kMost) return GOC_ENEGATIVE;
  int64_t before = state_.load(std::memory_order_relaxed);
  for (bool added = false; !added;) {
    const int64_t after = before + delta * kOne;
    if (after < 0) return GOC_ENEGATIVE;
    if (after >> 1 > kMost) return GOC_EOVERFLOW;
    added = after == kHasWaiters
                ? release_waiters(before)
                : state_.compare_exchange_weak(before, after, std::memory_order_acq_rel);
  }
  return GOC_OK;
}

// Goes from `before` to zero and lets all waiters go on; false with a fresh `before` if it changed.
bool WaitGroup::release_waiters(int64_t& before) {
  lock.lock();
  const bool zero = state_.compare_exchange_strong(before, 0, std::memory_order_acq_rel);
  Waiter* claimed = zero ? waiters_.claim_all(GOC_OK) : nullptr;
  zero ? unlock_or_free(*this) : lock.unlock();
  wake_all(claimed);
  return zero;
}

int WaitGroup::wait(int64_t deadline) {
  if (count() == 0 && (state_.load(std::memory_order_acquire) >> 1) == 0) return GOC_OK;
  if (const int late = time_to_wait(deadline)) return late;
  SingleWait wait(WaitReason::kWaitGroup, *this, &leave, deadline);
  return enlist(wait.waiter) ? wait.wait(unlocking(lock)) : static_cast<int>(GOC_OK);
}

bool WaitGroup::enlist(Waiter& waiter) {
  lock.lock();
  int64_t state = state_.load(std::memory_order_acquire);
  do {
    if (state >> 1 == 0) {
      lock.unlock();
      return false;
    }
  } while (!state_.compare_exchange_weak(state, state | kHasWaiters, std::memory_order_acq_rel));
  waiters_.push(waiter);
  return true;
}

bool WaitGroup::leave(Waiter& waiter) {
  auto& wg = static_cast<WaitGroup&>(*waiter.object);
  return leave_object(wg, waiter.linked, [&] {
    wg.waiters_.remove(waiter);
    if (!wg.has_waiters()) wg.state_.fetch_and(~kHasWaiters, std::memory_order_relaxed);
  });
}

}  // namespace goc
