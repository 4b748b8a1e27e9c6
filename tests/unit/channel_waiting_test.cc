// Channel: who waits on it, in which order they are served, and what ends their wait.
#include <cstring>
#include <string>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChannelWaiting : public Procs {};
GOC_FOR_ALL_PROCS(ChannelWaiting);

constexpr int kMany = 12;

void until_receivers(goc_chan* ch, size_t n) {
  eventually([=] { return blocked_receivers(ch) == n; });
}
void until_senders(goc_chan* ch, size_t n) {
  eventually([=] { return blocked_senders(ch) == n; });
}

// --- Order --------------------------------------------------------------------------------------

void receivers_in_order(size_t capacity, int64_t deadline) {
  Chan ch(8, capacity);
  int64_t got[kMany];
  Crew crew;
  for (int i = 0; i < kMany; ++i) {
    crew.start([&, i] { got[i] = take(ch, deadline); });
    until_receivers(ch, static_cast<size_t>(i) + 1);
  }
  for (int i = 0; i < kMany; ++i) ASSERT_EQ(put(ch, i), GOC_OK);
  crew.wait();
  for (int i = 0; i < kMany; ++i) EXPECT_EQ(got[i], i);
}

TEST_P(ChannelWaiting, ReceiversAreServedInTheOrderTheyCame) {
  for (const size_t capacity : {0, 1, 5}) {
    receivers_in_order(capacity, GOC_FOREVER);
    receivers_in_order(capacity, soon());
  }
}

void senders_in_order(size_t capacity, int64_t deadline) {
  Chan ch(8, capacity);
  int64_t next = 0;
  while (put(ch, next, GOC_NOW) == GOC_OK) ++next;
  Crew crew;
  for (int i = 0; i < kMany; ++i) {
    crew.start([&, value = next++] { ASSERT_EQ(put(ch, value, deadline), GOC_OK); });
    until_senders(ch, static_cast<size_t>(i) + 1);
  }
  for (int64_t i = 0; i < next; ++i) ASSERT_EQ(take(ch), i);
  crew.wait();
}

TEST_P(ChannelWaiting, SendersAreServedInTheOrderTheyCame) {
  for (const size_t capacity : {0, 1, 5}) {
    senders_in_order(capacity, GOC_FOREVER);
    senders_in_order(capacity, soon());
  }
}

TEST_P(ChannelWaiting, AFreedSlotGoesToTheFirstSenderAtOnce) {
  Chan ch(8, 1);
  must_put(ch, 0);
  Crew crew;
  crew.start([&] { ASSERT_EQ(put(ch, 1), GOC_OK); });
  until_senders(ch, 1);
  EXPECT_EQ(take(ch), 0);
  EXPECT_EQ(goc_chan_len(ch), 1u) << "its value has moved up";
  EXPECT_EQ(put(ch, 2, GOC_NOW), GOC_EAGAIN) << "nobody overtakes it";
  EXPECT_EQ(take(ch), 1);
  crew.wait();
}

TEST_P(ChannelWaiting, WhoHasLeftIsPassedOver) {
  Chan ch(8, 0);
  Chan end(0, 0);
  int64_t got[2] = {};
  Crew crew;
  crew.start([&] { got[0] = take(ch); });
  until_receivers(ch, 1);
  crew.start([&] {
    int64_t value = 7;
    goc_case cases[] = {receiving(ch, &value), receiving(end, nullptr)};
    EXPECT_EQ(goc_select(cases, 2, soon()), 1);
    EXPECT_EQ(value, 7) << "the element is untouched";
  });
  until_receivers(ch, 2);
  crew.start([&] { got[1] = take(ch); });
  until_receivers(ch, 3);
  ASSERT_EQ(goc_chan_send(end, nullptr, soon()), GOC_OK);
  until_receivers(ch, 2);
  ASSERT_EQ(put(ch, 10), GOC_OK);
  ASSERT_EQ(put(ch, 20), GOC_OK);
  crew.wait();
  EXPECT_EQ(got[0], 10);
  EXPECT_EQ(got[1], 20);
}

// --- Deadlines ----------------------------------------------------------------------------------

TEST_P(ChannelWaiting, ADeadlineEndsAReceive) {
  Chan ch(8, 1);
  on_both([&] {
    int64_t value = 7;
    const int64_t deadline = goc_deadline(2 * GOC_MILLISECOND);
    EXPECT_EQ(goc_chan_recv(ch, &value, deadline), GOC_ETIMEDOUT);
    EXPECT_GE(goc_now(), deadline);
    EXPECT_EQ(value, 7);
    EXPECT_EQ(blocked_receivers(ch), 0u);
  });
}

TEST_P(ChannelWaiting, ADeadlineEndsASend) {
  Chan ch(8, 1);
  must_put(ch, 1);
  on_both([&] {
    const int64_t deadline = goc_deadline(2 * GOC_MILLISECOND);
    EXPECT_EQ(put(ch, 2, deadline), GOC_ETIMEDOUT);
    EXPECT_GE(goc_now(), deadline);
    EXPECT_EQ(blocked_senders(ch), 0u);
  });
  EXPECT_EQ(take(ch), 1);
  EXPECT_EQ(goc_chan_len(ch), 0u) << "what timed out was not sent";
}

// --- Close --------------------------------------------------------------------------------------

