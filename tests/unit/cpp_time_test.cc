// goconc::timer, ticker and after_func.
#include <goconc/goconc.hpp>

#include <atomic>
#include <memory>

#include "counted.h"
#include "fixture.h"

namespace {

using goc_test::Counted;
using goc_test::eventually;
using goconc::after_func;
using goconc::recv;
using goconc::select;
using goconc::tick;
using goconc::ticker;
using goconc::timer;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class CppTime : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppTime);

TEST_P(CppTime, ATimerSendsTheTimeForWhichItWasSet) {
  const tick before = clock::now();
  const timer t(1ms);
  const tick sent = *t.chan().recv();
  EXPECT_GE(sent, before + 1ms);
  EXPECT_LE(sent, clock::now());
  EXPECT_FALSE(t.chan().try_recv());
}

TEST_P(CppTime, ATimerIsStoppedAndReset) {
  const timer t(1h);
  EXPECT_TRUE(t.stop());
  EXPECT_FALSE(t.stop());
  EXPECT_FALSE(t.reset(1h));
  EXPECT_TRUE(t.reset(0s));
  EXPECT_TRUE(t.chan().recv());
  EXPECT_FALSE(t.stop()) << "its tick was received";
}

TEST_P(CppTime, TheLastCopyStopsATimer) {
  auto t = std::make_unique<timer>(1ms);
  const goconc::chan<tick> ch = t->chan();
  {
    const timer copy = *t;
    t.reset();
    EXPECT_TRUE(ch.recv());
    copy.reset(0s);
  }
  EXPECT_FALSE(ch.try_recv());
}

TEST_P(CppTime, ATimerIsACaseOfSelect) {
  const timer late(1h);
  const timer early(1ms);
  tick got{};
  EXPECT_EQ(select(recv(late.chan()), recv(early.chan(), [&](auto t) { got = *t; })), 1U);
  EXPECT_GT(got, tick{});
}

TEST_P(CppTime, ALoopReceivesTicks) {
  const ticker t(200us);
  tick last{};
  int count = 0;
  for (const tick now : t.chan()) {
    if (count > 0) {
      EXPECT_EQ((now - last) % 200us, 0us);
    }
    last = now;
    if (++count == 5) break;
  }
  EXPECT_EQ(count, 5);
}

TEST_P(CppTime, ATickerIsStoppedAndReset) {
  const ticker t(1us);
  EXPECT_TRUE(t.stop());
  EXPECT_FALSE(t.chan().try_recv());
  EXPECT_FALSE(t.reset(1ms));
  EXPECT_EQ(select(recv(t.chan())), 0U);
  EXPECT_TRUE(t.reset(1h));
  EXPECT_FALSE(t.chan().try_recv());
}

TEST_P(CppTime, APeriodThatIsNotPositiveIsAnError) {
  const auto expect_invalid = [](auto&& make) {
    try {
      make();
      ADD_FAILURE() << "nothing was thrown";
    } catch (const goconc::error& e) {
      EXPECT_EQ(e.code(), GOC_EINVAL);
    }
  };
  expect_invalid([] { ticker(0s); });
  expect_invalid([] { ticker(-1h); });
  const ticker t(1h);
  expect_invalid([&] { t.reset(0s); });
}

TEST_P(CppTime, AfterFuncCallsAFunctionThatMayBeMoveOnly) {
  std::atomic<int> got{0};
  after_func(1ms, [&, value = Counted(42)] { got = value.value(); });
  eventually([&] { return got == 42 && Counted::alive() == 0; });
}

TEST_P(CppTime, AStoppedCallIsDestroyedWithItsHandle) {
  const auto call = after_func(1h, [value = Counted(1)] { ADD_FAILURE() << "called"; });
  EXPECT_TRUE(call.stop());
  EXPECT_FALSE(call.stop());
  EXPECT_EQ(Counted::alive(), 1);
}

TEST_P(CppTime, ACallIsRepeatedByReset) {
  std::atomic<int> count{0};
  {
    const auto call = after_func(0s, [&, value = Counted(1)] { count += value.value(); });
    for (int i = 1; i <= 3; ++i) {
      eventually([&] { return count == i; });
      if (i < 3) {
        EXPECT_FALSE(call.reset(100us));
      }
    }
    EXPECT_FALSE(call.reset(1h));
    EXPECT_TRUE(call.reset(1h));
    EXPECT_TRUE(call.stop());
    EXPECT_FALSE(call.reset(0s));
    eventually([&] { return count == 4; });
  }
  eventually([] { return Counted::alive() == 0; });
}

TEST_P(CppTime, AHandleMayBeMovedAndDropped) {
  std::atomic<bool> called{false};
  {
    auto call = after_func(1ms, [&, value = Counted(1)] { called = true; });
    const auto moved = std::move(call);
  }
  eventually([&] { return called && Counted::alive() == 0; });
}

}  // namespace
