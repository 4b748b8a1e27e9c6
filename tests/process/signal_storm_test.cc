// A thousand signals a second, whose handlers restart nothing: no wait of a plain thread ends early or
// with EINTR, and goroutines notice nothing.
#include "signal_storm.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "fixture.h"
#include "ops.h"
#include "pipe.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::Operation;
using goc_test::Pipe;
using goc_test::SignalStorm;
using goc_test::soon;

class Storm : public goc_test::Procs {
 protected:
  void SetUp() override {
    storm_.emplace();  // its thread is not the runtime's
    Procs::SetUp();
  }

  // Runs f, which waits on this thread, until signals have come meanwhile.
  void until_interrupted(const std::function<void()>& f) const {
    const int64_t deadline = soon();
    for (const int64_t before = handled(); handled() == before && !HasFailure();) {
      ASSERT_LT(goc_now(), deadline) << "there is no storm";
      f();
    }
  }
  // Returns when some more signals have come.
  void weather() const {
    const int64_t before = handled();
    eventually([&] { return handled() > before + 10; });
  }

 private:
  int64_t handled() const { return storm_->handled(); }

  std::optional<SignalStorm> storm_;
};
GOC_FOR_ALL_PROCS(Storm);

TEST_P(Storm, ADeadlineOfAPlainThreadIsWaitedFor) {
  Chan chan(8, 0);
  int64_t value;
  const auto wait_until = [&](const std::function<int(int64_t)>& wait) {
    until_interrupted([&] {
      const int64_t deadline = goc_deadline(20 * GOC_MILLISECOND);
      EXPECT_EQ(wait(deadline), GOC_ETIMEDOUT);
      EXPECT_GE(goc_now(), deadline);
    });
  };
  wait_until([&](int64_t deadline) { return goc_chan_recv(chan, &value, deadline); });
  wait_until([&](int64_t deadline) { return goc_chan_send(chan, &value, deadline); });
  wait_until([&](int64_t deadline) { return goc_select(nullptr, 0, deadline); });
  wait_until([&](int64_t deadline) {
    Operation op;
    EXPECT_EQ(op.receive(chan), GOC_PENDING);
    const int result = goc_op_wait(&op, deadline);
    EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
    return result;
  });
  wait_until([&](int64_t deadline) {
    goc_sleep_until(deadline);
    return GOC_ETIMEDOUT;
  });
}

TEST_P(Storm, APlainThreadWaitsForEverUntilSomebodyComes) {
  Chan chan(8, 0);
  Group group;
  group.go([&] {
    const int64_t value = 5;
    weather();
    EXPECT_EQ(goc_chan_send(chan, &value, soon()), GOC_OK);
    weather();
  });
  int64_t value = 0;
  EXPECT_EQ(goc_chan_recv(chan, &value, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(value, 5);
  EXPECT_EQ(goc_wg_wait(group.wg(), GOC_FOREVER), GOC_OK);
}

TEST_P(Storm, ASystemCallOfAGoroutineIsNotInterrupted) {
  Pipe pipe;
  Group group;
  for (int i = 0; i < 4; ++i)
    group.go([&] { EXPECT_FALSE(pipe.read_one()) << "signals arrive on a worker's thread"; });
  weather();
  for (int i = 0; i < 4; ++i) pipe.write_one();
  group.wait();
}

TEST_P(Storm, ShutdownWaitsForGoroutines) {
  goc::Atom<bool> ended{false};
  goc_test::go([&] {
    weather();
    ended = true;
  });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_TRUE(ended);
}

TEST_P(Storm, StressNothingIsLostBetweenGoroutinesAndThreads) {
  const int64_t many = effort(20000);
  Chan there(8, 0);
  Chan back(8, 1);
  Group group;
  group.go([&] {
    int64_t value;
    while (goc_chan_recv(there, &value, soon()) == GOC_OK)
      ASSERT_EQ(goc_chan_send(back, &value, soon()), GOC_OK);
  });
  for (int64_t i = 0; i < many; ++i) {
    int64_t value = -1;
    ASSERT_EQ(goc_chan_send(there, &i, soon()), GOC_OK);
    ASSERT_EQ(goc_chan_recv(back, &value, soon()), GOC_OK);
    ASSERT_EQ(value, i);
  }
  goc_chan_close(there);
  group.wait();
}

}  // namespace
