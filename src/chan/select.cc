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
#include "sched/runtime.h"

namespace goc {
namespace {

constexpr size_t kInline = 16;

Channel* channel_of(const goc_case& c) {
  return static_cast<Channel*>(reinterpret_cast<Object*>(c.chan));
}

bool would_wait(const goc_case& c) {
  return c.op == GOC_SEND ? channel_of(c)->send_would_wait() : channel_of(c)->recv_would_wait();
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

// What a select needs only until it waits; n of each.
struct Scratch {
  uint32_t* order;
  Channel** channels;
};

class Select {
 public:
  // `value` stands for elements that are null.
  Select(const goc_case* cases, size_t n, void* value, const Scratch& scratch)
      : cases_(cases),
        n_(static_cast<uint32_t>(n)),
        value_(value),
        order_(scratch.order),
        locks_{scratch.channels, 0} {
    for (uint32_t i = 0; i < n_; ++i)
      if (cases[i].chan != nullptr) order_[count_++] = i;
    shuffle();
  }

  // True if a case fired: see fired(). Else all channels are locked.
  bool attempt() {
    if (poll()) return true;
    collect_locks();
    locks_.lock();
    return decide();
  }
  const Fired& fired() const { return fired_; }

  // The waiter of case i is waiters[i]; without a channel it has no object. False without memory: then
  // nobody waits.
  bool enqueue(Sleeper& sleeper, Waiter* waiters) {
    for (uint32_t i = 0; count_ != n_ && i < n_; ++i) waiters[i].object = nullptr;
    for (uint32_t i = 0; i < count_; ++i) {
      const uint32_t index = order_[i];
      const goc_case& c = cases_[index];
      waiters[index] = {nullptr,    nullptr, &sleeper, channel_of(c), &Channel::leave,
                        elem_of(c), index,   GOC_OK,   false,         c.op == GOC_SEND};
      if (!channel_of(c)->enqueue(waiters[index])) [[unlikely]] {
        while (i > 0) dequeue(waiters[order_[--i]]);
        return false;
      }
    }
    return true;
  }
  void unlock() { LockSet::unlock(&locks_); }
  After unlocking() { return count_ == 0 ? nothing() : After{&LockSet::unlock, &locks_}; }
  bool waits_for_nothing() const { return count_ == 0; }

 private:
  static void dequeue(Waiter& waiter) { static_cast<Channel*>(waiter.object)->dequeue(waiter); }

  void shuffle() {
    static constinit Atom<uint64_t> seed{0x9E3779B97F4A7C15ull};
    Worker* worker = current_worker();
    Rand own(worker != nullptr ? 0 : seed.fetch_add(0xBF58476D1CE4E5B9ull * 2));
    Rand& rand = worker != nullptr ? worker->rand() : own;
    for (uint32_t i = 1; i < count_; ++i) std::swap(order_[i], order_[rand.below(i + 1)]);
  }

  void* elem_of(const goc_case& c) const { return c.elem != nullptr ? c.elem : value_; }

  // Under the channel's lock.
  bool try_case(uint32_t index) {
    const goc_case& c = cases_[index];
    Sleeper* wake = nullptr;
    const int status = c.op == GOC_SEND ? channel_of(c)->try_send(elem_of(c), &wake)
                                        : channel_of(c)->try_recv(elem_of(c), &wake);
    if (status == Channel::kWouldWait) return false;
    fired_ = {GOC_OK, index, status, wake};
    return true;
  }

  bool poll() {
    for (uint32_t i = 0; i < count_; ++i) {
      const uint32_t index = order_[i];
      if (would_wait(cases_[index])) continue;
      Guard guard(channel_of(cases_[index])->lock);
      if (try_case(index)) return true;
    }
    return false;
  }

  void collect_locks() {
    Channel** end = locks_.channels;
    for (uint32_t i = 0; i < count_; ++i) *end++ = channel_of(cases_[order_[i]]);
    std::sort(locks_.channels, end);
    locks_.count = static_cast<size_t>(std::unique(locks_.channels, end) - locks_.channels);
  }

  // Unlocks if a case fired.
  bool decide() {
    for (uint32_t i = 0; i < count_; ++i) {
      if (!try_case(order_[i])) continue;
      unlock();
      return true;
    }
    return false;
  }

  const goc_case* cases_;
  const uint32_t n_;
  void* value_;
  uint32_t* order_;
  uint32_t count_ = 0;
  LockSet locks_;
  Fired fired_;
};

// Who waits for a tick needs a worker that looks at the clock; none can be started under locks.
int start_runtime_for_ticks(const goc_case* cases, size_t n) {
  if (g_runtime.started()) return GOC_OK;
  for (size_t i = 0; i < n; ++i)
    if (cases[i].chan != nullptr && channel_of(cases[i])->timed())
      return g_runtime.ensure_started();
  return GOC_OK;
}

// `waiters` has room for n.
int select_with(goc_case* cases, size_t n, int64_t deadline, Waiter* waiters,
                const Scratch& scratch) {
  if (deadline != GOC_NOW)
    if (const int error = start_runtime_for_ticks(cases, n); error != GOC_OK) return error;
  Select select(cases, n, nullptr, scratch);
  if (select.attempt()) {
    const Fired& fired = select.fired();
    if (fired.wake != nullptr) fired.wake->wake();
    cases[fired.index].status = fired.status;
    return static_cast<int>(fired.index);
  }
  if (deadline == GOC_NOW || (deadline != GOC_FOREVER && clock::now() >= deadline)) {
    select.unlock();
    return deadline == GOC_NOW ? GOC_EAGAIN : GOC_ETIMEDOUT;
  }
  const bool for_ever = select.waits_for_nothing();
  Sleeper sleeper(for_ever ? WaitReason::kForEver : WaitReason::kSelect, waiters,
                  static_cast<uint32_t>(for_ever ? 0 : n), deadline);
  if (!select.enqueue(sleeper, waiters)) {
    select.unlock();
    return GOC_ENOMEM;
  }
  const uint32_t event = sleeper.wait(select.unlocking());
  if (event == Sleeper::kTimedOut) return GOC_ETIMEDOUT;
  cases[event - 1].status = waiters[event - 1].status;
  return static_cast<int>(event - 1);
}

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
using Memory = std::unique_ptr<void, Free>;

Scratch carve(void* memory, size_t n) {
  auto* channels = static_cast<Channel**>(memory);
  return {reinterpret_cast<uint32_t*>(channels + n), channels};
}
constexpr size_t kScratchBytes = sizeof(Channel*) + sizeof(uint32_t);  // of a case

int select_many(goc_case* cases, size_t n, int64_t deadline) {
  const Memory memory(os::allocate(n * (sizeof(Waiter) + kScratchBytes)));
  if (memory == nullptr) return GOC_ENOMEM;
  auto* waiters = static_cast<Waiter*>(memory.get());
  return select_with(cases, n, deadline, waiters, carve(waiters + n, n));
}

int select_few(goc_case* cases, size_t n, int64_t deadline) {
  Waiter waiters[kInline];
  Channel* channels[kInline];
  uint32_t order[kInline];
  return select_with(cases, n, deadline, waiters, {order, channels});
}

}  // namespace

int select(goc_case* cases, size_t n, int64_t deadline) {
  if (n == 1 && cases[0].chan != nullptr) return select_one(cases[0], deadline);
  return n <= kInline ? select_few(cases, n, deadline) : select_many(cases, n, deadline);
}

Fired select_op(const goc_case* cases, size_t n, void* value, bool may_wait, Sleeper& sleeper,
                Waiter* waiters) {
  Channel* channels[kInline];
  uint32_t order[kInline];
  Scratch scratch{order, channels};
  Memory memory;
  if (n > kInline) {
    memory.reset(os::allocate(n * kScratchBytes));
    if (memory == nullptr) return {GOC_ENOMEM};
    scratch = carve(memory.get(), n);
  }
  if (may_wait)
    if (const int error = start_runtime_for_ticks(cases, n); error != GOC_OK) return {error};
  Select select(cases, n, value, scratch);
  if (select.attempt()) return select.fired();
  int result = GOC_EAGAIN;
  if (may_wait) result = select.enqueue(sleeper, waiters) ? GOC_PENDING : GOC_ENOMEM;
  select.unlock();  // from here on the operation may be over
  return {result};
}

}  // namespace goc
