// Descriptors: who waits for one, and which of its edges have come.
//
// A call on a descriptor tries first, and waits if it would block. Edges are told once each (epoll,
// edge-triggered), so none may be missed, for whoever waits (W) and whoever polls (P):
//   W0 read `edges`                              P1 an edge has come, after what it tells of has happened
//   W1 try the call: it would block              P2 lock, count the edge, claim the first waiter
//   W2 lock; if `edges` has changed: W0 anew     P3 unlock, wake it: it is at W0 again
//   W3 link a Waiter, park; unlock
// What makes the call possible after W1 has P1 after it; then either W2 sees P2 or P2 sees W3.
//
// An edge wakes one waiter. If its call succeeds, there may be more for the next one, for whom there will be no
// edge: it passes the edge on (W4). If its call would block again, there is nothing for others either, and it
// takes its place at the front again. So waiters of one direction are served first come, first served; a
// new call that finds something at once overtakes them.
//
// Closing (goc_fd_close), C, and whoever tries a call meanwhile, T:
//   C1 lock; `closing`, count edges, claim all waiters;      T1 count one more in `tries`
//      unlock; wake them with GOC_EFDCLOSED                  T2 if `closing`: T4, give way, T1 anew
//   C2 wait until `tries` is 0                               T3 try the call (W1)
//   C3 close the descriptor                                  T4 count one less in `tries`
//   C4 lock; not `closing` any more; unlock
// Either T2 sees C1 or C2 sees T1, so no call gets to a descriptor that has the number of one that was closed
// during T3. C2 waits no more than a tenth of a second, since a call may keep its thread in T3; T2 no more than a
// second, since C3 may take long, while the number is of another descriptor already. A number of which there is
// no record yet is not looked after. W2 that finds `closing` gives way until C4 and goes back to W0, where it finds
// the descriptor closed, or what has its number now. No lock is held in C3, which may take long.
//
// A descriptor that the user closes with close(2) leaves the poller by itself, and the next one with its number is
// not known there, though `watched` says so. Each one that is waited for is therefore registered once more by the
// monitor a few milliseconds later (Poller::verify), which normally does no more than fail with EEXIST. Those that
// goc_accept has just made are known to be new.
//
// Invariant: a record lives for ever; there is one for each number that was ever waited for.
// Locking: `lock` guards everything; `edges` alone is read without it. The poller's locks come after it.
// Memory order: edges (release in P2) pairs with W0 (acquire); T1 and T2, C1 and C2 are sequentially
// consistent, T4 (release) pairs with C2.
#pragma once

#include "base/os_io.h"
#include "sched/waiter.h"

namespace goc {

struct Descriptor : Object {
  static constexpr Tag kTag = Tag::kDescriptor;
  static constexpr int kDirections = 2;
  // As os::kReadable, os::kWritable.
  static constexpr int direction(int index) { return 1 << index; }

  static Descriptor* find(int fd);  // null if there is none
  static Descriptor* get(int fd);   // makes one; null without memory
  // Calls use() for all that there are.
  static void for_each(void (*use)(Descriptor&));
  static Lock& table_lock();
  // In a fork's child, where nobody waits and locks were held by threads that are gone.
  static void forget_all();

  explicit Descriptor(int number) : Object(kTag), fd(number) {}

  // P2: claims waiters of these directions, linked by `next`.
  Waiter* count_edges(int events);
  // Claims all waiters, and lets who is about to wait try once more.
  Waiter* claim_all(int16_t status);
  bool has_waiters() const { return !queues[0].empty() || !queues[1].empty(); }
  static bool leave(Waiter& waiter);

  const int fd;
  Atom<uint32_t> closing{0};   // how many goc_fd_close are between C1 and C4
  Atom<uint32_t> tries{0};     // how many calls are between T1 and T4
  bool watched = false;        // the poller knows it
  bool doubtful = false;       // it is in the poller's list of those to verify
  Descriptor* link = nullptr;  // in that list
  Atom<uint32_t> edges[kDirections] = {};
  WaitQueue queues[kDirections];
};

}  // namespace goc
