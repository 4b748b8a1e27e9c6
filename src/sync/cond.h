// Cond: waiting for a condition that a Mutex guards, first in, first out, without spurious wake-ups.
//
//   the waiter                              who changes the condition
//   V1 link itself                          N1 lock the mutex, change the condition, unlock it
//   V2 park; once its stack is at rest,     N2 unlink and claim the first waiter, or all
//      unlock the mutex, then the Cond      N3 wake it
//   V3 awake: lock the mutex
//
// Nobody who sees the condition before N1 misses N2: V1 comes before the unlock of V2.
// The Mutex is kept until the end of V2; V3 looks whether it is still alive.
// Memory order: N2 looks for waiters without the lock (acquire); N1's lock of the mutex has ordered it
// after V1.
#pragma once

#include "sync/mutex.h"

namespace goc {

class Cond : public Object {
 public:
  static constexpr Tag kTag = Tag::kCond;

  static Cond* make();  // null without memory
  static void destroy(Cond& cond);
  static int64_t live_count();
  static Lock& pool_lock();

  // GOC_OK when signalled, GOC_ETIMEDOUT or GOC_EAGAIN with the mutex locked as before; GOC_EPERM if
  // it was not locked, GOC_EBADHANDLE if it has been released meanwhile.
  int wait(Mutex& mutex, int64_t deadline);
  void signal();
  void broadcast();
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  Cond() : Object(kTag) {}
  static bool leave(Waiter& waiter);

  WaitQueue waiters_;
};

}  // namespace goc
