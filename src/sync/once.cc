// Once: see once.h.
#include "sync/once.h"

#include <goconc/error.h>

namespace goc {
namespace {
constinit ObjectPool<Once> g_onces;
}  // namespace

Once* Once::make() { return g_onces.make(); }
void Once::destroy(Once& once) { g_onces.destroy(&once); }
int64_t Once::live_count() { return g_onces.live(); }
Lock& Once::pool_lock() { return g_onces.lock(); }

int Once::run_slow(goc_fn fn, void* arg) {
  lock.lock();
  const uint32_t state = state_.load(std::memory_order_relaxed);
  if (state != kNew) {
    if (state == kDone || runner_ == current_caller()) {
      lock.unlock();
      return state == kDone ? GOC_OK : GOC_EDEADLK;
    }
    SingleWait wait(WaitReason::kOnce, *this, &leave, GOC_FOREVER);
    waiters_.push(wait.waiter);
    return wait.wait(unlocking(lock));
  }
  state_.store(kRunning, std::memory_order_relaxed);
  runner_ = current_caller();
  lock.unlock();
  struct Call {
    Once& once;
    ~Call() { once.end(); }  // also if fn exits
  } const call{*this};
  fn(arg);
  return GOC_OK;
}

void Once::end() {
  lock.lock();
  state_.store(kDone, std::memory_order_release);
  Waiter* claimed = waiters_.claim_all(GOC_OK);
  unlock_or_free(*this);
  wake_all(claimed);
}

bool Once::leave(Waiter& waiter) {
  auto& once = static_cast<Once&>(*waiter.object);
  return leave_object(once, waiter.linked, [&] { once.waiters_.remove(waiter); });
}

}  // namespace goc
