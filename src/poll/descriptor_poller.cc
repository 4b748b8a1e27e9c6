// DescriptorPoller: see descriptor_poller.h.
#include "poll/descriptor_poller.h"

#include <cerrno>
#include <new>
#include <utility>

#include "sched/runtime.h"
#include "trace/recorder.h"

namespace goc {

constinit DescriptorPoller g_poller;

int DescriptorPoller::open() {
  if (const int result = g_runtime.ensure_started(); result != GOC_OK) return result;
  if (g_runtime.somebody_polls()) [[likely]]
    return GOC_OK;
  Guard guard(lock_);
  return g_runtime.somebody_polls() ? static_cast<int>(GOC_OK) : open_locked();
}

int DescriptorPoller::open_locked() {
  event_ = os::event_open();
  const int epoll = event_ < 0 ? -1 : os::epoll_open();
  if (epoll < 0 || os::epoll_watch(epoll, event_, true) != 0) {
    close_both(epoll);
    return GOC_EAGAIN;
  }
  epoll_.store(epoll, std::memory_order_release);
  g_runtime.poller.store(this, std::memory_order_release);
  return GOC_OK;
}

void DescriptorPoller::close_both(int epoll) {
  if (epoll >= 0) os::epoll_close(epoll);
  if (event_ >= 0) os::event_close(event_);
  event_ = -1;
}

int DescriptorPoller::watch(Descriptor& d) {
  const int epoll = epoll_.load(std::memory_order_acquire);
  if (epoll < 0) return EAGAIN;
  if (d.watched) {
    if (std::exchange(d.doubtful, true)) return 0;
    Guard guard(lock_);
    d.link = std::exchange(doubtful_, &d);
    return 0;
  }
  const int error = os::epoll_watch(epoll, d.fd, false);
  d.watched = error == 0 || error == EEXIST;
  return d.watched ? 0 : error;
}

// --- For who has entered ----------------------------------------------------------------------------

bool DescriptorPoller::collect(int64_t deadline) {
  sleeps_.store(deadline != GOC_NOW, std::memory_order_relaxed);
  bool interrupted = false;
  while (take(deadline, interrupted) && claimed_ == nullptr && !interrupted) {
  }
  sleeps_.store(false, std::memory_order_relaxed);
  return claimed_ != nullptr;
}

// False if nothing has come.
bool DescriptorPoller::take(int64_t deadline, bool& interrupted) {
  constexpr int kMost = 128;
  os::Readiness ready[kMost];
  const int count =
      os::epoll_take(epoll_.load(std::memory_order_relaxed), ready, kMost, deadline);  // P1
  for (int i = 0; i < count; ++i) {
    if (ready[i].fd == event_) {
      os::event_reset(event_);
      interrupted = true;
    } else if (Descriptor* d = Descriptor::find(ready[i].fd)) {
      add(*d, ready[i].events);
    }
  }
  return count != 0;
}

void DescriptorPoller::add(Descriptor& d, int events) {
  Waiter* claimed;
  {
    Guard guard(d.lock);
    claimed = d.count_edges(events);  // P2
  }
  if (claimed == nullptr) return;
  (claimed_ != nullptr ? last_claimed_->next : claimed_) = claimed;
  last_claimed_ = claimed->next != nullptr ? claimed->next : claimed;  // two at most
}

// P3
void DescriptorPoller::deliver() {
  if (claimed_ != nullptr && trace::on()) trace::record(trace::Word(trace::Kind::kPoll, 0));
  wake_all(std::exchange(claimed_, nullptr));
}

// --- For all ------------------------------------------------------------------------------------------

void DescriptorPoller::interrupt() {
  Guard guard(lock_);
  if (event_ >= 0) os::event_set(event_);
}

void DescriptorPoller::verify() {
  Descriptor* next;
  {
    Guard guard(lock_);
    next = std::exchange(doubtful_, nullptr);
  }
  while (next != nullptr) {
    Descriptor& d = *next;
    next = d.link;
    wake_all(verify(d));
  }
}

// If it was not known, the poller tells of it as of a new one. Who waits for one that cannot be polled
// (any more) finds that out.
Waiter* DescriptorPoller::verify(Descriptor& d) {
  Guard guard(d.lock);
  d.doubtful = false;
  if (!d.watched || !d.has_waiters()) return nullptr;
  d.watched = false;
  return watch(d) == 0 ? nullptr : d.claim_all(GOC_OK);
}

void DescriptorPoller::stop() {
  const int epoll = epoll_.exchange(-1, std::memory_order_acq_rel);
  Descriptor::for_each([](Descriptor& d) {
    Waiter* left;
    {
      Guard guard(d.lock);
      d.watched = d.doubtful = false;
      left = d.claim_all(GOC_ECANCELED);
    }
    wake_all(left);
  });
  waiting_.store(0, std::memory_order_relaxed);
  Guard guard(lock_);
  doubtful_ = nullptr;
  close_both(epoll);
}

// The parent has the same descriptors open, which it goes on using.
void DescriptorPoller::restart_after_fork() {
  close_both(epoll_.load(std::memory_order_relaxed));
  Descriptor::forget_all();
  new (this) DescriptorPoller;
}

}  // namespace goc
