// A channel: a ring of values and two queues of waiters, under one lock.
//
// Invariants, when the lock is free:
//   - receivers wait only if the ring is empty and no sender waits and it is open;
//   - senders wait only if the ring is full and it is open;
//   - one select may wait in both queues; then it is in them alone with what cannot match it.
// A value goes straight from a sender to a waiting receiver, in one copy; a receiver that takes the
// head of a full ring moves the first waiting sender's value to the tail, which keeps the order.
//
// The design is that of Go's channels (runtime/chan.go). Operations that would fail without waiting
// are recognised without the lock: each reads its condition first and `closed` last, and since a
// channel never opens again it was open when the condition was read.
// The channel of a timer (timer_channel.h) has no buffer; here it only costs a flag where a receive would
// wait.
// Memory order: count_, closed_ and the heads of the queues are written under the lock (release) and
// read as hints (acquire); values are passed under the lock.
#pragma once

#include <goconc/channel.h>

#include <cstring>

#include "base/object.h"
#include "sched/waiter.h"

namespace goc {

class Channel : public Object {
 public:
  static constexpr Tag kTag = Tag::kChannel;

  // Null without memory; the sizes have been checked.
  static Channel* make(const goc_chan_options& options);
  static void destroy(Channel& channel);
  static int64_t live_count();
  static Lock& pool_lock();

  int send(const void* elem, int64_t deadline) {
    if (deadline == GOC_NOW && send_would_wait()) return GOC_EAGAIN;
    if (!lock.lock_as_favourite()) return lock_and_send(elem, deadline);
    const size_t count = count_.load(std::memory_order_relaxed);
    if (count == capacity_ || receivers_.has_head() || closed_.load(std::memory_order_relaxed) ||
        !is_word_)
      return send_locked(elem, deadline);
    copy_word(word(wrap(head_ + count)), elem);
    set_count(count + 1);
    lock.unlock_as_favourite();
    return GOC_OK;
  }

  int recv(void* elem, int64_t deadline) {
    if (deadline == GOC_NOW && recv_would_wait()) return GOC_EAGAIN;
    if (!lock.lock_as_favourite()) return lock_and_recv(elem, deadline);
    const size_t count = count_.load(std::memory_order_relaxed);
    if (count == 0 || senders_.has_head() || !is_word_ || elem == nullptr)
      return recv_locked(elem, deadline);
    copy_word(elem, word(head_));
    head_ = wrap(head_ + 1);
    set_count(count - 1);
    lock.unlock_as_favourite();
    return GOC_OK;
  }

  int close();
  // close() without the end: whoever is to be woken comes before those in `claimed`, for wake_all().
  int close(Waiter*& claimed);

  size_t len() const { return count_.load(std::memory_order_acquire); }
  size_t cap() const { return capacity_; }
  size_t elem_size() const { return elem_size_; }
  int kind() const { return kind_; }
  bool closed() const { return closed_.load(std::memory_order_acquire); }
  bool has_waiters() const {
    return !receivers_.empty() || !senders_.empty() || (timed_ && alarm_is_linked());
  }
  // The clock sends to it: whoever waits for that needs a runtime.
  bool timed() const { return timed_; }
  const char* name() const { return name_; }  // null: none

  // --- For select: under the lock ---------------------------------------------------------------
  static constexpr int kWouldWait = 1;
  // GOC_OK, GOC_ECLOSED, or kWouldWait; *wake is whom to wake after unlocking, or untouched.
  int try_send(const void* elem, Sleeper** wake);
  int try_recv(void* elem, Sleeper** wake);
  // False without memory, which only the channel of a timer needs.
  bool enqueue(Waiter& waiter) {
    queue_of(waiter).push(waiter);
    if (!timed_ || waiter.sends || follow_clock()) [[likely]]
      return true;
    dequeue(waiter);
    return false;
  }
  void dequeue(Waiter& waiter) { queue_of(waiter).remove(waiter); }
  static bool leave(Waiter& waiter);

  // --- For select: without the lock, a hint -----------------------------------------------------
  bool send_would_wait() const {
    const bool full = capacity_ == 0 ? receivers_.empty() : len() == capacity_;
    return full && !closed();
  }
  bool recv_would_wait() const {
    const bool empty = capacity_ == 0 ? senders_.empty() : len() == 0;
    return empty && !timed_ && !closed();
  }

 private:
  friend struct DebugLayout;
  template <class T>
  friend class ObjectPool;
  friend class TimerChannel;
  explicit Channel(const goc_chan_options& options, bool timed = false);
  ~Channel();

  // Whatever send() and recv() leave over: all but a word to or from the ring, by the lock's favourite.
  __attribute__((noinline)) int lock_and_send(const void* elem, int64_t deadline);
  __attribute__((noinline)) int lock_and_recv(void* elem, int64_t deadline);
  // Under the lock, which they release.
  int send_locked(const void* elem, int64_t deadline);
  int recv_locked(void* elem, int64_t deadline);
  __attribute__((noinline)) int give_locked(const void* elem, int64_t deadline);
  __attribute__((noinline)) int take_locked(void* elem, int64_t deadline);
  int wait(bool sends, void* elem, int64_t deadline);
  int start_and_recv(void* elem, int64_t deadline);
  int send_now(void* elem, Sleeper** wake);
  int recv_now(void* elem, Sleeper** wake);

  // The ring, which has room, or a value; under the lock.
  void put(void* elem, size_t count) {
    pass(slot(wrap(head_ + count)), elem);
    set_count(count + 1);
  }
  void get(void* elem, size_t count) {
    pass(elem, slot(head_));
    head_ = wrap(head_ + 1);
    set_count(count - 1);
  }
  // Ends the life of *src, in *dst if there is one.
  void pass(void* dst, void* src) {
    if (is_word_ && dst != nullptr) [[likely]]
      copy_word(dst, src);
    else
      pass_any(dst, src);
  }
  void pass_any(void* dst, void* src);
  static void copy_word(void* dst, const void* src) { std::memcpy(dst, src, sizeof(uint64_t)); }
  void zero(void* elem) const {
    if (elem != nullptr) std::memset(elem, 0, elem_size_);
  }
  void* slot(size_t index) const { return ring_ + index * elem_size_; }
  // slot(), if is_word_
  void* word(size_t index) const { return ring_ + index * sizeof(uint64_t); }
  size_t wrap(size_t index) const { return index < capacity_ ? index : index - capacity_; }
  void set_count(size_t n) { count_.store(n, std::memory_order_release); }
  WaitQueue& queue_of(const Waiter& waiter) { return waiter.sends ? senders_ : receivers_; }

  // Of a timer's channel (timer_channel.cc), under the lock: takes the tick that is due, if there is one;
  // sees to the alarm after it or the receivers have changed, false without memory.
  bool take_tick(void* elem);
  bool follow_clock();
  bool alarm_is_linked() const;

  Atom<bool> closed_{false};
  const bool is_word_;  // eight bytes, copied as they are
  const bool timed_;    // a TimerChannel
  const int kind_;
  Atom<size_t> count_{0};
  size_t head_ = 0;
  const size_t capacity_;
  const size_t elem_size_;
  char* ring_ = nullptr;
  WaitQueue receivers_;
  WaitQueue senders_;
  void (*const drop_)(void*);
  void (*const relocate_)(void*, void*);
  char* name_ = nullptr;
};

}  // namespace goc
