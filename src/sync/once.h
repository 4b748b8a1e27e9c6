// Once: the first caller runs the function, the others wait for its end.
//
// The call keeps it in memory until it has ended, which is for ever if shutdown abandons the caller.
// Memory order: state_ kDone (release) pairs with the acquire of callers that find it done.
#pragma once

#include <goconc/types.h>

#include "base/object.h"
#include "sched/waiter.h"

namespace goc {

class Once : public Object {
 public:
  static constexpr Tag kTag = Tag::kOnce;

  static Once* make();  // null without memory
  static void destroy(Once& once);
  static int64_t live_count();
  static Lock& pool_lock();

  int run(goc_fn fn, void* arg) {
    return state_.load(std::memory_order_acquire) == kDone ? 0 : run_slow(fn, arg);
  }
  // Who keeps it in memory without a reference: also the one whose call has not ended.
  bool has_waiters() const {
    return state_.load(std::memory_order_relaxed) == kRunning || !waiters_.empty();
  }

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  enum State : uint32_t { kNew, kRunning, kDone };

  Once() : Object(kTag) {}
  int run_slow(goc_fn fn, void* arg);
  void end();
  static bool leave(Waiter& waiter);

  Atom<uint32_t> state_{kNew};
  const void* runner_ = nullptr;  // under the lock
  WaitQueue waiters_;
};

}  // namespace goc
