// Go's TestChan: what blocks, in which order values come, and that each comes once, for capacities
// from 0 to 200.
#include <algorithm>
#include <atomic>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChanBlocking : public Procs {
 protected:
  // Until one has failed.
  static void for_all_capacities(const std::function<void(size_t)>& check, size_t step = 1) {
    for (size_t capacity = 0; capacity <= 200 && !HasFailure(); capacity += step) check(capacity);
  }
};
GOC_FOR_1_2_4(ChanBlocking);

void fill(goc_chan* ch) {
  for (size_t i = 0; i < goc_chan_cap(ch); ++i)
    ASSERT_EQ(put(ch, static_cast<int64_t>(i), GOC_NOW), GOC_OK);
}

TEST_P(ChanBlocking, AReceiveFromAnEmptyOneWaitsForASend) {
  for_all_capacities([](size_t capacity) {
    Chan ch(8, capacity);
    std::atomic<int> received{0};
    Group group;
    for (int i = 0; i < 2; ++i)
      group.go([&] {
        EXPECT_EQ(take(ch), 7);
        ++received;
      });
    eventually([&] { return blocked_receivers(ch) == 2; });
    int64_t value = -1;
    EXPECT_EQ(goc_chan_recv(ch, &value, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(value, -1);
    EXPECT_EQ(received, 0);
    for (int i = 0; i < 2; ++i) ASSERT_EQ(put(ch, 7, GOC_NOW), GOC_OK);
    group.wait();
    EXPECT_EQ(goc_chan_len(ch), 0u) << "both went to those who waited";
  });
}

TEST_P(ChanBlocking, ASendToAFullOneWaitsForAReceive) {
  for_all_capacities([](size_t capacity) {
    Chan ch(8, capacity);
    fill(ch);
    const auto last = static_cast<int64_t>(capacity);
    std::atomic<bool> sent{false};
    Group group;
    group.go([&] {
      EXPECT_EQ(put(ch, last), GOC_OK);
      sent = true;
    });
    eventually([&] { return blocked_senders(ch) == 1; });
    EXPECT_EQ(put(ch, -1, GOC_NOW), GOC_EAGAIN);
    EXPECT_FALSE(sent);
    for (int64_t i = 0; i <= last; ++i) ASSERT_EQ(take(ch, GOC_NOW), i);
    group.wait();
  });
}

TEST_P(ChanBlocking, CloseLetsTheBufferOutThenZeros) {
  for_all_capacities([](size_t capacity) {
    Chan ch(8, capacity);
    fill(ch);
    ASSERT_EQ(goc_chan_close(ch), GOC_OK);
    for (size_t i = 0; i < capacity; ++i) ASSERT_EQ(take(ch), static_cast<int64_t>(i));
    for (int i = 0; i < 2; ++i) {
      int64_t value = -1;
      ASSERT_EQ(goc_chan_recv(ch, &value, soon()), GOC_ECLOSED);
      ASSERT_EQ(value, 0);
    }
  });
}

TEST_P(ChanBlocking, CloseEndsAReceiveThatWaits) {
  for_all_capacities([](size_t capacity) {
    Chan ch(8, capacity);
    Group group;
    group.go([&] {
      int64_t value = -1;
      EXPECT_EQ(goc_chan_recv(ch, &value, soon()), GOC_ECLOSED);
      EXPECT_EQ(value, 0);
    });
    eventually([&] { return blocked_receivers(ch) == 1; });
    ASSERT_EQ(goc_chan_close(ch), GOC_OK);
    group.wait();
  });
}

TEST_P(ChanBlocking, ValuesComeInTheOrderOfTheirSends) {
  for_all_capacities([](size_t capacity) {
    Chan ch(8, capacity);
    Group group;
    group.go([&] {
      for (int64_t i = 0; i < 100; ++i) ASSERT_EQ(put(ch, i), GOC_OK);
    });
    for (int64_t i = 0; i < 100; ++i) ASSERT_EQ(take(ch), i);
    group.wait();
  });
}

constexpr int64_t kParties = 4;

// What each sender sends is numbered; each receiver sees the numbers of each sender rise.
void receive_in_order(goc_chan* ch, int64_t count, int64_t per_sender,
                      std::vector<std::atomic<int>>& times) {
  std::vector<int64_t> last(kParties, -1);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t value = take(ch);
    ++times.at(static_cast<size_t>(value));
    int64_t& before = last.at(static_cast<size_t>(value / per_sender));
    ASSERT_LT(before, value);
    before = value;
  }
}

TEST_P(ChanBlocking, ValuesOfManySendersComeOnceAndInTheOrderOfEach) {
  const auto check = [count = effort(1000)](size_t capacity) {
    Chan ch(8, capacity);
    std::vector<std::atomic<int>> times(static_cast<size_t>(kParties * count));
    Group group;
    for (int64_t party = 0; party < kParties; ++party) {
      group.go([&, party] {
        for (int64_t i = 0; i < count; ++i) ASSERT_EQ(put(ch, party * count + i), GOC_OK);
      });
      group.go([&] { receive_in_order(ch, count, count, times); });
    }
    group.wait();
    EXPECT_TRUE(std::all_of(times.begin(), times.end(), [](const auto& n) { return n == 1; }));
  };
  for (const size_t capacity : {0, 1, 2, 3}) check(capacity);
  for_all_capacities(check, 40);
}

TEST_P(ChanBlocking, LenAndCapOfTheBuffer) {
  for_all_capacities([](size_t capacity) {
    Chan ch(8, capacity);
    ASSERT_EQ(goc_chan_cap(ch), capacity);
    ASSERT_EQ(goc_chan_len(ch), 0u);
    fill(ch);
    ASSERT_EQ(goc_chan_cap(ch), capacity);
    ASSERT_EQ(goc_chan_len(ch), capacity);
  });
}

}  // namespace
