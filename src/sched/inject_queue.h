// The global queue: goroutines from plain threads and from workers that must stop.
//
// Locking: `lock_`. size() is readable without it, and is what S1 of idle.h publishes.
#pragma once

#include "base/list.h"
#include "base/lock.h"
#include "base/os.h"

namespace goc {

template <class T>
class InjectQueue {
 public:
  void push(T* item) {
    Guard guard(lock_);
    if (queue_.empty()) sample();
    queue_.push(item);
    publish();
  }

  void push(Fifo<T>& batch) {
    Guard guard(lock_);
    queue_.splice(batch);
    publish();
  }

  // Moves up to `most` of the oldest to out; the number of them. *since is untouched, or when the first
  // of them has come.
  uint32_t take(T** out, uint32_t most, int64_t* since = nullptr) {
    if (size() == 0) return 0;
    Guard guard(lock_);
    uint32_t count = 0;
    if (first_since_ != 0 && since != nullptr) *since = first_since_;
    first_since_ = 0;
    while (count < most && !queue_.empty()) out[count++] = queue_.pop();
    publish();
    return count;
  }

  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  friend struct DebugLayout;

  // The clock is read for one in so many that find the queue empty.
  void sample() {
    constexpr uint32_t kOneIn = 16;
    if (samples_++ % kOneIn == 0) first_since_ = os::now();
  }
  void publish() { size_.store(queue_.size(), std::memory_order_relaxed); }

  Lock lock_;
  Fifo<T> queue_;
  Atom<size_t> size_{0};
  uint32_t samples_ = 0;
  int64_t first_since_ = 0;  // 0: unknown
};

}  // namespace goc
