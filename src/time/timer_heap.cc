// TimerHeap: see timer_heap.h.
#include "time/timer_heap.h"

#include <new>

#include "trace/recorder.h"

namespace goc {
namespace {
constexpr size_t kChildren = 4;
}

bool TimerHeap::arm(Timer& timer, int64_t when) {
  Guard guard(lock_);
  if (size_ == heap_.size() && !add_seat()) return false;
  timer.when = when;
  timer.heap.store(this, std::memory_order_relaxed);
  timer.seat = heap_[size_].seat;
  seats_[timer.seat].timer = &timer;
  sift_up(size_++, {when, timer.seat});
  count_promise(timer, 1);
  publish();
  return true;
}

bool TimerHeap::disarm(Timer& timer) {
  TimerHeap* heap = timer.heap.load(std::memory_order_acquire);
  if (heap == nullptr) return false;
  Guard guard(heap->lock_);
  if (timer.seat == Timer::kNoSeat) return false;
  heap->remove(heap->seats_[timer.seat].position);
  timer.heap.store(nullptr, std::memory_order_relaxed);
  heap->publish();
  return true;
}

void TimerHeap::collect(int64_t now, Fifo<Timer>& expired) {
  Guard guard(lock_);
  while (size_ != 0 && heap_.front().when <= now) {
    Timer* timer = seats_[heap_.front().seat].timer;
    remove(0);
    if (timer->expire(timer)) expired.push(timer);
    timer->heap.store(nullptr, std::memory_order_release);  // a timer that does not fire may go now
  }
  publish();
}

size_t TimerHeap::size() {
  Guard guard(lock_);
  return size_;
}

void TimerHeap::fire_due(int64_t now) {
  if (earliest() > now) return;
  Fifo<Timer> expired;
  collect(now, expired);
  while (Timer* timer = expired.pop()) {
    if (trace::on()) trace::record(trace::Word(trace::Kind::kTimer, 0));
    timer->fire(timer);
  }
}

void TimerHeap::clear(Fifo<Timer>& dropped) {
  Guard guard(lock_);
  for (size_t i = 0; i < size_; ++i) {
    Timer* timer = seats_[heap_[i].seat].timer;
    timer->seat = Timer::kNoSeat;
    timer->heap.store(nullptr, std::memory_order_relaxed);
    dropped.push(timer);
  }
  decltype(heap_)().swap(heap_);
  decltype(seats_)().swap(seats_);
  size_ = 0;
  promises_.store(0, std::memory_order_release);
  publish();
}

// False without memory.
bool TimerHeap::add_seat() {
  const auto seat = static_cast<uint32_t>(seats_.size());
  try {
    seats_.emplace_back();
    heap_.push_back({0, seat});
  } catch (const std::bad_alloc&) {
    seats_.resize(heap_.size());
    return false;
  }
  return true;
}

void TimerHeap::place(size_t at, Entry entry) {
  heap_[at] = entry;
  seats_[entry.seat].position = static_cast<uint32_t>(at);
}

void TimerHeap::sift_up(size_t at, Entry entry) {
  while (at > 0) {
    const size_t parent = (at - 1) / kChildren;
    if (heap_[parent].when <= entry.when) break;
    place(at, heap_[parent]);
    at = parent;
  }
  place(at, entry);
}

void TimerHeap::sift_down(size_t at, Entry entry) {
  for (;;) {
    const size_t first = at * kChildren + 1;
    if (first >= size_) break;
    size_t least = first;
    for (size_t child = first + 1; child < first + kChildren && child < size_; ++child)
      if (heap_[child].when < heap_[least].when) least = child;
    if (heap_[least].when >= entry.when) break;
    place(at, heap_[least]);
    at = least;
  }
  place(at, entry);
}

void TimerHeap::remove(size_t at) {
  const uint32_t seat = heap_[at].seat;
  Timer& timer = *seats_[seat].timer;
  timer.seat = Timer::kNoSeat;
  count_promise(timer, UINT32_MAX);
  const Entry last = heap_[--size_];
  heap_[size_].seat = seat;
  if (at == size_) return;
  if (at > 0 && heap_[(at - 1) / kChildren].when > last.when)
    sift_up(at, last);
  else
    sift_down(at, last);
}

void TimerHeap::count_promise(const Timer& timer, uint32_t by) {
  if (timer.promised)
    promises_.store(promises_.load(std::memory_order_relaxed) + by, std::memory_order_release);
}

void TimerHeap::publish() {
  earliest_.store(size_ == 0 ? INT64_MAX : heap_.front().when, std::memory_order_release);
}

}  // namespace goc
