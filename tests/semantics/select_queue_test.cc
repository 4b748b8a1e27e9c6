// Selects and the queues that they wait in: Go's test/chan/select.go, select2.go, select6.go, and
// TestSelfSelect, TestSelectStress, TestSelectDuplicateChannel.
#include <malloc.h>

#include <array>
#include <atomic>
#include <deque>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class SelectQueue : public Procs {};
GOC_FOR_1_2_4(SelectQueue);

// Sends the bits of a counter, each to whichever of two channels takes it; a channel that has taken one
// is out of the select (select.go).
void send_to_both(goc_chan* a, goc_chan* b, std::atomic<int64_t>& counter, bool wait) {
  std::array<goc_chan*, 2> left = {a, b};
  while (left[0] != nullptr || left[1] != nullptr) {
    const int64_t value = counter++;
    goc_case cases[] = {sending(left[0], &value), sending(left[1], &value)};
    const int fired = goc_select(cases, 2, wait ? GOC_FOREVER : GOC_NOW);
    if (fired == GOC_EAGAIN) goc_yield();
    if (fired >= 0) left.at(static_cast<size_t>(fired)) = nullptr;
  }
}

TEST_P(SelectQueue, ACaseIsSwitchedOffByNull) {
  for (const bool wait : {true, false}) {
    std::atomic<int64_t> counter{0};
    Chan a(8, 1);
    Chan b(8, 1);
    send_to_both(a, b, counter, wait);
    EXPECT_EQ(take(a) + take(b), 0 + 1) << "each took one, though both had room for the first";
    Chan c(8, 0);
    Chan d(8, 0);
    Group group;
    for (int i = 0; i < 2; ++i) group.go([&, wait] { send_to_both(c, d, counter, wait); });
    for (int i = 0; i < 2; ++i) {
      EXPECT_GE(take(c), 2);
      EXPECT_GE(take(d), 2);
    }
    group.wait();
  }
}

// --- What selects leave behind --------------------------------------------------------------------

