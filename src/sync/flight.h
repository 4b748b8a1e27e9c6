// Flight: calls with the same key share one execution while it is under way, in the way of Go's
// singleflight.
//
// The first caller of a key runs the function; whoever comes meanwhile waits in its Call, or leaves a
// channel there. When the function has ended the Call is taken off the list, and all get the result,
// with the number of those who get it.
// Invariants: a Call is in `calls_` from its first caller until its function ends or its key is
// forgotten; it lives while its function runs, which also keeps the Flight in memory: for ever, if
// shutdown abandons the caller.
// Locking: the object's lock guards the list and each Call. The function runs without it.
// Rejected: a hash map. Few calls are under way at a time, and a list cannot fail for want of memory.
#pragma once

#include <goconc/group.h>

#include <string_view>

#include "base/object.h"
#include "chan/channel.h"
#include "sched/waiter.h"

namespace goc {

class Flight : public Object {
 public:
  static constexpr Tag kTag = Tag::kFlight;

  static Flight* make();  // null without memory
  static void destroy(Flight& flight);
  static int64_t live_count();
  static Lock& pool_lock();

  // `result` may be null.
  int share(std::string_view key, goc_flight_fn fn, void* arg, goc_flight_result* result,
            int64_t deadline);
  // Runs the function in a goroutine and gives the result to a new channel.
  int start(std::string_view key, goc_flight_fn fn, void* arg, Channel** out, const void* site);
  void forget(std::string_view key);
  bool has_waiters() const { return running_ != 0; }

 private:
  template <class T>
  friend class ObjectPool;
  struct Call;
  struct Joined;
  struct Listener;
  class Landing;

  Flight() : Object(kTag) {}
  Call* find(std::string_view key) const;
  Call* begin(std::string_view key, goc_flight_fn fn, void* arg);
  void unlink(const Call& call);
  static void run_started(void* call);
  void run(Call& call, goc_flight_result& result);
  void land(Call& call, goc_flight_result& result);
  static bool leave(Waiter& waiter);

  Call* calls_ = nullptr;
  uint32_t running_ = 0;  // functions, those of forgotten keys too
};

}  // namespace goc
