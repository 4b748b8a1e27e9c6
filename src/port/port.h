// A port: where tokens of completed operations arrive, in the order of their completion.
//
// The queue is a list through the operations themselves, so that completing one cannot fail; posted
// tokens are operations that belong to the port.
// An operation keeps the port while it is pending, not any more when its token is in the queue.
// Waiting: D pushes, then tells; W announces itself, looks, then sleeps.
//   D1 push (lock_)                           W1 ++waiting
//   D2 ++events                               W2 read events, look into the queue
//   D3 if (waiting) wake one                  W3 sleep while events is what W2 read
// D2, D3, W1, W2 are seq_cst: D3 sees W1, or W2 sees D2 and, by it, the queue of D1.
// The descriptor is written when the queue ceases to be empty, after D1; whoever polls resets it
// first, then takes, and writes it again if it leaves something: so it is readable whenever there is
// something, and now and then when there is nothing.
// Locking: lock_ guards the queue; nobody is told under it.
#pragma once

#include <goconc/port.h>

#include "base/list.h"
#include "port/op.h"

namespace goc {

class Port : public Object {
 public:
  static constexpr Tag kTag = Tag::kPort;

  static Port* make();  // null without memory
  static void destroy(Port& port);
  static int64_t live_count();
  static Lock& pool_lock();

  // C4. The caller has a reference.
  void deliver(Op& op);
  bool post(int64_t token);  // false without memory
  int poll(int64_t* tokens, int max);
  // Tokens, or GOC_ETIMEDOUT, GOC_EINTR.
  int wait(int64_t* tokens, int max, int64_t deadline);
  void interrupt();
  int descriptor();  // -1 if there can be none
  bool has_waiters() const { return false; }

 private:
  template <class T>
  friend class ObjectPool;
  Port();
  ~Port();

  void tell();
  void write_descriptor() const;
  bool take_interrupt();

  Lock lock_;
  Fifo<Op> queue_;
  Atom<uint32_t> events_{0};
  Atom<uint32_t> waiting_{0};
  Atom<bool> interrupted_{false};
  Atom<int> descriptor_{-1};
};

}  // namespace goc