int64_t heap_in_use() {
  const auto info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

// A sender and a receiver that each select over the channel and others that stay silent: a queue that
// kept what was left behind would grow with every value (select2.go).
void exchange(size_t silent, int64_t values) {
  Chan ch(8, 0);
  std::deque<Chan> others;
  for (size_t i = 0; i < silent; ++i) others.emplace_back(8, 0);
  const auto repeat = [&](bool sends) {
    for (int64_t i = 0; i < values; ++i) {
      std::array<goc_case, 32> cases;
      cases[0] = sends ? sending(ch, &i) : receiving(ch, nullptr);
      for (size_t n = 0; n < silent; ++n) cases.at(n + 1) = receiving(others[n], nullptr);
      ASSERT_EQ(goc_select(cases.data(), silent + 1, GOC_FOREVER), 0);
    }
  };
  Group group;
  for (const bool sends : {true, false}) group.go([&repeat, sends] { repeat(sends); });
  group.wait();
  for (const Chan& other : others) EXPECT_EQ(blocked_receivers(other), 0u);
}

// Without a sanitizer, whose memory is not malloc's; LeakSanitizer would find a leak itself.
TEST_P(SelectQueue, ManySelectsLeaveNoMemory) {
  for (const size_t silent : {1, 20}) {
    const int64_t values = effort(silent == 1 ? 100000 : 20000);
    exchange(silent, values / 10);
    const int64_t before = heap_in_use();
    exchange(silent, values);
    EXPECT_TRUE(kSanitized || heap_in_use() - before < 100000) << silent;
  }
}

// Those who wait before and behind a select that ends by another channel are still served, in order
// (select6.go).
TEST_P(SelectQueue, ASelectThatLostLeavesTheOthersInTheQueue) {
  for (const bool sends : {false, true}) {
    Chan ch(8, 0);
    Chan other(8, 0);
    std::array<int64_t, 3> elems = {0, 1, 2};
    Group group;
    for (size_t i = 0; i < elems.size(); ++i) {
      group.go([&, i, sends] {
        goc_case cases[] = {sends ? sending(ch, &elems[i]) : receiving(ch, &elems[i]),
                            receiving(other, nullptr)};
        EXPECT_EQ(goc_select(cases, i == 1 ? 2 : 1, soon()), i == 1 ? 1 : 0);
      });
      eventually([&] { return blocked_receivers(ch) + blocked_senders(ch) == i + 1; });
    }
    ASSERT_EQ(put(other, 1), GOC_OK);
    eventually([&] { return blocked_receivers(ch) + blocked_senders(ch) == 2; });
    for (const int64_t value : {0, 2}) {
      const int64_t result = sends ? take(ch) : put(ch, value + 10);
      EXPECT_EQ(result, sends ? value : 0);
    }
    group.wait();
    EXPECT_EQ(elems, (sends ? std::array<int64_t, 3>{0, 1, 2} : std::array<int64_t, 3>{10, 1, 12}));
  }
}

// --- The same channel more than once ----------------------------------------------------------------

// Two selects, each of which sends and receives on one channel: without a buffer none gets its own.
TEST_P(SelectQueue, ASelectDoesNotReceiveFromItself) {
  const int64_t rounds = effort(20000);
  for (const size_t capacity : {0, 10}) {
    Chan ch(8, capacity);
    Group group;
    for (const int64_t me : {0, 1})
      group.go([&, me, capacity] {
        for (int64_t i = 0; i < rounds; ++i) {
          int64_t in = -1;
          const goc_case send = sending(ch, &me);
          const goc_case receive = receiving(ch, &in);
          goc_case cases[] = {me == 0 ? send : receive, me == 0 ? receive : send};
          ASSERT_GE(goc_select(cases, 2, soon()), 0);
          ASSERT_TRUE(capacity != 0 || in != me) << "its own value";
        }
      });
    group.wait();
  }
}

// A select that stands twice in a queue leaves it altogether when another channel ends it.
TEST_P(SelectQueue, ASelectThatStandsTwiceInAQueueDoesNotCutItOff) {
  Chan ch(8, 0);
  Chan end(8, 0);
  Chan report(8, 0);
  Group group;
  group.go([&] {
    goc_case cases[] = {receiving(ch, nullptr), receiving(ch, nullptr), receiving(end, nullptr)};
    EXPECT_EQ(goc_select(cases, 3, soon()), 2);
    EXPECT_EQ(put(report, 9), GOC_OK);
  });
  eventually([&] { return blocked_receivers(ch) == 2 && blocked_receivers(end) == 1; });
  group.go([&] { EXPECT_EQ(take(ch), 8); });
  eventually([&] { return blocked_receivers(ch) == 3; });
  EXPECT_EQ(put(end, 7), GOC_OK);
  EXPECT_EQ(take(report), 9);
  EXPECT_EQ(blocked_receivers(ch), 1u);
  EXPECT_EQ(put(ch, 8), GOC_OK);
  group.wait();
}

// --- All at once ------------------------------------------------------------------------------------

// Four channels; on each one sends and one receives, and a select sends to all and one receives from
// all. Whoever has done its share of a channel takes it out.
class Exchange {
 public:
  explicit Exchange(int64_t values) : values_(values) {
    for (const size_t capacity : {0, 0, 2, 3}) channels_.emplace_back(8, capacity);
  }
  void alone(Group& group, bool sends) {
    for (goc_chan* ch : channels_)
      group.go([this, ch, sends] {
        for (int64_t i = 0; i < values_; ++i) ASSERT_GE(sends ? put(ch, i) : take(ch), 0);
      });
  }
  void by_select(Group& group, bool sends) {
    group.go([this, sends] {
      std::array<goc_case, 4> cases;
      std::array<int64_t, 4> done{};
      int64_t value = 0;
      for (size_t i = 0; i < 4; ++i)
        cases[i] = sends ? sending(channels_[i], &value) : receiving(channels_[i], &value);
      for (int64_t n = 0; n < 4 * values_; ++n) {
        const int fired = goc_select(cases.data(), 4, soon());
        ASSERT_GE(fired, 0);
        const auto at = static_cast<size_t>(fired);
        ASSERT_EQ(cases[at].status, GOC_OK);
        if (++done[at] == values_) cases[at].chan = nullptr;
      }
    });
  }
  bool is_over() const {
    for (const Chan& ch : channels_)
      if (goc_chan_len(ch) + blocked_receivers(ch) + blocked_senders(ch) != 0) return false;
    return true;
  }

 private:
  const int64_t values_;
  std::deque<Chan> channels_;
};

TEST_P(SelectQueue, StressSendsAndReceivesAloneAndBySelectBalance) {
  Exchange exchange(effort(20000));
  Group group;
  for (const bool sends : {true, false}) {
    exchange.alone(group, sends);
    exchange.by_select(group, sends);
  }
  group.wait();
  EXPECT_TRUE(exchange.is_over());
}

}  // namespace
