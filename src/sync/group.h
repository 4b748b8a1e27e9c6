// Group: goroutines with one purpose, of which the first error counts, in the way of Go's errgroup.
//
// It is made of a WaitGroup for those that run, a Semaphore for the limit, and a Scope that the first error
// and the end of a wait cancel. `slots_` changes only while nobody runs and nobody waits to.
// Memory order: the first error is written before done() and read after wait() of the WaitGroup.
#pragma once

#include <goconc/group.h>

#include "context/scope.h"
#include "sync/semaphore.h"
#include "sync/waitgroup.h"

namespace goc {

class Group : public Object {
 public:
  static constexpr Tag kTag = Tag::kGroup;

  static Group* make(Scope* scope = nullptr);  // null without memory; it keeps the scope
  static void destroy(Group& group);
  static int64_t live_count();
  static Lock& pool_lock();

  int go(goc_task fn, void* arg, int64_t deadline, const void* site);  // as Runtime::spawn
  int wait(int* first_error, int64_t deadline);
  int set_limit(int64_t limit);               // GOC_EPERM while goroutines run
  bool has_waiters() const { return false; }  // they wait in its parts

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  class Task;

  Group(WaitGroup& running, Scope* scope);
  ~Group();
  int start(goc_task fn, void* arg, Semaphore* slots, const void* site);
  Semaphore* slots();
  void note(int error);
  void cancel(int error);

  WaitGroup* const running_;
  Scope* const scope_;          // null: there is none
  Semaphore* slots_ = nullptr;  // null: no limit; under the lock
  Atom<int> first_error_{0};
};

}  // namespace goc
