// A worker's goroutines that are ready to run, in three places:
//   next     the one that was made ready last: its data is hot in the cache
//   resumed  those that have run before, first in, first out
//   fresh    those that have not: the owner takes the newest, thieves take the oldest. Newest first
//            keeps few stacks alive: a tree of goroutines is walked depth first
//
// Bounded unfairness: at most kMaxNext in a row come from `next` while others have been resumed.
//
// Invariant: a goroutine is in one place once, and leaves it to one taker.
// Locking: an OwnerLock. The owner is the worker's thread; thieves and the monitor visit. Hints
// (has_work, has_next) are read without it; pushing makes them visible before the light barrier of
// S2 in idle.h.
// Rejected: the deque of Chase and Lev (SPAA 2005) and the ring of Go's scheduler, which this was
// once. Their owner pays for thieves with a read-modify-write or a full barrier for each goroutine, 6
// to 12 ns; here a thief pays a heavy barrier for a visit, and carries up to 256 goroutines away. Lists through
// the goroutines need no memory of their own, so no queue is ever full.
#pragma once

#include <algorithm>

#include "base/list.h"
#include "base/owner_lock.h"
#include "base/rand.h"

namespace goc {

template <class T>
class LocalQueues {
 public:
  static constexpr uint32_t kMaxNext = 16;
  static constexpr size_t kMostTurned = 64;  // pop_any() turns a queue at most so far

  // --- Owner --------------------------------------------------------------------------------------

  // False if `next` is taken. Without the lock: visitors only empty it, so that it stays empty once it is.
  bool fill_next(T* item) {
    if (next() != nullptr) return false;
    next_.store(item, std::memory_order_release);
    return true;
  }

  // The goroutine that was in the place of `item`, or null.
  T* replace_next(T* item) {
    Inside inside(lock_);
    T* before = next();
    set_next(item);
    return before;
  }

  void push_resumed(T* item) {
    Inside inside(lock_);
    resumed_.push(item);
    publish_size();
  }

  void push_fresh(T* item) {
    Inside inside(lock_);
    fresh_.push(item);
    publish_size();
  }

  // The one whose turn it is, or null.
  T* pop() {
    Inside inside(lock_);
    if (T* item = next()) {
      set_next(nullptr);
      if (next_in_row_++ < kMaxNext) return item;
      resumed_.push(item);
    }
    next_in_row_ = 0;
    T* item = resumed_.pop();
    if (item != nullptr)
      ++left_;
    else
      item = fresh_.pop_newest();
    publish_size();
    return item;
  }

  T* pop_oldest_fresh() {
    Inside inside(lock_);
    T* item = fresh_.pop_oldest();
    publish_size();
    return item;
  }

  // Any of them, or null; the others change places. For chaos.h.
  T* pop_any(Rand& rand) {
    Inside inside(lock_);
    T* item = next();
    if (item != nullptr) {
      set_next(nullptr);
      resumed_.push(item);
    }
    const size_t count = resumed_.size() + fresh_.size();
    if (count == 0) return nullptr;
    const size_t chosen = rand.below(static_cast<uint32_t>(count));
    if (chosen < resumed_.size()) {
      for (size_t i = std::min<size_t>(chosen, kMostTurned); i > 0; --i)
        resumed_.push(resumed_.pop());
      item = resumed_.pop();
      ++left_;
    } else {
      item = chosen % 2 == 0 ? fresh_.pop_newest() : fresh_.pop_oldest();
    }
    publish_size();
    return item;
  }

  // How many of the resumed have left so far, and will have when all that are there now have.
  struct Turns {
    uint64_t now, then;
  };
  Turns turns() {
    Inside inside(lock_);
    return {left_, left_ + resumed_.size()};
  }

  // --- Visitors, and the owner when it does not matter --------------------------------------------

  // Moves half of the resumed ones to out, or else of the fresh ones; at most `most`.
  uint32_t steal(T** out, uint32_t most) {
    if (!has_work()) return 0;
    Visit visit(lock_);
    uint32_t count = 0;
    if (!resumed_.empty()) {
      for (const size_t n = half(resumed_.size(), most); count < n;) out[count++] = resumed_.pop();
      left_ += count;
    } else {
      for (const size_t n = half(fresh_.size(), most); count < n;)
        out[count++] = fresh_.pop_oldest();
    }
    publish_size();
    return count;
  }

  // Moves all to the ends of two lists.
  void drain(Fifo<T>& resumed, Fifo<T>& fresh) {
    if (!has_next() && !has_work()) return;
    Visit visit(lock_);
    if (T* item = next()) {
      resumed.push(item);
      set_next(nullptr);  // not if it was empty: the owner may be filling it
    }
    left_ += resumed_.size();
    resumed.splice(resumed_);
    while (T* item = fresh_.pop_oldest()) fresh.push(item);
    publish_size();
  }

  // --- Anybody: hints -----------------------------------------------------------------------------
  bool has_next() const { return next_.load(std::memory_order_relaxed) != nullptr; }
  size_t size() const { return size_.load(std::memory_order_relaxed); }  // without `next`
  bool has_work() const { return size() != 0; }

  // When there is nobody else: forgets all.
  void clear() {
    set_next(nullptr);
    resumed_ = {};
    fresh_ = {};
    publish_size();
  }

 private:
  friend struct DebugLayout;
  struct Inside {
    explicit Inside(OwnerLock& l) : lock(l) { lock.enter(); }
    ~Inside() { lock.leave(); }
    OwnerLock& lock;
  };
  struct Visit {
    explicit Visit(OwnerLock& l) : lock(l) { lock.visit(); }
    ~Visit() { lock.end_visit(); }
    OwnerLock& lock;
  };

  static size_t half(size_t size, size_t most) { return std::min((size + 1) / 2, most); }

  // Pairs with the release in fill_next: the owner may have filled it without the lock.
  T* next() const { return next_.load(std::memory_order_acquire); }
  void set_next(T* item) { next_.store(item, std::memory_order_relaxed); }
  void publish_size() { size_.store(resumed_.size() + fresh_.size(), std::memory_order_relaxed); }

  OwnerLock lock_;
  Atom<T*> next_{nullptr};
  Atom<size_t> size_{0};
  uint32_t next_in_row_ = 0;
  uint64_t left_ = 0;
  Fifo<T> resumed_;
  Deque<T> fresh_;
};

}  // namespace goc
