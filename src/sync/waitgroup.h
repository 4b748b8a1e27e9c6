// WaitGroup: a counter and the waiters for its zero, in the way of Go's sync.WaitGroup.
//
// `state_` is 2 * counter + (1 if somebody waits). Adding is one compare-and-swap; who brings the
// counter to zero with waiters present does so under the lock and lets all of them go.
// Invariant: the flag is set exactly while waiters are linked, and then the counter is not zero; all
// three change together under the lock. So a zero lets those go who came before it and nobody else,
// and nobody who is on the way to it ever finds the WaitGroup gone.
// Memory order: add (acq_rel) and wait (acquire): what came before done() is seen after wait().
#pragma once

#include "base/object.h"
#include "sched/waiter.h"

namespace goc {

class WaitGroup : public Object {
 public:
  static constexpr Tag kTag = Tag::kWaitGroup;

  static WaitGroup* make();  // null without memory
  static void destroy(WaitGroup& wg);
  static int64_t live_count();
  static Lock& pool_lock();

  int add(int64_t delta);
  int wait(int64_t deadline);
  // Links a waiter and keeps the lock; false, and no lock, if the counter is zero.
  bool enlist(Waiter& waiter);
  static bool leave(Waiter& waiter);
  int64_t count() const { return state_.load(std::memory_order_relaxed) >> 1; }
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  WaitGroup() : Object(kTag) {}

  bool release_waiters(int64_t& before);

  Atom<int64_t> state_{0};
  WaitQueue waiters_;
};

}  // namespace goc
