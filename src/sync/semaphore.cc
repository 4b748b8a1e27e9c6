// Semaphore: see semaphore.h.
#include "sync/semaphore.h"

#include "chan/select.h"

namespace goc {
namespace {

constinit ObjectPool<Semaphore> g_semaphores;

int64_t units_of(const Waiter& waiter) { return *static_cast<const int64_t*>(waiter.elem); }

}  // namespace

Semaphore* Semaphore::make(int64_t units) { return g_semaphores.make(units); }
void Semaphore::destroy(Semaphore& semaphore) { g_semaphores.destroy(&semaphore); }
int64_t Semaphore::live_count() { return g_semaphores.live(); }
Lock& Semaphore::pool_lock() { return g_semaphores.lock(); }

int Semaphore::take(int64_t units, int64_t deadline) {
  if (units < 0) return GOC_EINVAL;
  if (try_take(units)) return GOC_OK;
  if (deadline == GOC_NOW) return GOC_EAGAIN;
  // What can never be had is waited for beside the queue, so that it stops nobody.
  return units <= size_ ? wait(units, deadline) : select(nullptr, 0, deadline);
}

bool Semaphore::try_take(int64_t units) {
  int64_t state = state_.load(std::memory_order_relaxed);
  while ((state & kHasWaiters) == 0 && state / kUnit >= units)
    if (state_.compare_exchange_weak(state, state - units * kUnit, std::memory_order_acquire))
      return true;
  return false;
}

int Semaphore::wait(int64_t units, int64_t deadline) {
  if (const int late = time_to_wait(deadline)) return late;
  lock.lock();
  settle_flag();  // in a fork's child, where the parent's waiters are none
  for (int64_t state = state_.load(std::memory_order_relaxed); (state & kHasWaiters) == 0;) {
    const bool enough = state / kUnit >= units;
    const int64_t wanted = enough ? state - units * kUnit : state | kHasWaiters;
    if (!state_.compare_exchange_weak(state, wanted, std::memory_order_acquire)) continue;
    if (!enough) break;
    lock.unlock();
    return GOC_OK;
  }
  SingleWait wait(WaitReason::kSemaphore, *this, &leave, deadline);
  wait.waiter.elem = &units;
  waiters_.push(wait.waiter);
  return wait.wait(unlocking(lock));
}

int Semaphore::give(int64_t units) {
  if (units < 0) return GOC_EINVAL;
  int64_t state = state_.load(std::memory_order_relaxed);
  for (;;) {
    if (units > size_ - state / kUnit) return GOC_EPERM;
    if ((state & kHasWaiters) != 0) break;
    if (state_.compare_exchange_weak(state, state + units * kUnit, std::memory_order_release))
      return GOC_OK;
  }
  lock.lock();
  state = state_.load(std::memory_order_relaxed);
  do {
    if (units > size_ - state / kUnit) {
      lock.unlock();
      return GOC_EPERM;
    }
  } while (!state_.compare_exchange_weak(state, state + units * kUnit, std::memory_order_acq_rel));
  Waiter* admitted = admit();
  unlock_or_free(*this);
  wake_all(admitted);
  return GOC_OK;
}

// Under the lock: serves the waiters at the front whom the free units suffice.
Waiter* Semaphore::admit() {
  Waiter* first = nullptr;
  Waiter** last = &first;
  while (Waiter* w = waiters_.front()) {
    const int64_t units = units_of(*w);
    if (units > state_.load(std::memory_order_relaxed) / kUnit) break;
    waiters_.remove(*w);
    if (!w->sleeper->claim(w->index + 1)) continue;
    state_.fetch_sub(units * kUnit, std::memory_order_relaxed);
    w->next = nullptr;
    *last = w;
    last = &w->next;
  }
  settle_flag();
  return first;
}

// Under the lock.
void Semaphore::settle_flag() {
  if (!has_waiters()) state_.fetch_and(~kHasWaiters, std::memory_order_relaxed);
}

bool Semaphore::leave(Waiter& waiter) {
  auto& semaphore = static_cast<Semaphore&>(*waiter.object);
  Waiter* admitted = nullptr;
  const bool left = leave_object(semaphore, waiter.linked, [&] {
    semaphore.waiters_.remove(waiter);
    admitted = semaphore.admit();
  });
  wake_all(admitted);
  return left;
}

}  // namespace goc
