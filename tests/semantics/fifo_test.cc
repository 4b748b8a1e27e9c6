// Go's test/chan/fifo.go, goroutines.go, and ken/chan1.go: order along a buffer, along a queue of those
// who are blocked, and along chains of goroutines. fifo.go's chain of blocked goroutines is
// SelectStress.AChainRunsInOrder of the suite unit.
#include <algorithm>
#include <atomic>
#include <deque>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class FifoProgram : public Procs {};
GOC_FOR_1_2_4(FifoProgram);

TEST_P(FifoProgram, ABufferKeepsTheOrder) {
  on_both([] {
    Chan ch(8, 10);
    for (int round = 0; round < 3; ++round) {
      for (int64_t i = 0; i < 10; ++i) ASSERT_EQ(put(ch, i, GOC_NOW), GOC_OK);
      for (int64_t i = 0; i < 10; ++i) ASSERT_EQ(take(ch, GOC_NOW), i);
    }
  });
}

TEST_P(FifoProgram, TheBlockedAreServedInTheOrderTheyCame) {
  constexpr size_t kBlocked = 10;
  Chan ch(8, 0);
  Group group;
  for (size_t i = 0; i < kBlocked; ++i) {
    group.go([&, i] { EXPECT_EQ(put(ch, static_cast<int64_t>(i)), GOC_OK); });
    eventually([&] { return blocked_senders(ch) == i + 1; });
  }
  for (int64_t i = 0; i < int64_t{kBlocked}; ++i) EXPECT_EQ(take(ch), i);
  group.wait();
  std::vector<int64_t> got(kBlocked, -1);
  for (size_t i = 0; i < kBlocked; ++i) {
    group.go([&, i] { got[i] = take(ch); });
    eventually([&] { return blocked_receivers(ch) == i + 1; });
  }
  for (int64_t i = 0; i < int64_t{kBlocked}; ++i) EXPECT_EQ(put(ch, i), GOC_OK);
  group.wait();
  EXPECT_TRUE(std::is_sorted(got.begin(), got.end()));
}

// Each hands on, to its left, one more than what comes from its right.
TEST_P(FifoProgram, AChainOfManyGoroutinesHandsAValueOn) {
  const size_t links = kSanitized ? 1000 : 10000;
  std::deque<Chan> ends;
  for (size_t i = 0; i <= links; ++i) ends.emplace_back(8, 0);
  Group group;
  for (size_t i = 0; i < links; ++i)
    group.go([&left = ends[i], &right = ends[i + 1]] {
      EXPECT_EQ(put(left, take(right, GOC_FOREVER) + 1, GOC_FOREVER), GOC_OK);
    });
  ASSERT_EQ(put(ends.back(), 0), GOC_OK);
  EXPECT_EQ(take(ends.front()), static_cast<int64_t>(links));
  group.wait();
}

// Many receivers on one channel, a sender who knows none of them: each value arrives once.
TEST_P(FifoProgram, ManyReceiversShareWhatOneSends) {
  constexpr int64_t kEach = 10;
  const int64_t receivers = effort(1000);
  Chan ch(8, 0);
  std::vector<std::atomic<int>> times(static_cast<size_t>(receivers * kEach));
  Group group;
  for (int64_t r = 0; r < receivers; ++r)
    group.go([&] {
      for (int64_t i = 0; i < kEach; ++i) ++times.at(static_cast<size_t>(take(ch)));
    });
  for (int64_t i = 0; i < receivers * kEach; ++i) {
    ASSERT_EQ(put(ch, i), GOC_OK);
    if (i % 7 == 0) goc_yield();
  }
  group.wait();
  EXPECT_TRUE(std::all_of(times.begin(), times.end(), [](const auto& n) { return n == 1; }));
}

// 23 workers between two queues, 271,828 items: nothing is lost and nothing made up (TestMultiConsumer).
TEST_P(FifoProgram, ManyConsumersAndTheSumIsRight) {
  constexpr int64_t kPrimes[] = {2, 3, 7, 11, 13, 17, 19, 23, 27, 31};
  constexpr int kWorkers = 23;
  const int64_t items = effort(271828);
  Chan queue(8, 3 * kWorkers);
  Chan results(8, 3 * kWorkers);
  std::atomic<int> left{kWorkers};
  Group group;
  for (int w = 0; w < kWorkers; ++w)
    group.go([&, w] {
      for (int64_t value; goc_chan_recv(queue, &value, GOC_FOREVER) == GOC_OK;) {
        if (kPrimes[static_cast<size_t>(w) % std::size(kPrimes)] == value) goc_yield();
        ASSERT_EQ(put(results, value, GOC_FOREVER), GOC_OK);
      }
      if (--left == 0) goc_chan_close(results);
    });
  int64_t expected = 0;
  group.go([&] {
    for (int64_t i = 0; i < items; ++i) {
      const int64_t prime = kPrimes[static_cast<size_t>(i) % std::size(kPrimes)];
      expected += prime;
      ASSERT_EQ(put(queue, prime, GOC_FOREVER), GOC_OK);
    }
    goc_chan_close(queue);
  });
  int64_t count = 0;
  int64_t sum = 0;
  for (int64_t value; goc_chan_recv(results, &value, soon()) == GOC_OK; ++count) sum += value;
  group.wait();
  EXPECT_EQ(count, items);
  EXPECT_EQ(sum, expected);
}

}  // namespace
