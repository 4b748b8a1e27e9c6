// Channel: see channel.h.
#include "chan/channel.h"

#include <goconc/error.h>

#include <algorithm>
#include <new>

#include "chan/timer_channel.h"
#include "sched/runtime.h"

namespace goc {
namespace {
constinit ObjectPool<Channel> g_channels;
constexpr size_t kNameBytes = 64;
}  // namespace

Channel* Channel::make(const goc_chan_options& options) {
  char* ring = nullptr;
  char* name = nullptr;
  // Slots of no size have an address too: null means that a value is discarded.
  const size_t bytes = std::max<size_t>(options.elem_size * options.capacity, 1);
  const bool enough =
      (options.capacity == 0 || (ring = static_cast<char*>(os::allocate(bytes))) != nullptr) &&
      (options.name == nullptr || (name = static_cast<char*>(os::allocate(kNameBytes))) != nullptr);
  Channel* channel = enough ? g_channels.make(options) : nullptr;
  if (channel == nullptr) {
    os::release(ring);
    os::release(name);
    return nullptr;
  }
  if (name != nullptr) {
    std::strncpy(name, options.name, kNameBytes - 1);
    name[kNameBytes - 1] = 0;
  }
  channel->ring_ = ring;
  channel->name_ = name;
  return channel;
}

void Channel::destroy(Channel& channel) {
  if (channel.timed_) return TimerChannel::destroy(static_cast<TimerChannel&>(channel));
  g_channels.destroy(&channel);
}

int64_t Channel::live_count() { return g_channels.live() + TimerChannel::live_count(); }
Lock& Channel::pool_lock() { return g_channels.lock(); }

Channel::Channel(const goc_chan_options& options, bool timed)
    : Object(kTag),
      is_word_(options.elem_size == 8 && options.relocate == nullptr),
      timed_(timed),
      kind_(options.kind),
      capacity_(options.capacity),
      elem_size_(options.elem_size),
      drop_(options.drop),
      relocate_(options.relocate) {}

Channel::~Channel() {
  for (size_t i = 0, n = len(); drop_ != nullptr && i < n; ++i) drop_(slot(wrap(head_ + i)));
  os::release(ring_);
  os::release(name_);
}

void Channel::pass_any(void* dst, void* src) {
  if (dst == nullptr) {
    if (drop_ != nullptr) drop_(src);
  } else if (relocate_ != nullptr) {
    relocate_(dst, src);
  } else if (elem_size_ != 0) {  // else src may be null
    std::memcpy(dst, src, elem_size_);
  }
}

// The one place that knows how a send meets its receiver. Inline, because it is all of a rendezvous.
__attribute__((always_inline)) inline int Channel::send_now(void* elem, Sleeper** wake) {
  if (closed_.load(std::memory_order_relaxed)) return GOC_ECLOSED;
  if (Waiter* receiver = receivers_.claim_front()) {
    pass(receiver->elem, elem);
    receiver->status = GOC_OK;
    *wake = receiver->sleeper;
    if (timed_) [[unlikely]]
      follow_clock();
    return GOC_OK;
  }
  const size_t count = count_.load(std::memory_order_relaxed);
  if (count == capacity_) return kWouldWait;
  put(elem, count);
  return GOC_OK;
}

__attribute__((always_inline)) inline int Channel::recv_now(void* elem, Sleeper** wake) {
  const size_t count = count_.load(std::memory_order_relaxed);
  if (count != 0) {
    get(elem, count);
    Waiter* sender = senders_.claim_front();
    if (sender == nullptr) return GOC_OK;
    put(sender->elem, count - 1);
    sender->status = GOC_OK;
    *wake = sender->sleeper;
    return GOC_OK;
  }
  if (Waiter* sender = senders_.claim_front()) {
    pass(elem, sender->elem);
    sender->status = GOC_OK;
    *wake = sender->sleeper;
    return GOC_OK;
  }
  if (!closed_.load(std::memory_order_relaxed))
    return timed_ && take_tick(elem) ? static_cast<int>(GOC_OK) : kWouldWait;
  zero(elem);
  return GOC_ECLOSED;
}

int Channel::try_send(const void* elem, Sleeper** wake) {
  return send_now(const_cast<void*>(elem), wake);
}
int Channel::try_recv(void* elem, Sleeper** wake) { return recv_now(elem, wake); }

// Under the lock, which it releases. Not inline: that all who wait return through the same calls is what
// the processor's return predictor needs when they are switched.
__attribute__((noinline)) int Channel::wait(bool sends, void* elem, int64_t deadline) {
  if (const int late = time_to_wait(deadline)) {
    lock.unlock();
    return late;
  }
  if (timed_ && !sends && !g_runtime.started()) [[unlikely]]
    return start_and_recv(elem, deadline);
  Waiter waiter{nullptr, nullptr, nullptr, this, &leave, elem, 0, GOC_OK, false, sends};
  Sleeper sleeper(sends ? WaitReason::kSend : WaitReason::kReceive, &waiter, 1, deadline);
  waiter.sleeper = &sleeper;
  if (!enqueue(waiter)) [[unlikely]] {
    lock.unlock();
    return GOC_ENOMEM;
  }
  if (sleeper.wait(unlocking(lock)) == Sleeper::kTimedOut) return GOC_ETIMEDOUT;
  return waiter.status;
}

int Channel::lock_and_send(const void* elem, int64_t deadline) {
  lock.lock();
  return send_locked(elem, deadline);
}

int Channel::lock_and_recv(void* elem, int64_t deadline) {
  lock.lock();
  return recv_locked(elem, deadline);
}

// To wait needs no registers saved here, so that comes first, and what does has a function of its own.
int Channel::send_locked(const void* elem, int64_t deadline) {
  const bool full = count_.load(std::memory_order_relaxed) == capacity_;
  return full && !receivers_.has_head() && !closed_.load(std::memory_order_relaxed)
             ? wait(true, const_cast<void*>(elem), deadline)
             : give_locked(elem, deadline);
}

int Channel::give_locked(const void* elem, int64_t deadline) {
  Sleeper* wake = nullptr;
  void* value = const_cast<void*>(elem);
  const int result = send_now(value, &wake);
  if (result == kWouldWait) return wait(true, value, deadline);
  lock.unlock();
  if (wake != nullptr) wake->wake();
  return result;
}

int Channel::recv_locked(void* elem, int64_t deadline) {
  const bool empty = count_.load(std::memory_order_relaxed) == 0;
  return empty && !senders_.has_head() && !closed_.load(std::memory_order_relaxed) && !timed_
             ? wait(false, elem, deadline)
             : take_locked(elem, deadline);
}

int Channel::take_locked(void* elem, int64_t deadline) {
  Sleeper* wake = nullptr;
  const int result = recv_now(elem, &wake);
  if (result == kWouldWait) return wait(false, elem, deadline);
  lock.unlock();
  if (wake != nullptr) wake->wake();
  return result;
}

// A worker is to look at the clock; none is started under a lock.
int Channel::start_and_recv(void* elem, int64_t deadline) {
  lock.unlock();
  const int result = g_runtime.ensure_started();
  return result == GOC_OK ? recv(elem, deadline) : result;
}

bool Channel::leave(Waiter& waiter) {
  auto& channel = static_cast<Channel&>(*waiter.object);
  return leave_object(channel, waiter.linked, [&] {
    channel.dequeue(waiter);
    if (channel.timed_ && !waiter.sends) channel.follow_clock();
  });
}

int Channel::close() {
  Waiter* claimed = nullptr;
  const int result = close(claimed);
  wake_all(claimed);
  return result;
}

int Channel::close(Waiter*& claimed) {
  Guard guard(lock);
  if (closed_.load(std::memory_order_relaxed)) return GOC_ECLOSED;
  closed_.store(true, std::memory_order_release);
  Waiter* const senders = senders_.claim_all(GOC_ECLOSED, claimed);
  claimed = receivers_.claim_all(GOC_ECLOSED, senders);
  for (Waiter* w = claimed; w != senders; w = w->next) zero(w->elem);
  if (timed_) follow_clock();
  return GOC_OK;
}

}  // namespace goc
