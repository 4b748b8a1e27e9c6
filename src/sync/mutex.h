// Mutex: one compare-and-swap each way while nobody waits; FIFO waiters otherwise.
//
// Unlocking with waiters frees the mutex and wakes the first, who competes with newcomers: that keeps
// the lock busy while the woken one gets going. If it loses it goes back to the front of the queue.
// Once it has waited for a millisecond it is starving: each unlock hands the mutex over while one of
// those is at the front, and newcomers get it only after all of them, so nobody is overtaken for ever
// (as in Go, sync/mutex.go, whose figure it is).
//
// Invariants: kWaiters is set while somebody is linked; it changes under the lock only. With
// kWaiters set, kLocked is cleared under the lock only.
// Memory order: taking (acquire) pairs with freeing (release).
#pragma once

#include <goconc/time.h>

#include "base/object.h"
#include "sched/waiter.h"

namespace goc {

class Mutex : public Object {
 public:
  static constexpr Tag kTag = Tag::kMutex;

  static Mutex* make();  // null without memory
  static void destroy(Mutex& mutex);
  static int64_t live_count();
  static Lock& pool_lock();

  int acquire(int64_t deadline) {
    uint32_t expected = 0;
    if (state_.compare_exchange_strong(expected, kLocked, std::memory_order_acquire)) return 0;
    return acquire_slow(deadline);
  }
  int free() {
    Sleeper* wake = nullptr;
    const int result = free(&wake);
    if (wake != nullptr) wake->wake();
    return result;
  }
  // *wake is whom to wake after other locks have been released, or untouched.
  int free(Sleeper** wake) {
    uint32_t expected = kLocked;
    if (state_.compare_exchange_strong(expected, 0, std::memory_order_release)) return 0;
    return free_slow(wake);
  }
  bool locked() const { return (state_.load(std::memory_order_relaxed) & kLocked) != 0; }
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  static constexpr uint32_t kLocked = 1;
  static constexpr uint32_t kWaiters = 2;
  // The status of a waiter: woken, but the mutex is not its own; and linked again after too long.
  static constexpr int16_t kCompete = 1;
  static constexpr int16_t kStarving = 2;
  static constexpr int64_t kPatience = GOC_MILLISECOND;

  Mutex() : Object(kTag) {}
  int acquire_slow(int64_t deadline);
  bool take_or_flag();
  int free_slow(Sleeper** wake);
  void settle_flag();
  static bool leave(Waiter& waiter);

  Atom<uint32_t> state_{0};
  WaitQueue waiters_;
};

}  // namespace goc
