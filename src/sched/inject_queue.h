// The global queue: goroutines from plain threads and from workers that must stop. Those that have run
// before and those that have not (fresh) leave in turn: whoever is woken should not wait until a hundred
// thousand have begun that a stopped worker has handed in.
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
  void push_resumed(T* item) { push(resumed_, item); }
  void push_fresh(T* item) { push(fresh_, item); }

  void push(Fifo<T>& resumed, Fifo<T>& fresh) {
    Guard guard(lock_);
    resumed_.splice(resumed);
    fresh_.splice(fresh);
    publish();
  }

  // Moves up to `most` to out, the oldest of each kind; the number of them. *since is untouched, or when
  // the first that came into the empty queue did so.
  uint32_t take(T** out, uint32_t most, int64_t* since = nullptr) {
    if (size() == 0) return 0;
    Guard guard(lock_);
    uint32_t count = 0;
    if (first_since_ != 0 && since != nullptr) *since = first_since_;
    first_since_ = 0;
    while (count < most) {
      T* item = pop();
      if (item == nullptr) break;
      out[count++] = item;
    }
    publish();
    return count;
  }

  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  friend struct DebugLayout;

  void push(Fifo<T>& list, T* item) {
    Guard guard(lock_);
    if (size() == 0) sample();
    list.push(item);
    publish();
  }

  T* pop() {
    fresh_has_turn_ = !fresh_has_turn_;
    T* item = fresh_has_turn_ ? fresh_.pop() : resumed_.pop();
    if (item == nullptr) item = fresh_has_turn_ ? resumed_.pop() : fresh_.pop();
    return item;
  }

  // The clock is read for one in so many that find the queue empty.
  void sample() {
    constexpr uint32_t kOneIn = 16;
    if (samples_++ % kOneIn == 0) first_since_ = os::now();
  }
  void publish() { size_.store(resumed_.size() + fresh_.size(), std::memory_order_relaxed); }

  Lock lock_;
  Fifo<T> resumed_;
  Fifo<T> fresh_;
  bool fresh_has_turn_ = false;
  Atom<size_t> size_{0};
  uint32_t samples_ = 0;
  int64_t first_since_ = 0;  // 0: unknown
};

}  // namespace goc
