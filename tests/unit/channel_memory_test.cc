// Channel: the memory model. Plain variables are handed from one side to the other; a missing order
// is a wrong value here, and a data race for ThreadSanitizer.
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChannelMemory : public Procs {};
GOC_FOR_ALL_PROCS(ChannelMemory);

constexpr int64_t kRounds = 300;

// Runs both sides, each as a goroutine and as a thread.
void for_all_sides(const std::function<void()>& a, const std::function<void()>& b) {
  for (int sides = 0; sides < 4; ++sides) {
    Crew crew;
    sides % 2 != 0 ? crew.thread(a) : crew.goroutine(a);
    sides / 2 != 0 ? crew.thread(b) : crew.goroutine(b);
    crew.wait();
  }
}

TEST_P(ChannelMemory, ASendHappensBeforeItsReceiveCompletes) {
  for (const size_t capacity : {0, 1, 16}) {
    Chan ch(8, capacity);
    std::vector<int64_t> data(kRounds);
    for_all_sides(
        [&] {
          for (int64_t i = 0; i < kRounds; ++i) {
            data[static_cast<size_t>(i)] = i + 1000;
            ASSERT_EQ(put(ch, i, GOC_FOREVER), GOC_OK);
          }
        },
        [&] {
          for (int64_t i = 0; i < kRounds; ++i) {
            const auto at = static_cast<size_t>(take(ch));
            ASSERT_EQ(data[at], i + 1000);
            data[at] = 0;
          }
        });
  }
}

TEST_P(ChannelMemory, ASendBySelectHappensBeforeItsReceiveBySelectCompletes) {
  Chan ch(8, 0);
  Chan other(8, 0);
  std::vector<int64_t> data(kRounds);
  for_all_sides(
      [&] {
        for (int64_t i = 0; i < kRounds; ++i) {
          data[static_cast<size_t>(i)] = i + 1000;
          goc_case cases[] = {receiving(other, nullptr), sending(ch, &i)};
          ASSERT_EQ(goc_select(cases, 2, soon()), 1);
        }
      },
      [&] {
        for (int64_t i = 0; i < kRounds; ++i) {
          int64_t at = -1;
          goc_case cases[] = {receiving(ch, &at), receiving(other, nullptr)};
          ASSERT_EQ(goc_select(cases, 2, soon()), 0);
          ASSERT_EQ(data[static_cast<size_t>(at)], i + 1000);
          data[static_cast<size_t>(at)] = 0;
        }
      });
}

TEST_P(ChannelMemory, TheKthReceiveHappensBeforeTheSendThatComesCapacityLaterCompletes) {
  for (const size_t capacity : {0, 1, 5}) {
    Chan ch(8, capacity);
    const auto c = static_cast<int64_t>(capacity);
    std::vector<int64_t> done(kRounds);
    for_all_sides(
        [&] {
          for (int64_t i = 0; i < kRounds; ++i) {
            ASSERT_EQ(put(ch, i, GOC_FOREVER), GOC_OK);
            if (i < c) continue;
            ASSERT_EQ(done[static_cast<size_t>(i - c)], i - c + 1);
            done[static_cast<size_t>(i - c)] = 0;
          }
        },
        [&] {
          for (int64_t i = 0; i < kRounds; ++i) {
            done[static_cast<size_t>(i)] = i + 1;
            ASSERT_EQ(take(ch), i);
          }
        });
  }
}

TEST_P(ChannelMemory, ACloseHappensBeforeAReceiveThatReturnsBecauseOfIt) {
  for (int round = 0; round < 50; ++round) {
    Chan ch(8, 0);
    int data = 0;
    for_all_sides(
        [&] {
          if (goc_chan_is_closed(ch)) return;
          data = 1;
          ASSERT_EQ(goc_chan_close(ch), GOC_OK);
        },
        [&] {
          ASSERT_EQ(goc_chan_recv(ch, nullptr, soon()), GOC_ECLOSED);
          ASSERT_EQ(data, 1);
        });
  }
}

TEST_P(ChannelMemory, ACloseHappensBeforeItIsSeen) {
  for (int round = 0; round < 50; ++round) {
    Chan ch(8, 0);
    int data = 0;
    Crew crew;
    crew.start([&] {
      data = 1;
      goc_chan_close(ch);
    });
    crew.start([&] {
      eventually([&] { return goc_chan_is_closed(ch) != 0; });
      ASSERT_EQ(data, 1);
    });
    crew.wait();
  }
}

TEST_P(ChannelMemory, AChannelOfOneIsAMutex) {
  for (const bool by_send : {false, true}) {
    Chan ch(0, 1);
    if (!by_send) goc_chan_send(ch, nullptr, GOC_NOW);
    const auto in = [&] {
      return by_send ? goc_chan_send(ch, nullptr, soon()) : goc_chan_recv(ch, nullptr, soon());
    };
    const auto out = [&] {
      return by_send ? goc_chan_recv(ch, nullptr, soon()) : goc_chan_send(ch, nullptr, soon());
    };
    int64_t counter = 0;
    Crew crew;
    for (int i = 0; i < 8; ++i)
      crew.start([&] {
        for (int64_t n = 0; n < kRounds; ++n) {
          ASSERT_EQ(in(), GOC_OK);
          ++counter;
          ASSERT_EQ(out(), GOC_OK);
        }
      });
    crew.wait();
    EXPECT_EQ(counter, 8 * kRounds);
  }
}

}  // namespace
