// Cond: see cond.h.
#include "sync/cond.h"

#include "trace/recorder.h"

namespace goc {
namespace {

constinit ObjectPool<Cond> g_conds;

// V2. It lies on the waiter's stack, which may be gone once the Cond is unlocked.
struct Locked {
  Cond& cond;
  Mutex& mutex;  // with a reference

  static void unlock(void* locked) {
    const auto [cond, mutex] = *static_cast<Locked*>(locked);
    Sleeper* wake = nullptr;
    mutex.free(&wake);
    release(mutex);
    cond.lock.unlock();
    if (wake == nullptr) return;
    if (trace::on()) trace::record(trace::Word(trace::Kind::kFormer, 0));
    wake->wake();
  }
};

}  // namespace

Cond* Cond::make() { return g_conds.make(); }
void Cond::destroy(Cond& cond) { g_conds.destroy(&cond); }
int64_t Cond::live_count() { return g_conds.live(); }
Lock& Cond::pool_lock() { return g_conds.lock(); }

int Cond::wait(Mutex& mutex, int64_t deadline) {
  if (!mutex.locked()) return GOC_EPERM;
  if (const int late = time_to_wait(deadline)) return late;
  SingleWait wait(WaitReason::kCond, *this, &leave, deadline);
  mutex.retain();
  Locked locked{*this, mutex};
  lock.lock();
  waiters_.push(wait.waiter);
  const int result = wait.wait({&Locked::unlock, &locked});
  if (live<Mutex>(&mutex) == nullptr) return GOC_EBADHANDLE;
  mutex.acquire(GOC_FOREVER);
  return result;
}

void Cond::signal() {
  if (waiters_.empty()) return;
  lock.lock();
  const Waiter* first = waiters_.claim_front();
  unlock_or_free(*this);
  if (first != nullptr) first->sleeper->wake();
}

void Cond::broadcast() {
  if (waiters_.empty()) return;
  lock.lock();
  Waiter* all = waiters_.claim_all(GOC_OK);
  unlock_or_free(*this);
  wake_all(all);
}

bool Cond::leave(Waiter& waiter) {
  auto& cond = static_cast<Cond&>(*waiter.object);
  return leave_object(cond, waiter.linked, [&] { cond.waiters_.remove(waiter); });
}

}  // namespace goc
