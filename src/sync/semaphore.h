// Semaphore: a number of units that are taken and given back, several at once, first come, first
// served: who asks for many is not overtaken by those who ask for few.
//
// `state_` is 2 * free units + (1 if somebody waits), as in waitgroup.h; without waiters one
// compare-and-swap takes or gives.
// Invariant: the flag is set exactly while waiters are linked; both, and then the units too, change
// under the lock only. Whoever adds units or unlinks the first waiter admits those whose turn it is.
// Memory order: giving (release) pairs with taking (acquire).
#pragma once

#include "base/object.h"
#include "sched/waiter.h"

namespace goc {

class Semaphore : public Object {
 public:
  static constexpr Tag kTag = Tag::kSemaphore;
  static constexpr int64_t kMost = INT64_MAX / 2;

  // All units are free. Null without memory.
  static Semaphore* make(int64_t units);
  static void destroy(Semaphore& semaphore);
  static int64_t live_count();
  static Lock& pool_lock();

  int take(int64_t units, int64_t deadline);
  int give(int64_t units);
  // Everything has been given back, and nobody waits.
  bool idle() const { return state_.load(std::memory_order_relaxed) == size_ * kUnit; }
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  static constexpr int64_t kHasWaiters = 1;
  static constexpr int64_t kUnit = 2;

  explicit Semaphore(int64_t units) : Object(kTag), size_(units), state_(units * kUnit) {}
  bool try_take(int64_t units);
  int wait(int64_t units, int64_t deadline);
  Waiter* admit();
  void settle_flag();
  static bool leave(Waiter& waiter);

  const int64_t size_;
  Atom<int64_t> state_;
  WaitQueue waiters_;  // their elem is the number of units
};

}  // namespace goc
