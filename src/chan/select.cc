// Select, in three passes:
//   1. poll: the cases in random order; one that looks ready is tried under its own lock alone. A
//      case that can be carried out needs nothing from the other channels.
//   2. decide: all channels are locked, in the order of their addresses so that selects cannot wait
//      for each other, and the cases tried again. That none is ready at the same moment can be told
//      only so: one by one, a value might pass from a channel not yet seen to one seen already.
//   3. wait: a waiter in the queue of each case; all locks are released when the caller is parked.
//      The first event claims the sleeper; Sleeper::wait unlinks the others.
// Passes 2 and 3 are those of Go (runtime/select.go), pass 1 spares them where a case is ready.
#include "chan/select.h"

#include <goconc/error.h>

#include <algorithm>
#include <memory>

#include "base/rand.h"
#include "chan/channel.h"
#include "sched/worker.h"

namespace goc {
namespace {

constexpr size_t kInline = 16;

Channel* channel_of(const goc_case& c) {
  return static_cast<Channel*>(reinterpret_cast<Object*>(c.chan));
}

bool would_wait(const goc_case& c) {
  return c.op == GOC_SEND ? channel_of(c)->send_would_wait() : channel_of(c)->recv_would_wait();
}

int try_case(const goc_case& c, Sleeper** wake) {
  return c.op == GOC_SEND ? channel_of(c)->try_send(c.elem, wake)
                          : channel_of(c)->try_recv(c.elem, wake);
}

// The channels of a select, each once, locked and unlocked together.
struct LockSet {
  Channel** channels;
  size_t count;

  void lock() {
    for (size_t i = 0; i < count; ++i) channels[i]->lock.lock();
  }

  // The select may return as soon as the last lock is free: nothing of it is touched after that.
  static void unlock(void* set) {
    Channel** channels = static_cast<LockSet*>(set)->channels;
    for (size_t n = static_cast<LockSet*>(set)->count; n > 0;) {
      Channel* channel = *channels++;
      --n;
      channel->lock.unlock();
    }
  }
};

class Select {
 public:
  // The arrays have room for n elements each.
  Select(goc_case* cases, size_t n, int64_t deadline, Waiter* waiters, uint32_t* order,
         Channel** channels)
      : cases_(cases), deadline_(deadline), waiters_(waiters), order_(order), locks_{channels, 0} {
    for (uint32_t i = 0; i < n; ++i)
      if (cases[i].chan != nullptr) order_[count_++] = i;
    shuffle();
  }

  int run() {
    int fired = poll();
    if (fired >= 0) return fired;
    collect_locks();
    locks_.lock();
    fired = decide();
    if (fired >= 0) return fired;
    if (deadline_ == GOC_NOW || (deadline_ != GOC_FOREVER && os::now() >= deadline_)) {
      LockSet::unlock(&locks_);
      return deadline_ == GOC_NOW ? GOC_EAGAIN : GOC_ETIMEDOUT;
    }
    return wait();
  }

 private:
  void shuffle() {
    static constinit Atom<uint64_t> seed{0x9E3779B97F4A7C15ull};
    Worker* worker = current_worker();
    Rand own(worker != nullptr ? 0 : seed.fetch_add(0xBF58476D1CE4E5B9ull * 2));
    Rand& rand = worker != nullptr ? worker->rand() : own;
    for (uint32_t i = 1; i < count_; ++i) std::swap(order_[i], order_[rand.below(i + 1)]);
  }

  int finish(uint32_t index, int status, Sleeper* wake) {
    if (wake != nullptr) wake->wake();
    cases_[index].status = status;
    return static_cast<int>(index);
  }

  int poll() {
    for (uint32_t i = 0; i < count_; ++i) {
      const uint32_t index = order_[i];
      if (would_wait(cases_[index])) continue;
      Sleeper* wake = nullptr;
      int status;
      {
        Guard guard(channel_of(cases_[index])->lock);
        status = try_case(cases_[index], &wake);
      }
      if (status != Channel::kWouldWait) return finish(index, status, wake);
    }
    return -1;
  }

  void collect_locks() {
    Channel** end = locks_.channels;
    for (uint32_t i = 0; i < count_; ++i) *end++ = channel_of(cases_[order_[i]]);
    std::sort(locks_.channels, end);
    locks_.count = static_cast<size_t>(std::unique(locks_.channels, end) - locks_.channels);
  }

  // Unlocks if a case fired.
  int decide() {
    for (uint32_t i = 0; i < count_; ++i) {
      const uint32_t index = order_[i];
      Sleeper* wake = nullptr;
      const int status = try_case(cases_[index], &wake);
      if (status == Channel::kWouldWait) continue;
      LockSet::unlock(&locks_);
      return finish(index, status, wake);
    }
    return -1;
  }

  int wait() {
    const WaitReason reason = count_ == 0 ? WaitReason::kForEver : WaitReason::kSelect;
    Sleeper sleeper(reason, waiters_, count_, deadline_);
    for (uint32_t i = 0; i < count_; ++i) {
      const goc_case& c = cases_[order_[i]];
      waiters_[i] = {nullptr, nullptr, &sleeper, channel_of(c), &Channel::leave,
                     c.elem,  i,       GOC_OK,   false,         c.op == GOC_SEND};
      channel_of(c)->enqueue(waiters_[i]);
    }
    const uint32_t event = sleeper.wait(count_ == 0 ? nothing() : After{&LockSet::unlock, &locks_});
    if (event == Sleeper::kTimedOut) return GOC_ETIMEDOUT;
    return finish(order_[event - 1], waiters_[event - 1].status, nullptr);
  }

  goc_case* cases_;
  int64_t deadline_;
  Waiter* waiters_;
  uint32_t* order_;
  uint32_t count_ = 0;
  LockSet locks_;
};

int select_one(goc_case& c, int64_t deadline) {
  Channel* channel = channel_of(c);
  const int status =
      c.op == GOC_SEND ? channel->send(c.elem, deadline) : channel->recv(c.elem, deadline);
  if (status != GOC_OK && status != GOC_ECLOSED) return status;
  c.status = status;
  return 0;
}

struct Free {
  void operator()(void* memory) const { os::release(memory); }
};

int select_many(goc_case* cases, size_t n, int64_t deadline) {
  const size_t bytes = n * (sizeof(Waiter) + sizeof(Channel*) + sizeof(uint32_t));
  std::unique_ptr<void, Free> memory(os::allocate(bytes));
  if (memory == nullptr) return GOC_ENOMEM;
  auto* waiters = static_cast<Waiter*>(memory.get());
  auto* channels = reinterpret_cast<Channel**>(waiters + n);
  auto* order = reinterpret_cast<uint32_t*>(channels + n);
  return Select(cases, n, deadline, waiters, order, channels).run();
}

int select_few(goc_case* cases, size_t n, int64_t deadline) {
  Waiter waiters[kInline];
  Channel* channels[kInline];
  uint32_t order[kInline];
  return Select(cases, n, deadline, waiters, order, channels).run();
}

}  // namespace

int select(goc_case* cases, size_t n, int64_t deadline) {
  if (n == 1 && cases[0].chan != nullptr) return select_one(cases[0], deadline);
  return n <= kInline ? select_few(cases, n, deadline) : select_many(cases, n, deadline);
}

}  // namespace goc
