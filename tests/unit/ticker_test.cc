// Tickers: times that keep to the grid of their period, and are lost rather than piled up.
#include <algorithm>
#include <mutex>
#include <vector>

#include "ops.h"
#include "timers.h"

namespace {

using namespace goc_test;

class Ticker : public Procs {};
GOC_FOR_ALL_PROCS(Ticker);

TEST_P(Ticker, SendsTimesThatAreWholePeriodsApart) {
  on_both([] {
    const int64_t period = 200 * GOC_MICROSECOND + 1;
    const int64_t before = goc_now();
    const Ticks ticks(period);
    const int64_t after = goc_now();
    const int64_t first = take(ticks.chan);
    EXPECT_GE(first, before + period);
    EXPECT_LE(first, after + period);
    for (int64_t last = first, i = 0; i < 20; ++i) {
      const int64_t tick = take(ticks.chan);
      EXPECT_GT(tick, last);
      EXPECT_LE(tick, goc_now()) << "not before its time";
      EXPECT_EQ((tick - first) % period, 0);
      last = tick;
    }
  });
}

TEST_P(Ticker, ASlowReceiverGetsTheFirstTickThatItMissedAndLosesTheOthers) {
  on_both([] {
    const Ticks ticks(GOC_MILLISECOND);
    const int64_t first = take(ticks.chan);
    const int64_t received = goc_now();
    goc_sleep(10 * GOC_MILLISECOND);
    const int64_t late = goc_now();
    const int64_t missed = take(ticks.chan);
    EXPECT_GT(missed, first);
    EXPECT_LE(missed, received + GOC_MILLISECOND);
    EXPECT_GT(take(ticks.chan), late) << "what lay between is lost";
  });
}

TEST_P(Ticker, APeriodThatIsNotPositiveIsRefused) {
  for (const int64_t ns : {INT64_C(0), INT64_C(-1), INT64_MIN}) {
    goc_ticker* ticker = nullptr;
    goc_chan* ch = nullptr;
    EXPECT_EQ(goc_ticker_new(&ticker, &ch, ns), GOC_EINVAL);
    EXPECT_EQ(ticker, nullptr);
    EXPECT_EQ(ch, nullptr);
  }
}

TEST_P(Ticker, ARefusedResetLeavesItRunning) {
  const Ticks ticks(GOC_MILLISECOND);
  const int64_t first = take(ticks.chan);
  for (const int64_t ns : {INT64_C(0), INT64_C(-1), INT64_MIN})
    EXPECT_EQ(goc_ticker_reset(ticks.ticker, ns), GOC_EINVAL);
  EXPECT_EQ((take(ticks.chan) - first) % GOC_MILLISECOND, 0);
}

TEST_P(Ticker, StopsAndStartsAnew) {
  on_both([] {
    const Ticks ticks(1);
    EXPECT_EQ(goc_ticker_stop(ticks.ticker), 1);
    EXPECT_EQ(goc_ticker_stop(ticks.ticker), 0);
    EXPECT_TRUE(silent(ticks.chan));
    EXPECT_EQ(goc_chan_is_closed(ticks.chan), 0);
    EXPECT_EQ(goc_ticker_reset(ticks.ticker, GOC_MILLISECOND), 0);
    const int64_t first = take(ticks.chan);
    EXPECT_EQ((take(ticks.chan) - first) % GOC_MILLISECOND, 0);
    EXPECT_EQ(goc_ticker_reset(ticks.ticker, kNever), 1);
    EXPECT_TRUE(silent(ticks.chan)) << "no tick of before";
  });
}

TEST_P(Ticker, StopLeavesWaitersWaiting) {
  const Ticks ticks(kNever);
  Group group;
  group.go([&] { take(ticks.chan); });
  eventually([&] { return blocked_receivers(ticks.chan) == 1; });
  EXPECT_EQ(goc_ticker_stop(ticks.ticker), 1);
  EXPECT_EQ(blocked_receivers(ticks.chan), 1u);
  EXPECT_EQ(goc_ticker_reset(ticks.ticker, 1), 0);
  group.wait();
}

TEST_P(Ticker, IsInAHeapOnlyWhileSomebodyWaits) {
  const Ticks ticks(GOC_MILLISECOND);
  for (int i = 0; i < 3; ++i) {
    run([&] { take(ticks.chan); });
    EXPECT_TRUE(heaps_are_empty());
  }
  const Ticks slow(kNever);
  Operation op;
  ASSERT_EQ(op.receive(slow.chan), GOC_PENDING);
  EXPECT_FALSE(heaps_are_empty());
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  EXPECT_TRUE(heaps_are_empty());
}

TEST_P(Ticker, EachOfThoseWhoWaitGetsATick) {
  const Ticks ticks(GOC_MILLISECOND);
  Operation ops[3];
  std::vector<Operation*> pending;
  for (Operation& op : ops)
    if (op.receive(ticks.chan) == GOC_PENDING) pending.push_back(&op);
  for (Operation* op : pending) EXPECT_EQ(goc_op_wait(op, soon()), GOC_OK);
}

// Several receive from one ticker, goroutines and threads, with recv and with select.
TEST_P(Ticker, EachTickIsForOneReceiver) {
  const int64_t period = 50 * GOC_MICROSECOND;
  const size_t wanted = static_cast<size_t>(effort(1000)) + 100;
  const Ticks ticks(period);
  Chan stop(0, 0);
  std::mutex mutex;
  std::vector<int64_t> got;
  Crew crew;
  for (int i = 0; i < 6; ++i)
    crew.start([&] {
      for (int64_t tick = 0;;) {
        goc_case cases[] = {receiving(ticks.chan, &tick), receiving(stop, nullptr)};
        if (goc_select(cases, 2, soon()) != 0) return;
        const std::lock_guard<std::mutex> guard(mutex);
        got.push_back(tick);
        if (got.size() == wanted) goc_chan_close(stop);
      }
    });
  crew.wait();
  ASSERT_GE(got.size(), wanted);
  std::sort(got.begin(), got.end());
  for (size_t i = 1; i < got.size(); ++i) {
    ASSERT_GT(got[i], got[i - 1]) << "received twice";
    ASSERT_EQ((got[i] - got[0]) % period, 0);
  }
}

TEST_P(Ticker, APeriodBeyondTheEndOfTimeIsForEver) {
  const Ticks ticks(INT64_MAX);
  EXPECT_TRUE(silent(ticks.chan));
  EXPECT_EQ(goc_ticker_stop(ticks.ticker), 1);
}

TEST_P(Ticker, ItsChannelMayBeBorrowedAndGoesWithIt) {
  goc_ticker* ticker = nullptr;
  ASSERT_EQ(goc_ticker_new(&ticker, nullptr, 1), GOC_OK);
  goc_chan* ch = goc_ticker_chan(ticker);
  EXPECT_GT(take(ch), 0);
  EXPECT_EQ(goc_ticker_retain(ticker), ticker);
  goc_ticker_release(ticker);
  EXPECT_GT(take(ch), 0) << "one reference is left";
  goc_ticker_release(ticker);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_EBADHANDLE);
}

TEST_P(Ticker, TheLastReleaseStopsIt) {
  goc_ticker* ticker = nullptr;
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_ticker_new(&ticker, &ch, 1), GOC_OK);
  goc_ticker_release(ticker);
  EXPECT_TRUE(silent(ch));
  goc_chan_release(ch);
}

// A tick is never older than the last reset said it would be.
TEST_P(Ticker, StressEachResetGivesItsOwnTicks) {
  const int64_t rounds = effort(1000);
  Crew crew;
  for (uint64_t i = 0; i < 6; ++i)
    crew.start([=] {
      Dice dice(i + 1);
      const Ticks ticks(1);
      for (int64_t n = 0; n < rounds; ++n) {
        const int64_t ns = 1 + dice.below(30) * GOC_MICROSECOND;
        const int64_t due = goc_deadline(ns);
        ASSERT_EQ(goc_ticker_reset(ticks.ticker, ns), 1);
        if (dice.one_in(2)) {
          ASSERT_GE(take(ticks.chan), due);
        }
      }
    });
  crew.wait();
}

}  // namespace
