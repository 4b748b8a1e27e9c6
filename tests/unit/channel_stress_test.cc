// Channel under storms: no value is lost or doubled, and nobody sleeps for ever.
#include <atomic>
#include <memory>
#include <tuple>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChannelStress : public Procs {};
GOC_FOR_ALL_PROCS(ChannelStress);

constexpr int kActors = 6;  // on each side
constexpr size_t kCapacities[] = {0, 1, 7, 64};

// Counts how often each value arrives.
class Ledger {
 public:
  explicit Ledger(int64_t values) : times_(static_cast<size_t>(values)) {}
  void arrived(int64_t value) { ++times_.at(static_cast<size_t>(value)); }
  int64_t count(int times) const {
    int64_t n = 0;
    for (const auto& t : times_) n += t == times;
    return n;
  }
  int64_t values() const { return static_cast<int64_t>(times_.size()); }

 private:
  std::vector<std::atomic<int>> times_;
};

int64_t any_deadline(Dice& dice) {
  switch (dice.below(4)) {
    case 0:
      return GOC_NOW;
    case 1:
      return goc_deadline(dice.below(50) * GOC_MICROSECOND);
    case 2:
      return goc_deadline(dice.below(3) * GOC_MILLISECOND);
    default:
      return soon();
  }
}

bool gave_up(int result) { return result == GOC_EAGAIN || result == GOC_ETIMEDOUT; }

// Tries until the value is sent. False: closed.
bool send_at_last(goc_chan* ch, int64_t value, Dice& dice) {
  int result;
  while (gave_up(result = put(ch, value, any_deadline(dice)))) goc_yield();
  return result == GOC_OK;
}

// Receives until the channel is closed; values of one sender must come in order.
void receive_all(goc_chan* ch, Ledger& ledger, int64_t each, uint64_t seed) {
  Dice dice(seed);
  std::vector<int64_t> last(kActors, -1);
  for (int64_t value = 0;;) {
    const int result = goc_chan_recv(ch, &value, any_deadline(dice));
    if (result == GOC_ECLOSED) return;
    if (gave_up(result)) {
      goc_yield();
      continue;
    }
    ASSERT_EQ(result, GOC_OK);
    ledger.arrived(value);
    int64_t& before = last.at(static_cast<size_t>(value / each));
    ASSERT_GT(value, before) << "overtaken";
    before = value;
  }
}

TEST_P(ChannelStress, NoValueIsLostOrDoubled) {
  const int64_t each = effort(3000);
  for (const size_t capacity : kCapacities) {
    Chan ch(8, capacity);
    Ledger ledger(kActors * each);
    std::atomic<int> sending{kActors};
    Crew crew;
    for (int64_t s = 0; s < kActors; ++s) {
      crew.start([&, s] {
        Dice dice(static_cast<uint64_t>(s) + 1);
        for (int64_t i = 0; i < each; ++i) ASSERT_TRUE(send_at_last(ch, s * each + i, dice));
        if (--sending == 0) goc_chan_close(ch);
      });
      crew.start([&, s] { receive_all(ch, ledger, each, static_cast<uint64_t>(s) + 100); });
    }
    crew.wait();
    EXPECT_EQ(ledger.count(1), ledger.values());
  }
}

TEST_P(ChannelStress, WithoutDeadlinesNobodySleepsForEver) {
  const int64_t each = effort(5000);
  for (const size_t capacity : kCapacities) {
    Chan ch(8, capacity);
    std::atomic<int64_t> sum{0};
    Group group;
    for (int i = 0; i < kActors; ++i) {
      group.go([&] {
        for (int64_t n = 1; n <= each; ++n) ASSERT_EQ(put(ch, n, GOC_FOREVER), GOC_OK);
      });
      group.go([&] {
        int64_t mine = 0;
        for (int64_t n = 1; n <= each; ++n) mine += take(ch, GOC_FOREVER);
        sum += mine;
      });
    }
    group.wait();
    EXPECT_EQ(sum, kActors * each * (each + 1) / 2);
  }
}

