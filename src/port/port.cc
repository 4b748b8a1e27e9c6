// Port: see port.h.
#include "port/port.h"

#include "sched/runtime.h"

namespace goc {
namespace {
constinit ObjectPool<Port> g_ports;

// A posted token is an operation with no sleeper.
bool is_posted(const Op& op) { return op.woken != 0; }
}  // namespace

Port* Port::make() { return g_ports.make(); }
void Port::destroy(Port& port) { g_ports.destroy(&port); }
int64_t Port::live_count() { return g_ports.live(); }
Lock& Port::pool_lock() { return g_ports.lock(); }

Port::Port() : Object(kTag) { g_outside.ports.fetch_add(1, std::memory_order_relaxed); }

Port::~Port() {
  g_outside.ports.fetch_sub(1, std::memory_order_relaxed);
  while (Op* op = queue_.pop())
    if (is_posted(*op)) os::release(op);
  if (const int fd = descriptor_.load(std::memory_order_relaxed); fd >= 0) os::event_close(fd);
}

bool Port::post(int64_t token) {
  auto* op = static_cast<Op*>(os::allocate(sizeof(Op)));
  if (op == nullptr) return false;
  op->token = token;
  op->woken = 1;
  retain();  // whoever takes the token may drop the last reference meanwhile
  deliver(*op);
  release(*this);
  return true;
}

void Port::deliver(Op& op) {
  bool first;
  {
    Guard guard(lock_);
    first = queue_.empty();
    queue_.push(&op);  // D1
  }
  if (first) write_descriptor();
  tell();
}

void Port::tell() {
  events_.fetch_add(1, std::memory_order_seq_cst);                                // D2
  if (waiting_.load(std::memory_order_seq_cst) != 0) os::futex_wake(events_, 1);  // D3
}

void Port::write_descriptor() const {
  const int fd = descriptor_.load(std::memory_order_acquire);
  if (fd >= 0) os::event_set(fd);
}

int Port::poll(int64_t* tokens, int max) {
  const int fd = descriptor_.load(std::memory_order_acquire);
  if (fd >= 0) os::event_reset(fd);
  int count = 0;
  bool more;
  Fifo<Op> posted;
  {
    Guard guard(lock_);
    while (count < max && !queue_.empty()) {
      Op* op = queue_.pop();
      tokens[count++] = op->token;
      if (is_posted(*op)) posted.push(op);
    }
    more = !queue_.empty();
  }
  if (more) write_descriptor();
  while (Op* op = posted.pop()) os::release(op);
  return count;
}

int Port::wait(int64_t* tokens, int max, int64_t deadline) {
  retain();  // whoever has the last reference may drop it meanwhile
  waiting_.fetch_add(1, std::memory_order_seq_cst);  // W1
  int result = 0;
  for (bool in_time = true; result == 0;) {
    const uint32_t seen = events_.load(std::memory_order_seq_cst);  // W2
    result = poll(tokens, max);
    if (result == 0 && take_interrupt()) result = GOC_EINTR;
    if (result == 0 && !in_time) result = GOC_ETIMEDOUT;
    if (result == 0) in_time = g_runtime.rest.wait(events_, seen, deadline, Hope::kOutside);  // W3
  }
  waiting_.fetch_sub(1, std::memory_order_relaxed);
  release(*this);
  return result;
}

bool Port::take_interrupt() {
  return interrupted_.load(std::memory_order_relaxed) &&
         interrupted_.exchange(false, std::memory_order_relaxed);
}

void Port::interrupt() {
  interrupted_.store(true, std::memory_order_relaxed);
  tell();
}

int Port::descriptor() {
  int fd = descriptor_.load(std::memory_order_acquire);
  if (fd >= 0) return fd;
  const int made = os::event_open();
  if (made < 0) return -1;
  if (!descriptor_.compare_exchange_strong(fd, made, std::memory_order_acq_rel)) {
    os::event_close(made);
    return fd;
  }
  os::event_set(made);  // there may be something already
  return made;
}

}  // namespace goc