TEST_P(ChannelWaiting, CloseWakesAllReceiversWithZeros) {
  for (const size_t capacity : {0, 2}) {
    Chan ch(16, capacity);
    Crew crew;
    for (int i = 0; i < kMany; ++i)
      crew.start([&, deadline = i % 3 != 0 ? soon() : GOC_FOREVER] {
        char elem[17];
        std::memset(elem, 'x', sizeof elem);
        EXPECT_EQ(goc_chan_recv(ch, elem, deadline), GOC_ECLOSED);
        EXPECT_EQ(std::string(elem, 17), std::string(16, 0) + 'x');
      });
    until_receivers(ch, kMany);
    EXPECT_EQ(goc_chan_close(ch), GOC_OK);
    crew.wait();
    EXPECT_EQ(blocked_receivers(ch), 0u);
  }
}

TEST_P(ChannelWaiting, CloseWakesAllSendersWhoKeepTheirValues) {
  for (const size_t capacity : {0, 2}) {
    Chan ch(8, capacity);
    for (size_t i = 0; i < capacity; ++i) must_put(ch, static_cast<int64_t>(i));
    Crew crew;
    for (int i = 0; i < kMany; ++i)
      crew.start([&, i, deadline = i % 3 != 0 ? soon() : GOC_FOREVER] {
        int64_t value = 100 + i;
        EXPECT_EQ(goc_chan_send(ch, &value, deadline), GOC_ECLOSED);
        EXPECT_EQ(value, 100 + i);
      });
    until_senders(ch, kMany);
    EXPECT_EQ(goc_chan_close(ch), GOC_OK);
    crew.wait();
    for (size_t i = 0; i < capacity; ++i) EXPECT_EQ(take(ch), static_cast<int64_t>(i));
    EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_ECLOSED);
  }
}

TEST_P(ChannelWaiting, EachSideMayBeAGoroutineOrAThread) {
  for (int sides = 0; sides < 4; ++sides)
    for (const size_t capacity : {0, 1, 8}) {
      Chan ch(8, capacity);
      Crew crew;
      const auto start = [&](bool thread, const std::function<void()>& f) {
        thread ? crew.thread(f) : crew.goroutine(f);
      };
      start(sides % 2 != 0, [&] {
        for (int64_t i = 0; i < 200; ++i) ASSERT_EQ(put(ch, i), GOC_OK);
      });
      start(sides / 2 != 0, [&] {
        for (int64_t i = 0; i < 200; ++i) ASSERT_EQ(take(ch), i);
      });
      crew.wait();
    }
}

// --- Life ---------------------------------------------------------------------------------------

// Releases the last reference while somebody waits on the channel, in a select that then ends by
// another channel: until that moment the channel lives.
void keeps_alive(bool thread, bool sends) {
  const int64_t before = goc::Channel::live_count();
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 8, 0), GOC_OK);
  Chan end(0, 0);
  Crew crew;
  const auto waiter = [&, ch] {
    int64_t value = 0;
    goc_case cases[] = {sends ? sending(ch, &value) : receiving(ch, &value),
                        receiving(end, nullptr)};
    EXPECT_EQ(goc_select(cases, 2, soon()), 1);
  };
  thread ? crew.thread(waiter) : crew.goroutine(waiter);
  eventually([&] { return blocked_senders(ch) + blocked_receivers(ch) == 1; });
  goc_chan_release(ch);
  EXPECT_EQ(goc::Channel::live_count(), before + 2);
  goc_chan_release(ch);  // once too often, and without effect
  EXPECT_EQ(goc::Channel::live_count(), before + 2);
  ASSERT_EQ(goc_chan_send(end, nullptr, soon()), GOC_OK);
  crew.wait();
  EXPECT_EQ(goc::Channel::live_count(), before + 1);
}

TEST_P(ChannelWaiting, WhoWaitsKeepsTheChannelAlive) {
  for (const bool thread : {false, true})
    for (const bool sends : {false, true}) keeps_alive(thread, sends);
}

TEST_P(ChannelWaiting, TheLastWhoLeavesFreesAReleasedChannel) {
  const int64_t before = goc::Channel::live_count();
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 8, 0), GOC_OK);
  Chan end(0, 0);
  Crew crew;
  for (int i = 0; i < 4; ++i)
    crew.start([&, ch] {
      goc_case cases[] = {receiving(ch, nullptr), receiving(end, nullptr), receiving(ch, nullptr)};
      EXPECT_EQ(goc_select(cases, 3, soon()), 1);
    });
  until_receivers(ch, 8);
  goc_chan_release(ch);
  goc_chan_close(end);
  crew.wait();
  EXPECT_EQ(goc::Channel::live_count(), before + 1);
}

TEST_P(ChannelWaiting, ADeadlineFreesAReleasedChannel) {
  const int64_t before = goc::Channel::live_count();
  for (int i = 0; i < 20; ++i) {
    goc_chan* ch = nullptr;
    ASSERT_EQ(goc_chan_new(&ch, 8, 0), GOC_OK);
    goc_chan_retain(ch);
    Crew crew;
    crew.start([=] {
      EXPECT_EQ(goc_chan_recv(ch, nullptr, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
      goc_chan_release(ch);
    });
    goc_chan_release(ch);
    crew.wait();
    EXPECT_EQ(goc::Channel::live_count(), before);
  }
}

TEST_P(ChannelWaiting, ShutdownTakesAbandonedGoroutinesOutOfTheQueues) {
  Chan full(8, 0);
  Chan empty(8, 0);
  go_for_ever([&] { must_put(full, 1, GOC_FOREVER); });
  go_for_ever([&] { goc_chan_recv(empty, nullptr, GOC_FOREVER); });
  until_senders(full, 1);
  until_receivers(empty, 1);
  ASSERT_EQ(goc_shutdown(soon()), 2);
  EXPECT_EQ(blocked_senders(full), 0u);
  EXPECT_EQ(blocked_receivers(empty), 0u);
  EXPECT_EQ(put(empty, 1, GOC_NOW), GOC_EAGAIN);
}

}  // namespace
