// RWMutex: many readers or one writer; one compare-and-swap each way while nobody waits.
//
// A waiting writer stops new readers. Who unlocks for writing lets all waiting readers in, else the
// first writer; the last reader to unlock lets the first writer in. So readers wait for one writer at
// most, and a writer for the readers of one moment: phases as in Brandenburg and Anderson,
// "Spin-based reader-writer synchronization for multiprocessor real-time systems" (2010). Locks are
// handed over: who is woken holds it, and nobody overtakes those who wait.
//
// Invariants: kWaiters is set while somebody is linked, and changes under the lock only; then the
// RWMutex is held, and a kind of holder that has waiters takes the slow way. Readers wait only while
// it is held for writing, or a writer waits.
// Memory order: taking (acquire) pairs with freeing (release); the last reader (acq_rel) passes on to
// the writer what the others have done.
#pragma once

#include "base/object.h"
#include "sched/waiter.h"

namespace goc {

class RWMutex : public Object {
 public:
  static constexpr Tag kTag = Tag::kRWMutex;

  static RWMutex* make();  // null without memory
  static void destroy(RWMutex& rw);
  static int64_t live_count();
  static Lock& pool_lock();

  int acquire(int64_t deadline) {
    uint64_t expected = 0;
    if (state_.compare_exchange_strong(expected, kWriter, std::memory_order_acquire)) return GOC_OK;
    return wait(kToWrite, deadline);
  }
  int free() {
    uint64_t expected = kWriter;
    if (state_.compare_exchange_strong(expected, 0, std::memory_order_release)) return GOC_OK;
    return free_slow();
  }

  int acquire_read(int64_t deadline) {
    uint64_t state = state_.load(std::memory_order_relaxed);
    while ((state & (kWriter | kWaiters)) == 0)
      if (state_.compare_exchange_weak(state, state + kReader, std::memory_order_acquire))
        return GOC_OK;
    return wait(kToRead, deadline);
  }
  int free_read() {
    uint64_t state = state_.load(std::memory_order_relaxed);
    while (state >= 2 * kReader || (state & ~kReader) == 0) {
      if (state == 0) return GOC_EPERM;
      if (state_.compare_exchange_weak(state, state - kReader, std::memory_order_release))
        return GOC_OK;
    }
    return free_read_slow();
  }

  bool has_waiters() const { return !readers_.empty() || !writers_.empty(); }

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  enum Purpose { kToRead, kToWrite };
  static constexpr uint64_t kWriter = 1;
  static constexpr uint64_t kWaiters = 2;
  static constexpr uint64_t kReader = 4;  // each

  RWMutex() : Object(kTag) {}
  int wait(Purpose purpose, int64_t deadline);
  bool take_or_flag(Purpose purpose);
  int free_slow();
  int free_read_slow();
  Waiter* admit_readers();
  Waiter* admit_writer();
  void settle_flag();
  static bool leave_readers(Waiter& waiter);
  static bool leave_writers(Waiter& waiter);

  Atom<uint64_t> state_{0};
  WaitQueue readers_;
  WaitQueue writers_;
};

}  // namespace goc
