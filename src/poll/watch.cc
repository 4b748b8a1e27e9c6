// Watch: see watch.h, and descriptor.h for the steps.
#include "poll/watch.h"

#include <cerrno>

#include "poll/descriptor_poller.h"
#include "sched/runtime.h"

namespace goc {
namespace {

int result_of_errno(int error) {
  if (error == ENOMEM) return GOC_ENOMEM;
  errno = error;
  return GOC_ESYSTEM;
}

}  // namespace

void Watch::begin_try() {
  if (descriptor_ == nullptr) descriptor_ = Descriptor::find(fd_);
  if (descriptor_ == nullptr) return;
  tries_ = true;
  descriptor_->tries.fetch_add(1, std::memory_order_seq_cst);  // T1
  int64_t give_up = 0;
  while (descriptor_->closing.load(std::memory_order_seq_cst) != 0) {  // T2
    if (give_up == 0) give_up = os::now() + kPatienceWithClose;
    if (os::now() >= give_up) break;
    descriptor_->tries.fetch_sub(1, std::memory_order_release);
    yield();
    descriptor_->tries.fetch_add(1, std::memory_order_seq_cst);
  }
  for (int i = 0; i < Descriptor::kDirections; ++i)
    seen_[i] = descriptor_->edges[i].load(std::memory_order_acquire);
}

void Watch::end_try() {
  if (tries_) descriptor_->tries.fetch_sub(1, std::memory_order_release);
  tries_ = false;
}

bool Watch::edge_has_come() const {
  for (int i = 0; i < Descriptor::kDirections; ++i)
    if (wants(i) && descriptor_->edges[i].load(std::memory_order_relaxed) != seen_[i]) return true;
  return false;
}

int Watch::wait(int64_t deadline) {
  if (const int late = time_to_wait(deadline)) return late;
  if (const int result = g_poller.open(); result != GOC_OK) return result;
  if (descriptor_ == nullptr && (descriptor_ = Descriptor::get(fd_)) == nullptr) return GOC_ENOMEM;
  descriptor_->lock.lock();  // W2
  if (descriptor_->closing.load(std::memory_order_relaxed) != 0) {
    descriptor_->lock.unlock();
    yield();
    return GOC_OK;
  }
  int error = 0;
  if (!edge_has_come()) {
    if (current_goroutine() == nullptr) descriptor_->watched = false;  // its time is not so dear
    error = g_poller.watch(*descriptor_);
    if (error == 0) return wait_locked(deadline);
  }
  descriptor_->lock.unlock();
  if (error == 0 || error == EAGAIN) return GOC_OK;
  return error == EPERM ? kAlwaysReady : result_of_errno(error);
}

// W3
int Watch::wait_locked(int64_t deadline) {
  Waiter waiters[Descriptor::kDirections];
  uint32_t count = 0;
  Sleeper sleeper(WaitReason::kDescriptor, waiters, events_ == 3 ? 2 : 1, deadline);
  for (int i = 0; i < Descriptor::kDirections; ++i) {
    if (!wants(i)) continue;
    Waiter& waiter = waiters[count];
    waiter = {nullptr, nullptr, &sleeper, descriptor_, &Descriptor::leave,
              nullptr, count,   GOC_OK,   false,       i == 1};
    ++count;
    if (woken_)
      descriptor_->queues[i].push_front(waiter);
    else
      descriptor_->queues[i].push(waiter);
  }
  const bool goroutine = current_goroutine() != nullptr;
  g_poller.count(goroutine, 1);
  const uint32_t event =
      sleeper.wait(goroutine ? unlocking(descriptor_->lock) : After{&unlock, descriptor_});
  g_poller.count(goroutine, -1);
  if (event == Sleeper::kTimedOut) return GOC_ETIMEDOUT;
  const int status = waiters[event - 1].status;
  woken_ = status == GOC_OK;
  return status;
}

// Of a plain thread. If the runtime has been stopped, nobody will look for it any more.
void Watch::unlock(void* d) {
  auto& descriptor = *static_cast<Descriptor*>(d);
  descriptor.lock.unlock();
  if (g_poller.sleeps() || g_runtime.make_one_poll()) return;
  Waiter* left;
  {
    Guard guard(descriptor.lock);
    left = descriptor.claim_all(GOC_ECANCELED);
  }
  wake_all(left);
}

void Watch::pass_on() {
  if (!woken_) return;
  int waiting = 0;
  for (int i = 0; i < Descriptor::kDirections; ++i)
    if (wants(i) && !descriptor_->queues[i].empty()) waiting |= Descriptor::direction(i);
  if (waiting == 0) return;
  Waiter* next;
  {
    Guard guard(descriptor_->lock);
    next = descriptor_->count_edges(waiting);
  }
  wake_all(next);
}

void Watch::renew(int fd) {
  Descriptor* known = Descriptor::find(fd);
  if (known == nullptr) return;
  Guard guard(known->lock);
  known->watched = false;
}

int64_t Watch::close(int fd) {
  Descriptor* known = Descriptor::find(fd);
  if (known == nullptr) return os::close_now(fd);
  Waiter* left;
  {
    Guard guard(known->lock);
    known->closing.fetch_add(1, std::memory_order_seq_cst);  // C1
    known->watched = false;
    left = known->claim_all(GOC_EFDCLOSED);
  }
  wake_all(left);
  const int64_t give_up = os::now() + kPatienceWithTries;
  // C2
  while (known->tries.load(std::memory_order_seq_cst) != 0 && os::now() < give_up) yield();
  const int64_t result = os::close_now(fd);  // C3
  Guard guard(known->lock);
  known->closing.fetch_sub(1, std::memory_order_relaxed);  // C4
  return result;
}

}  // namespace goc
