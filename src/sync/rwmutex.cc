// RWMutex: see rwmutex.h.
#include "sync/rwmutex.h"

namespace goc {
namespace {
constinit ObjectPool<RWMutex> g_rwmutexes;
}

RWMutex* RWMutex::make() { return g_rwmutexes.make(); }
void RWMutex::destroy(RWMutex& rw) { g_rwmutexes.destroy(&rw); }
int64_t RWMutex::live_count() { return g_rwmutexes.live(); }
Lock& RWMutex::pool_lock() { return g_rwmutexes.lock(); }

// Under the lock: takes it (true), or makes its holders look for waiters (false).
bool RWMutex::take_or_flag(Purpose purpose) {
  uint64_t state = state_.load(std::memory_order_relaxed);
  for (;;) {
    const bool free = purpose == kToWrite ? state == 0 : (state & kWriter) == 0 && writers_.empty();
    const uint64_t taken = state + (purpose == kToWrite ? kWriter : kReader);
    if (state_.compare_exchange_weak(state, free ? taken : state | kWaiters,
                                     std::memory_order_acquire))
      return free;
  }
}

int RWMutex::wait(Purpose purpose, int64_t deadline) {
  if (deadline == GOC_NOW) return GOC_EAGAIN;
  lock.lock();
  int late = GOC_OK;
  if (take_or_flag(purpose) || (late = time_to_wait(deadline)) != GOC_OK) {
    settle_flag();
    lock.unlock();
    return late;
  }
  const bool writes = purpose == kToWrite;
  SingleWait wait(writes ? WaitReason::kWriteLock : WaitReason::kReadLock, *this,
                  writes ? &leave_writers : &leave_readers, deadline);
  (writes ? writers_ : readers_).push(wait.waiter);
  return wait.wait(unlocking(lock));
}

int RWMutex::free_slow() {
  lock.lock();
  if ((state_.load(std::memory_order_relaxed) & kWriter) == 0) {
    lock.unlock();
    return GOC_EPERM;
  }
  state_.fetch_and(~kWriter, std::memory_order_release);
  Waiter* next = admit_readers();
  if (next == nullptr) next = admit_writer();
  settle_flag();
  unlock_or_free(*this);
  wake_all(next);
  return GOC_OK;
}

int RWMutex::free_read_slow() {
  lock.lock();
  uint64_t before = state_.load(std::memory_order_relaxed);
  do {
    if (before < kReader) {
      lock.unlock();
      return GOC_EPERM;
    }
  } while (!state_.compare_exchange_weak(before, before - kReader, std::memory_order_acq_rel));
  Waiter* next = nullptr;
  if (before < 2 * kReader) {
    next = admit_writer();
    if (next == nullptr) next = admit_readers();
  }
  settle_flag();
  unlock_or_free(*this);
  wake_all(next);
  return GOC_OK;
}

// Under the lock, nobody holding it for writing: lets all waiting readers in.
Waiter* RWMutex::admit_readers() {
  Waiter* admitted = readers_.claim_all(GOC_OK);
  for (const Waiter* w = admitted; w != nullptr; w = w->next)
    state_.fetch_add(kReader, std::memory_order_relaxed);
  return admitted;
}

// Under the lock, nobody holding it: lets one writer in.
Waiter* RWMutex::admit_writer() {
  Waiter* admitted = writers_.claim_front();
  if (admitted == nullptr) return nullptr;
  admitted->next = nullptr;
  state_.fetch_or(kWriter, std::memory_order_relaxed);
  return admitted;
}

// Under the lock.
void RWMutex::settle_flag() {
  if (!has_waiters()) state_.fetch_and(~kWaiters, std::memory_order_relaxed);
}

bool RWMutex::leave_readers(Waiter& waiter) {
  auto& rw = static_cast<RWMutex&>(*waiter.object);
  return leave_object(rw, waiter.linked, [&] {
    rw.readers_.remove(waiter);
    rw.settle_flag();
  });
}

// With the last waiting writer goes the reason for which readers wait, unless one is at work.
bool RWMutex::leave_writers(Waiter& waiter) {
  auto& rw = static_cast<RWMutex&>(*waiter.object);
  Waiter* admitted = nullptr;
  const bool left = leave_object(rw, waiter.linked, [&] {
    rw.writers_.remove(waiter);
    const bool writing = (rw.state_.load(std::memory_order_relaxed) & kWriter) != 0;
    if (rw.writers_.empty() && !writing) admitted = rw.admit_readers();
    rw.settle_flag();
  });
  wake_all(admitted);
  return left;
}

}  // namespace goc
