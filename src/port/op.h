// An operation: a record of the caller's in which a send, a receive, a select, a wait for a WaitGroup
// or a timer is under way while nobody waits in it. <goconc/port.h> is its manual.
//
// It is a Sleeper like any other: whoever completes it claims it, writes the value and the status,
// unlocks, and wakes it. Only that waking it means to hand its token back (complete_op, hand_back).
//
//   the owner                               the completer
//   O1 build the sleeper, keep the port     C1 claim it under the object's lock, write the result
//   O2 link the waiters under the locks     C2 unlock
//   O3 unlock: the record is the            C3 unlink the other waiters, copy token and port
//      completer's from here on             C4 hand the token back: the record is the owner's again
//
// Exactly once: claims are exclusive, and goc_op_cancel() is a claim too.
#pragma once

#include <goconc/port.h>

#include "chan/channel.h"
#include "sync/waitgroup.h"

namespace goc {

class Port;

// The view that the library has of a goc_op.
struct Op {
  int64_t value;
  int64_t token;
  int64_t woken;
  int32_t status;
  int32_t index;
  union {
    Sleeper sleeper;
  };
  union {
    Op* link;      // completed: in the queue of its port
    Waiter first;  // the only one, if there is one
    Timer timer;   // of goc_timer_op
  };

  static Op& of(goc_op& op) { return reinterpret_cast<Op&>(op); }
  static Op& of(Sleeper& sleeper);

  int send(Channel& channel, Port* port) { return transfer(channel, true, &value, port, true); }
  int receive(Channel& channel, Port* port) { return transfer(channel, false, &value, port, true); }
  int select(const goc_case* cases, size_t n, Port* port, bool may_wait);
  int wait(WaitGroup& wg, Port* port);
  int sleep(int64_t deadline, Port* port);
  int cancel();

  // C3: writes the result.
  void settle();

 private:
  int transfer(Channel& channel, bool sends, void* elem, Port* port, bool may_wait);
  int enlist(Channel& channel, bool sends, void* elem, Port* port);
  int select_one(const goc_case& only, Port* port, bool may_wait);
  void begin(WaitReason reason, Waiter* waiters, uint32_t count, Port* port);
  void take_back();
};
static_assert(sizeof(Op) == sizeof(goc_op));
static_assert(offsetof(Op, index) == offsetof(goc_op, index));

}  // namespace goc