// The channel is closed while everybody is busy: what was accepted arrives, the rest stays.
void close_in_a_storm(size_t capacity, uint64_t seed) {
  constexpr int64_t kEach = 40;
  Chan ch(8, capacity);
  Ledger ledger(kActors * kEach);
  std::atomic<int64_t> accepted{0};
  Crew crew;
  for (int64_t s = 0; s < kActors; ++s) {
    const auto send = [&, s] {
      Dice dice(seed + static_cast<uint64_t>(s));
      for (int64_t i = 0; i < kEach && send_at_last(ch, s * kEach + i, dice); ++i) ++accepted;
    };
    s == 0 ? crew.thread(send) : crew.goroutine(send);
    const auto receive = [&, s] {
      receive_all(ch, ledger, kEach, seed + 50 + static_cast<uint64_t>(s));
    };
    s == 1 ? crew.thread(receive) : crew.goroutine(receive);
  }
  Dice dice(seed + 99);
  const int64_t enough = dice.below(kActors * kEach);
  eventually([&] { return accepted >= enough; });
  EXPECT_EQ(goc_chan_close(ch), GOC_OK);
  crew.wait();
  EXPECT_EQ(ledger.count(1), accepted);
  EXPECT_EQ(ledger.count(0) + ledger.count(1), ledger.values());
  EXPECT_EQ(goc_chan_len(ch), 0u);
}

TEST_P(ChannelStress, WhatWasAcceptedBeforeTheCloseArrives) {
  for (int64_t round = 0; round < effort(100); ++round)
    close_in_a_storm(kCapacities[round % 4], static_cast<uint64_t>(round) * 1000 + 7);
}

TEST_P(ChannelStress, OneOfManyClosesIt) {
  for (int64_t round = 0; round < effort(100); ++round) {
    Chan ch(8, 0);
    std::atomic<int> closed{0};
    Crew crew;
    for (int i = 0; i < kActors; ++i) {
      crew.goroutine([&] { EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_FOREVER), GOC_ECLOSED); });
      crew.goroutine([&] { closed += goc_chan_close(ch) == GOC_OK; });
    }
    crew.wait();
    EXPECT_EQ(closed, 1);
  }
}

// Deadlines that end at the moment of the meeting: both sides agree whether they met.
TEST_P(ChannelStress, BothSidesAgreeAtTheDeadline) {
  for (const size_t capacity : {0, 1}) {
    Chan ch(8, capacity);
    std::atomic<int64_t> sent{0};
    std::atomic<int64_t> received{0};
    Crew crew;
    for (int i = 0; i < kActors; ++i) {
      crew.start([&, i] {
        Dice dice(static_cast<uint64_t>(i) + 1);
        for (int64_t n = 0; n < effort(1000); ++n)
          sent += put(ch, n, goc_deadline(dice.below(30) * GOC_MICROSECOND)) == GOC_OK;
      });
      crew.start([&, i] {
        Dice dice(static_cast<uint64_t>(i) + 50);
        for (int64_t n = 0; n < effort(1000); ++n) {
          int64_t value = -1;
          const int result =
              goc_chan_recv(ch, &value, goc_deadline(dice.below(30) * GOC_MICROSECOND));
          ASSERT_EQ(value != -1, result == GOC_OK);
          received += result == GOC_OK;
        }
      });
    }
    crew.wait();
    EXPECT_EQ(sent, received + static_cast<int64_t>(goc_chan_len(ch)));
    EXPECT_EQ(blocked_senders(ch) + blocked_receivers(ch), 0u);
  }
}

// Channels that die under those who wait on them, while others take their memory.
TEST_P(ChannelStress, HandlesComeAndGo) {
  const int64_t rounds = effort(500);
  Crew crew;
  for (int i = 0; i < kActors; ++i)
    crew.start([=] {
      for (int64_t n = 0; n < rounds; ++n) {
        goc_chan* ch = nullptr;
        ASSERT_EQ(goc_chan_new(&ch, 8, 0), GOC_OK);
        goc_chan_retain(ch);
        go([=] {
          std::ignore = put(ch, n, goc_deadline(20 * GOC_MICROSECOND));
          goc_chan_release(ch);
        });
        int64_t value = n;
        goc_chan_recv(ch, &value, goc_deadline(20 * GOC_MICROSECOND));
        ASSERT_EQ(value, n);
        goc_chan_release(ch);
      }
    });
  crew.wait();
}

}  // namespace
