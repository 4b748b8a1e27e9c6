// goconc/port.h
#include <goconc/port.h>

#include "capi/handle.h"
#include "port/port.h"
#include "sched/worker.h"

using goc::Channel;
using goc::Op;
using goc::Port;
using goc::WaitGroup;
using goc::with;

namespace {

// Calls use(Op&, Port*) for a good record and a good port, or none; the error otherwise.
template <class Use>
int start(goc_op* op, goc_port* port, Use use) {
  if (op == nullptr) return GOC_EINVAL;
  if (port == nullptr) return use(Op::of(*op), nullptr);
  if (op->token == 0) return GOC_EINVAL;
  return with<Port>(port, [&](Port& p) { return use(Op::of(*op), &p); });
}

bool carries_words(const Channel& channel) { return channel.elem_size() == sizeof(goc_op::value); }

// Blocks the thread although it may run a goroutine: another worker takes over meanwhile.
struct Blocking {
  Blocking() : worker(goc::current_goroutine() != nullptr ? goc::current_worker() : nullptr) {
    if (worker != nullptr) worker->set_blocking(true);
  }
  ~Blocking() {
    if (worker != nullptr) worker->end_blocking();
  }
  goc::Worker* worker;
};

int check_for_op(const goc_case& c) {
  if (c.op != GOC_SEND && c.op != GOC_RECV) return GOC_EINVAL;
  if (c.chan == nullptr) return GOC_OK;
  return with<Channel>(c.chan, [](Channel& channel) {
    return static_cast<int>(carries_words(channel) ? GOC_OK : GOC_EINVAL);
  });
}

}  // namespace

size_t goc_op_size(void) { return sizeof(goc_op); }

int goc_port_new(goc_port** out) {
  return out != nullptr ? goc::give(out, Port::make()) : static_cast<int>(GOC_EINVAL);
}
goc_port* goc_port_retain(goc_port* port) { return goc::retain_handle<Port>(port); }
void goc_port_release(goc_port* port) { goc::release_handle<Port>(port); }

int goc_port_poll(goc_port* port, int64_t* tokens, int max) {
  if (tokens == nullptr || max < 1) return GOC_EINVAL;
  return with<Port>(port, [&](Port& p) { return p.poll(tokens, max); });
}

int goc_port_wait(goc_port* port, int64_t* tokens, int max, int64_t deadline) {
  const int ready = goc_port_poll(port, tokens, max);
  if (ready != 0) return ready;
  if (deadline == GOC_NOW) return GOC_EAGAIN;
  return with<Port>(port, [&](Port& p) {
    Blocking blocking;
    return p.wait(tokens, max, deadline);
  });
}

int goc_port_interrupt(goc_port* port) {
  return with<Port>(port, [](Port& p) {
    p.interrupt();
    return static_cast<int>(GOC_OK);
  });
}

int goc_port_fd(goc_port* port) {
  return with<Port>(port, [](Port& p) {
    const int fd = p.descriptor();
    return fd >= 0 ? fd : static_cast<int>(GOC_EAGAIN);
  });
}

int goc_port_post(goc_port* port, int64_t token) {
  if (token == 0) return GOC_EINVAL;
  return with<Port>(port,
                    [&](Port& p) { return static_cast<int>(p.post(token) ? GOC_OK : GOC_ENOMEM); });
}

int goc_chan_send_op(goc_chan* ch, goc_op* op, goc_port* port) {
  return with<Channel>(ch, [&](Channel& c) {
    if (!carries_words(c)) return static_cast<int>(GOC_EINVAL);
    return start(op, port, [&](Op& o, Port* p) { return o.send(c, p); });
  });
}

int goc_chan_recv_op(goc_chan* ch, goc_op* op, goc_port* port) {
  return with<Channel>(ch, [&](Channel& c) {
    if (!carries_words(c)) return static_cast<int>(GOC_EINVAL);
    return start(op, port, [&](Op& o, Port* p) { return o.receive(c, p); });
  });
}

int goc_select_op(const goc_case* cases, size_t n, goc_op* op, goc_port* port, int flags) {
  if ((cases == nullptr && n > 0) || n > GOC_SELECT_MAX || (flags & ~GOC_OP_NOW) != 0)
    return GOC_EINVAL;
  for (size_t i = 0; i < n; ++i)
    if (const int error = check_for_op(cases[i]); error != GOC_OK) return error;
  return start(op, port,
               [&](Op& o, Port* p) { return o.select(cases, n, p, (flags & GOC_OP_NOW) == 0); });
}

int goc_wg_wait_op(goc_wg* wg, goc_op* op, goc_port* port) {
  return with<WaitGroup>(wg, [&](WaitGroup& w) {
    return start(op, port, [&](Op& o, Port* p) { return o.wait(w, p); });
  });
}

int goc_timer_op(int64_t deadline, goc_op* op, goc_port* port) {
  if (deadline == GOC_FOREVER) return GOC_EINVAL;
  return start(op, port, [&](Op& o, Port* p) { return o.sleep(deadline, p); });
}

int goc_op_wait(goc_op* op, int64_t deadline) {
  if (op == nullptr) return GOC_EINVAL;
  Blocking blocking;
  return Op::of(*op).sleeper.wait_interruptibly(deadline);
}

void goc_op_interrupt(goc_op* op) {
  if (op != nullptr) Op::of(*op).sleeper.interrupt();
}

int goc_op_cancel(goc_op* op) { return op != nullptr ? Op::of(*op).cancel() : GOC_EINVAL; }
