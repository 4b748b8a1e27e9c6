// Ports and operations for tests.
#pragma once

#include <goconc/port.h>

#include <vector>

#include "fixture.h"

namespace goc_test {

class PortHandle {
 public:
  PortHandle() { EXPECT_EQ(goc_port_new(&port_), GOC_OK); }
  ~PortHandle() { goc_port_release(port_); }
  PortHandle(const PortHandle&) = delete;
  PortHandle& operator=(const PortHandle&) = delete;
  operator goc_port*() const { return port_; }

  std::vector<int64_t> poll(int max = 64) {
    std::vector<int64_t> tokens(static_cast<size_t>(max));
    const int count = goc_port_poll(port_, tokens.data(), max);
    EXPECT_GE(count, 0);
    tokens.resize(static_cast<size_t>(count < 0 ? 0 : count));
    return tokens;
  }

 private:
  goc_port* port_ = nullptr;
};

struct alignas(64) Operation : goc_op {
  explicit Operation(int64_t t = 1) : goc_op{} { token = t; }

  int send(goc_chan* chan, int64_t word, goc_port* port = nullptr) {
    value = word;
    return goc_chan_send_op(chan, this, port);
  }
  int receive(goc_chan* chan, goc_port* port = nullptr) {
    value = -1;
    return goc_chan_recv_op(chan, this, port);
  }
  int select(const std::vector<goc_case>& cases, goc_port* port = nullptr, int flags = 0) {
    return goc_select_op(cases.data(), cases.size(), this, port, flags);
  }
};

}  // namespace goc_test
