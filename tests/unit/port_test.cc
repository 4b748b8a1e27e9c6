// Ports: tokens arrive once, in order, by polling, waiting and a descriptor.
#include "port/port.h"

#include <poll.h>

#include <thread>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"
#include "ops.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::FailingCalls;
using goc_test::Operation;
using goc_test::PortHandle;
using goc_test::soon;

class Ports : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(Ports);

bool readable(int fd) {
  pollfd at{fd, POLLIN, 0};
  return poll(&at, 1, 0) == 1;
}

TEST_P(Ports, BadInputGivesCodesAndChangesNothing) {
  PortHandle port;
  int64_t token = 7;
  EXPECT_EQ(goc_port_new(nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_port_poll(nullptr, &token, 1), GOC_EINVAL);
  EXPECT_EQ(goc_port_poll(port, nullptr, 1), GOC_EINVAL);
  EXPECT_EQ(goc_port_poll(port, &token, 0), GOC_EINVAL);
  EXPECT_EQ(goc_port_post(port, 0), GOC_EINVAL);
  EXPECT_EQ(goc_port_post(nullptr, 1), GOC_EINVAL);
  EXPECT_EQ(goc_port_fd(nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_port_interrupt(nullptr), GOC_EINVAL);
  Chan chan(8, 1);
  EXPECT_EQ(goc_port_post(reinterpret_cast<goc_port*>(static_cast<goc_chan*>(chan)), 1),
            GOC_EBADHANDLE);
  goc_port_release(nullptr);
  EXPECT_EQ(goc_port_poll(port, &token, 1), 0);
  EXPECT_EQ(token, 7);
}

TEST_P(Ports, PostedTokensArriveInOrderAndNoMoreThanAskedFor) {
  PortHandle port;
  for (int64_t token = 1; token <= 5; ++token) ASSERT_EQ(goc_port_post(port, token), GOC_OK);
  EXPECT_EQ(port.poll(2), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(port.poll(9), (std::vector<int64_t>{3, 4, 5}));
  EXPECT_EQ(port.poll(9), (std::vector<int64_t>{}));
}

TEST_P(Ports, WaitKeepsItsDeadline) {
  PortHandle port;
  int64_t token;
  EXPECT_EQ(goc_port_wait(port, &token, 1, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_port_wait(port, &token, 1, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  ASSERT_EQ(goc_port_post(port, 3), GOC_OK);
  EXPECT_EQ(goc_port_wait(port, &token, 1, GOC_NOW), 1);
  EXPECT_EQ(token, 3);
}

TEST_P(Ports, WaitEndsWithAPostOrAnInterrupt) {
  PortHandle port;
  goc::Atom<int> result{0};
  std::thread waiter([&] {
    int64_t token;
    EXPECT_EQ(goc_port_wait(port, &token, 1, soon()), 1);
    EXPECT_EQ(token, 9);
    result = goc_port_wait(port, &token, 1, soon());
  });
  EXPECT_EQ(goc_port_post(port, 9), GOC_OK);
  EXPECT_EQ(goc_port_interrupt(port), GOC_OK);
  waiter.join();
  EXPECT_EQ(result, GOC_EINTR);
  int64_t token;
  EXPECT_EQ(goc_port_wait(port, &token, 1, GOC_NOW), GOC_EAGAIN) << "one wait, not two";
}

TEST_P(Ports, AnInterruptBeforeTheWaitIsNotLost) {
  PortHandle port;
  int64_t token;
  EXPECT_EQ(goc_port_interrupt(port), GOC_OK);
  EXPECT_EQ(goc_port_wait(port, &token, 1, soon()), GOC_EINTR);
}

TEST_P(Ports, AWaitOnAGoroutineLeavesTheProcessorToOthers) {
  PortHandle port;
  goc_test::run([&] {
    goc_test::go([&] { EXPECT_EQ(goc_port_post(port, 4), GOC_OK); });
    int64_t token = 0;
    EXPECT_EQ(goc_port_wait(port, &token, 1, soon()), 1);
    EXPECT_EQ(token, 4);
  });
}

TEST_P(Ports, TheDescriptorIsReadableWhileThereAreTokens) {
  PortHandle port;
  ASSERT_EQ(goc_port_post(port, 1), GOC_OK);
  const int fd = goc_port_fd(port);
  ASSERT_GE(fd, 0);
  EXPECT_EQ(goc_port_fd(port), fd);
  EXPECT_TRUE(readable(fd)) << "what came before the descriptor counts";
  ASSERT_EQ(goc_port_post(port, 2), GOC_OK);
  EXPECT_EQ(port.poll(1), std::vector<int64_t>{1});
  EXPECT_TRUE(readable(fd)) << "one token is left";
  EXPECT_EQ(port.poll(1), std::vector<int64_t>{2});
  EXPECT_EQ(port.poll(1), std::vector<int64_t>{});
  EXPECT_FALSE(readable(fd));
  ASSERT_EQ(goc_port_post(port, 3), GOC_OK);
  EXPECT_TRUE(readable(fd));
}

TEST_P(Ports, WithoutMemoryOrDescriptorsNothingHasHappened) {
  PortHandle port;
  {
    FailingCalls none(goc::os::Call::kAllocate);
    EXPECT_EQ(goc_port_post(port, 1), GOC_ENOMEM);
  }
  {
    FailingCalls none(goc::os::Call::kDescriptor);
    EXPECT_EQ(goc_port_fd(port), GOC_EAGAIN);
  }
  EXPECT_EQ(port.poll(), std::vector<int64_t>());
  EXPECT_GE(goc_port_fd(port), 0);
}

TEST_P(Ports, PendingOperationsKeepThePort) {
  Chan chan(8, 0);
  Operation op;
  {
    PortHandle port;
    ASSERT_EQ(op.receive(chan, port), GOC_PENDING);
  }
  EXPECT_EQ(goc::Port::live_count(), 1);
  EXPECT_EQ(goc_chan_close(chan), GOC_OK);
  EXPECT_EQ(goc::Port::live_count(), 0);
  EXPECT_EQ(op.status, GOC_ECLOSED);
}

TEST_P(Ports, AWaitingThreadKeepsThePort) {
  goc_port* port = nullptr;
  ASSERT_EQ(goc_port_new(&port), GOC_OK);
  auto& object = *reinterpret_cast<goc::Object*>(port);
  std::thread waiter([&] {
    int64_t token;
    EXPECT_EQ(goc_port_wait(port, &token, 1, soon()), GOC_EINTR);
  });
  eventually([&] { return object.refs.load(std::memory_order_relaxed) == 2; });
  goc_port_release(port);
  EXPECT_EQ(goc_port_interrupt(port), GOC_OK) << "it lives as long as somebody waits";
  waiter.join();
}

TEST_P(Ports, TokensThatNobodyFetchesGoWithThePort) {
  PortHandle port;
  ASSERT_EQ(goc_port_post(port, 1), GOC_OK);
  ASSERT_GE(goc_port_fd(port), 0);
}

// Each post may meet the waiter at any step of its falling asleep, and nothing follows that would
// wake it.
TEST_P(Ports, StressALoneTokenWakesTheWaiter) {
  PortHandle port;
  const int64_t count = effort(50000);
  goc::Atom<int64_t> seen{0};
  std::thread waiter([&] {
    for (int64_t i = 1; i <= count; ++i) {
      int64_t token = 0;
      ASSERT_EQ(goc_port_wait(port, &token, 1, soon()), 1);
      ASSERT_EQ(token, i);
      seen = i;
    }
  });
  for (int64_t i = 1; i <= count && !HasFailure(); ++i) {
    for (int64_t pause = i % 64; pause > 0; --pause) goc::cpu_relax();
    ASSERT_EQ(goc_port_post(port, i), GOC_OK);
    while (seen != i && !HasFailure()) goc::cpu_relax();
  }
  waiter.join();
}

TEST_P(Ports, StressEveryTokenArrivesOnceWhoeverWaits) {
  PortHandle port;
  const int64_t each = effort(100000);
  std::vector<std::thread> threads;
  for (int64_t poster = 0; poster < 3; ++poster)
    threads.emplace_back([&, poster] {
      for (int64_t i = 1; i <= each; ++i) ASSERT_EQ(goc_port_post(port, poster * each + i), GOC_OK);
    });
  goc::Atom<int64_t> count{0}, sum{0};
  for (int waiter = 0; waiter < 2; ++waiter)
    threads.emplace_back([&] {
      int64_t tokens[16];
      while (count < 3 * each) {
        const int got = goc_port_wait(port, tokens, 16, soon());
        if (got == GOC_EINTR) continue;
        ASSERT_GT(got, 0);
        for (int i = 0; i < got; ++i) sum += tokens[i];
        count += got;
        if (count == 3 * each) goc_port_interrupt(port);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 3 * each);
  EXPECT_EQ(sum, 3 * each * (3 * each + 1) / 2);
}

}  // namespace
