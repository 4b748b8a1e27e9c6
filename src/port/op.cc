// Op: see op.h.
#include "port/op.h"

#include <cstddef>
#include <new>

#include "chan/select.h"
#include "port/port.h"
#include "sched/runtime.h"

namespace goc {
namespace {

// The token, if the sleeper is an operation of this port: its owner is resumed by the caller. Else
// it is woken in its own way, and the result is 0.
int64_t hand_back(Sleeper& sleeper, Port* port) {
  if (port == nullptr || !sleeper.is_op() || sleeper.port() != port) {
    sleeper.wake();
    return 0;
  }
  Op& op = Op::of(sleeper);
  op.settle();
  release(*port);
  return op.token;
}

Op& op_of(Timer* timer) {
  return *reinterpret_cast<Op*>(reinterpret_cast<char*>(timer) - offsetof(Op, timer));
}
bool expire(Timer* timer) { return op_of(timer).sleeper.claim(Sleeper::kTimedOut); }
void fire(Timer* timer) { op_of(timer).sleeper.wake(); }

}  // namespace

Op& Op::of(Sleeper& sleeper) {
  return *reinterpret_cast<Op*>(reinterpret_cast<char*>(&sleeper) - offsetof(Op, sleeper));
}

void complete_op(Sleeper& sleeper) {
  Op& op = Op::of(sleeper);
  Port* port = sleeper.port();
  op.settle();
  if (port == nullptr) return sleeper.wake_thread();
  port->deliver(op);
  release(*port);
}

// O1.
void Op::begin(WaitReason reason, Waiter* waiters, uint32_t count, Port* port) {
  woken = 0;
  index = 0;
  new (&sleeper) Sleeper(reason, waiters, count, port);
  if (port != nullptr) port->retain();
}

// Gives back what the pending operation held.
void Op::take_back() {
  if (sleeper.waiters() != &first) os::release(sleeper.waiters());
  if (Port* port = sleeper.port()) release(*port);
}

void Op::settle() {
  const uint32_t event = sleeper.settle();
  Waiter* waiters = sleeper.waiters();
  if (event == Sleeper::kTimedOut) {  // a timer's only event
    status = GOC_OK;
  } else {
    status = waiters[event - 1].status;
    index = static_cast<int32_t>(event - 1);
  }
  if (waiters != &first) os::release(waiters);
}

int Op::transfer(Channel& channel, bool sends, void* elem, Port* port, bool may_wait) {
  if (!may_wait && (sends ? channel.send_would_wait() : channel.recv_would_wait()))
    return GOC_EAGAIN;
  if (may_wait && channel.timed())
    if (const int error = g_runtime.ensure_started(); error != GOC_OK) return error;
  Sleeper* wake = nullptr;
  channel.lock.lock();
  const int result = sends ? channel.try_send(elem, &wake) : channel.try_recv(elem, &wake);
  if (result == Channel::kWouldWait) {
    const int pending =
        may_wait ? enlist(channel, sends, elem, port) : static_cast<int>(GOC_EAGAIN);
    channel.lock.unlock();
    return pending;
  }
  channel.lock.unlock();
  status = result;
  index = 0;
  woken = wake != nullptr ? hand_back(*wake, port) : 0;
  return result;
}

// Under the channel's lock.
int Op::enlist(Channel& channel, bool sends, void* elem, Port* port) {
  begin(sends ? WaitReason::kSend : WaitReason::kReceive, &first, 1, port);
  first = {nullptr, nullptr, &sleeper, &channel, &Channel::leave, elem, 0, GOC_OK, false, sends};
  if (channel.enqueue(first)) return GOC_PENDING;
  take_back();
  return GOC_ENOMEM;
}

int Op::select(const goc_case* cases, size_t n, Port* port, bool may_wait) {
  if (n == 1 && cases[0].chan != nullptr) return select_one(cases[0], port, may_wait);
  Waiter* waiters = &first;
  if (n > 1) waiters = static_cast<Waiter*>(os::allocate(n * sizeof(Waiter)));
  if (waiters == nullptr) return GOC_ENOMEM;
  begin(WaitReason::kSelect, waiters, n > 1 ? static_cast<uint32_t>(n) : 0, port);
  const Fired fired = select_op(cases, n, &value, may_wait, sleeper, waiters);
  if (fired.result == GOC_PENDING) return GOC_PENDING;
  take_back();
  if (fired.result != GOC_OK) return fired.result;
  status = fired.status;
  index = static_cast<int32_t>(fired.index);
  if (fired.wake != nullptr) woken = hand_back(*fired.wake, port);
  return GOC_OK;
}

// No channels to sort and to lock, no waiters to allocate.
int Op::select_one(const goc_case& only, Port* port, bool may_wait) {
  auto& channel = *static_cast<Channel*>(reinterpret_cast<Object*>(only.chan));
  void* elem = only.elem != nullptr ? only.elem : &value;
  const int result = transfer(channel, only.op == GOC_SEND, elem, port, may_wait);
  return result == GOC_ECLOSED ? GOC_OK : result;  // the case fired: `status` says how
}

int Op::wait(WaitGroup& wg, Port* port) {
  begin(WaitReason::kWaitGroup, &first, 1, port);
  first = {nullptr, nullptr, &sleeper, &wg, &WaitGroup::leave, nullptr, 0, GOC_OK, false, false};
  if (wg.enlist(first)) {
    wg.lock.unlock();
    return GOC_PENDING;
  }
  take_back();
  status = GOC_OK;
  return GOC_OK;
}

int Op::sleep(int64_t deadline, Port* port) {
  if (const int result = g_runtime.ensure_started(); result != GOC_OK) return result;
  begin(WaitReason::kTimer, &first, 0, port);
  status = GOC_OK;
  if (clock::now() < deadline) {
    new (&timer) Timer(&expire, &fire);
    if (g_runtime.arm(timer, deadline))
      return GOC_PENDING;  // the record may be its completer's already
    status = GOC_ENOMEM;
  }
  take_back();
  return status;
}

int Op::cancel() {
  if (!sleeper.abandon()) return GOC_ETOOLATE;
  if (sleeper.reason() == WaitReason::kTimer && !sleeper.is_the_parents()) g_runtime.disarm(timer);
  take_back();
  return GOC_OK;
}

}  // namespace goc
