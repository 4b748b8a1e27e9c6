// A scope: a context that can be done, by a cancel, at its deadline, or with the scope above it.
//
// All scopes below one that has none above it are a tree, and one lock guards it: that of this root. So an
// end is one step for all below. It has three parts:
//
//   E1 under the lock, walk over the scope and those below: take each out of its parent's list, note the
//      error and who has the cause, close its channel, stop its clock; collect whom to wake and what to call
//   E2 unlock, wake
//   E3 start the goroutines of functions, which are kept until then
//
// Invariants, when the lock is free: a scope that is not done is in the list of the scope above it, if
// there is one; one that is done is in none, and those below it are done. It has left the list before it is
// freed, so the lists keep nobody: but a function that is to be called keeps itself while it is in one, and
// an alarm that is linked keeps its scope, as alarm.h says. The cause is that of `origin_`, the scope that
// ended first, at or above it, which is kept for it.
// Locking: the tree's lock guards lists, references, alarms, `given_` and `fn_`; before the locks of
// channels and heaps.
// Memory order: err_ (release) pairs with err() (acquire): whoever reads it finds the channel closed and
// origin_ set. The other way round, who has found the channel closed asks under the lock.
// Rejected: a lock for each scope (who cancels a child while its parent is being canceled would return
// before the grandchildren are done; or hold a lock for each level); making the channel when it is asked
// for (without memory there would be no answer, and a wait that never ends).
#pragma once

#include "base/list.h"
#include "chan/alarm.h"
#include "chan/channel.h"
#include "context/context.h"

namespace goc {

class Scope final : public Context {
 public:
  // Null without memory. The function is called when the scope is done.
  static Scope* make(Context& parent, goc_fn fn = nullptr, void* arg = nullptr);
  static void give_back(Scope& scope);
  static int64_t live_count();
  static Lock& pool_lock();

  // Once, before it is handed out. A goc_result; takes the cause over if that is GOC_OK.
  int end_at(int64_t deadline, const goc_cause& cause);
  // Unless it is done. Takes the cause over.
  void end(int error, goc_cause cause);
  // True if the function will not be called, by this.
  bool stop();

  int err() const;
  // With its code filled in; zero while the scope is not done.
  goc_cause cause() const;
  Channel& done() const { return done_; }

  // The lock of its tree.
  BiasedLock& tree() const { return root_.lock; }
  // Under it, after the last reference: true if nothing else keeps the scope.
  bool leave();

  Scope* link = nullptr;  // the next in its parent's list, or in one of whoever ends it

 private:
  template <class T>
  friend class ObjectPool;
  struct Left;

  Scope(Context& parent, Channel& done, goc_fn fn, void* arg);
  ~Scope();

  void attach(Scope& above);
  void call();
  bool call_later();
  static void fire(Timer* timer);
  static void drop(Timer* timer);

  // Under the lock.
  void enter(Scope& above);
  void unlink();
  Scope* take_below();
  void end_all(int error, Left& left);
  void end_one(int error, const Scope& origin, Left& left);
  void leave_call(Left& left);

  Scope& root_;
  Channel& done_;
  Scope* below_ = nullptr;  // the list of those that end with it
  Scope** at_ = nullptr;    // what points to it in such a list; null: it is in none
  Atom<int> err_{GOC_OK};
  const Scope* origin_ = nullptr;
  goc_cause given_ = {};  // to this one, by a cancel; until then for its deadline
  goc_fn fn_;             // null: there is none, or it was stopped
  void* const arg_;
  Alarm alarm_{*this, &fire, &drop};  // the deadline; of a call, when it is tried again
};

}  // namespace goc
