// Select under storms: sums agree, order is kept, and nobody sleeps for ever.
#include <array>
#include <atomic>
#include <memory>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class SelectStress : public Procs {};
GOC_FOR_ALL_PROCS(SelectStress);

constexpr int kActors = 6;

// Everybody offers both directions on one channel: each meeting has one of each.
TEST_P(SelectStress, EverySendMeetsOneReceive) {
  const int64_t rounds = effort(4000);
  Chan ch(8, 0);
  std::atomic<int64_t> sent{0};
  std::atomic<int64_t> received{0};
  Crew crew;
  for (int i = 0; i < kActors; ++i)
    crew.start([&, i] {
      Dice dice(static_cast<uint64_t>(i) + 1);
      for (int64_t n = 0; n < rounds; ++n) {
        int64_t in = 0;
        const int64_t out = dice.below(1000) + 1;
        goc_case cases[] = {sending(ch, &out), receiving(ch, &in), sending(ch, &out)};
        const int fired = goc_select(cases, 3, goc_deadline(dice.below(200) * GOC_MICROSECOND));
        if (fired == GOC_ETIMEDOUT) continue;
        ASSERT_GE(fired, 0);
        ASSERT_EQ(in != 0, fired == 1);
        sent += fired == 1 ? 0 : out;
        received += in;
      }
    });
  crew.wait();
  EXPECT_GT(sent, 0);
  EXPECT_EQ(sent, received);
  EXPECT_EQ(blocked_receivers(ch) + blocked_senders(ch), 0u);
}

// Two that only ever meet each other; neither has a deadline, so no wake-up may be lost.
TEST_P(SelectStress, TwoSelectsMeetInBothDirections) {
  const int64_t rounds = effort(20000);
  Chan a(8, 0);
  Chan b(8, 0);
  std::atomic<int64_t> balance{0};
  Group group;
  for (const bool swapped : {false, true})
    group.go([&, swapped] {
      goc_chan* first = swapped ? b : a;
      goc_chan* second = swapped ? a : b;
      for (int64_t n = 0; n < rounds; ++n) {
        int64_t in = 0;
        const int64_t out = n + 1;
        goc_case cases[] = {sending(first, &out), receiving(second, &in), sending(second, &out),
                            receiving(first, &in)};
        ASSERT_GE(goc_select(cases, 4, GOC_FOREVER), 0);
        balance += in != 0 ? -in : out;
      }
    });
  group.wait();
  EXPECT_EQ(balance, 0);
}

// Go's chan/doubleselect: one select sends to four channels, others merge them again.
TEST_P(SelectStress, NoValueIsSentTwiceByOneSelect) {
  const int64_t values = effort(20000);
  std::vector<goc_chan*> channels(4);
  for (goc_chan*& ch : channels) ASSERT_EQ(goc_chan_new(&ch, 8, 0), GOC_OK);
  Chan merged(8, 0);
  Group group;
  group.go([&] {
    for (int64_t n = 0; n < values; ++n) {
      std::vector<goc_case> cases;
      for (goc_chan* ch : channels) cases.push_back(sending(ch, &n));
      ASSERT_GE(goc_select(cases.data(), cases.size(), GOC_FOREVER), 0);
    }
    for (goc_chan* ch : channels) goc_chan_close(ch);
  });
  for (goc_chan* ch : channels)
    group.go([&, ch] {
      for (int64_t n = 0; goc_chan_recv(ch, &n, GOC_FOREVER) == GOC_OK;)
        ASSERT_EQ(put(merged, n, GOC_FOREVER), GOC_OK);
    });
  std::vector<int> seen(static_cast<size_t>(values));
  for (int64_t n = 0; n < values; ++n) ++seen.at(static_cast<size_t>(take(merged)));
  for (const int times : seen) ASSERT_EQ(times, 1);
  group.wait();
  for (goc_chan* ch : channels) goc_chan_release(ch);
}

// --- Random cases -------------------------------------------------------------------------------

// A bazaar: channels of all kinds, and actors that carry out random selects on them.
class Bazaar {
 public:
  explicit Bazaar(int64_t values) : times_(static_cast<size_t>(values)), next_(0) {
    for (size_t i = 0; i < channels_.size(); ++i)
      EXPECT_EQ(goc_chan_new(&channels_[i], 8, i % 3), GOC_OK);
  }
  ~Bazaar() {
    for (goc_chan* ch : channels_) goc_chan_release(ch);
  }
  Bazaar(const Bazaar&) = delete;
  Bazaar& operator=(const Bazaar&) = delete;

  void act(int64_t rounds, uint64_t seed) {
    Dice dice(seed);
    int64_t mine = -1;  // a value that waits to be sent
    for (int64_t n = 0; n < rounds; ++n) {
      if (mine < 0) mine = next_++;
      act_once(dice, mine);
    }
    if (mine >= 0) ++times_.at(static_cast<size_t>(mine));
  }

  void close_all() {
    for (goc_chan* ch : channels_) goc_chan_close(ch);
  }

  // What is still buffered counts as arrived; each value then has arrived once.
  void check() {
    close_all();
    for (goc_chan* ch : channels_) {
      for (int64_t v = 0; goc_chan_recv(ch, &v, GOC_NOW) == GOC_OK;)
        ++times_.at(static_cast<size_t>(v));
      EXPECT_EQ(blocked_receivers(ch) + blocked_senders(ch), 0u);
    }
    for (int64_t i = 0; i < next_; ++i) ASSERT_EQ(times_[static_cast<size_t>(i)], 1) << i;
  }

 private:
  void act_once(Dice& dice, int64_t& mine) {
    const auto n = static_cast<size_t>(dice.below(8) == 0 ? 20 : 1 + dice.below(6));
    std::vector<goc_case> cases;
    int64_t in = -1;
    for (size_t i = 0; i < n; ++i) {
      goc_chan* ch = dice.one_in(8) ? nullptr : channels_[static_cast<size_t>(dice.below(5))];
      cases.push_back(dice.one_in(2) ? sending(ch, &mine) : receiving(ch, &in));
    }
    const int64_t wait = dice.below(3) == 0 ? 0 : dice.below(300) * GOC_MICROSECOND;
    const int fired = goc_select(cases.data(), n, wait == 0 ? GOC_NOW : goc_deadline(wait));
    if (fired < 0) {
      ASSERT_EQ(fired, wait == 0 ? GOC_EAGAIN : GOC_ETIMEDOUT);
      ASSERT_EQ(in, -1);
      return;
    }
    const goc_case& c = cases[static_cast<size_t>(fired)];
    if (c.status == GOC_ECLOSED) return;
    ASSERT_EQ(c.status, GOC_OK);
    ASSERT_EQ(in >= 0, c.op == GOC_RECV);
    if (c.op == GOC_RECV)
      ++times_.at(static_cast<size_t>(in));
    else
      mine = -1;
  }

  std::array<goc_chan*, 5> channels_{};
  std::vector<std::atomic<int>> times_;
  std::atomic<int64_t> next_;
};

TEST_P(SelectStress, NoValueIsLostOrDoubledByRandomCases) {
  const int64_t rounds = effort(3000);
  Bazaar bazaar((rounds + 1) * kActors);
  Crew crew;
  for (uint64_t i = 0; i < kActors; ++i) crew.start([&, i] { bazaar.act(rounds, i + 1); });
  crew.wait();
  bazaar.check();
}

TEST_P(SelectStress, NoValueIsLostOrDoubledWhenChannelsAreClosed) {
  for (int64_t round = 0; round < effort(100); ++round) {
    Bazaar bazaar(100 * kActors);
    std::atomic<int> started{0};
    Crew crew;
    for (uint64_t i = 0; i < kActors; ++i)
      crew.goroutine([&, i] {
        ++started;
        bazaar.act(40, i + 1 + static_cast<uint64_t>(round) * 77);
      });
    eventually([&] { return started > round % kActors; });
    bazaar.close_all();
    crew.wait();
    bazaar.check();
  }
}

// --- Chains -------------------------------------------------------------------------------------

// Go's chan/fifo: a chain of goroutines, each of which hands its value on when told so.
TEST_P(SelectStress, AChainRunsInOrder) {
  constexpr int64_t kLinks = 200;
  std::vector<goc_chan*> ends(kLinks + 1);
  for (goc_chan*& ch : ends) ASSERT_EQ(goc_chan_new(&ch, 8, 0), GOC_OK);
  Chan values(8, 0);
  Group group;
  for (int64_t i = 0; i < kLinks; ++i)
    group.go([&, i] {
      ASSERT_EQ(take(ends[static_cast<size_t>(i)], GOC_FOREVER), i);
      ASSERT_EQ(take(values, GOC_FOREVER), i);
      ASSERT_EQ(put(ends[static_cast<size_t>(i) + 1], i + 1, GOC_FOREVER), GOC_OK);
    });
  must_put(ends[0], 0);
  for (int64_t i = 0; i < kLinks; ++i) ASSERT_EQ(put(values, i), GOC_OK);
  EXPECT_EQ(take(ends[kLinks]), kLinks);
  group.wait();
  for (goc_chan* ch : ends) goc_chan_release(ch);
}

// Power series as in Go's chan/powser1: each is computed by goroutines, a coefficient on demand.
class Series {
 public:
  explicit Series(Group& group) : group_(group) {}

  struct Stream {
    std::shared_ptr<Chan> demand = std::make_shared<Chan>(0, 0);
    std::shared_ptr<Chan> supply = std::make_shared<Chan>(sizeof(double), 0);
  };

  static double get(const Stream& s) {
    double c = -1;
    EXPECT_EQ(goc_chan_send(*s.demand, nullptr, soon()), GOC_OK);
    EXPECT_EQ(goc_chan_recv(*s.supply, &c, soon()), GOC_OK);
    return c;
  }
  static bool demanded(const Stream& s) {
    return goc_chan_recv(*s.demand, nullptr, GOC_FOREVER) == GOC_OK;
  }
  static void give(const Stream& s, double c) { goc_chan_send(*s.supply, &c, GOC_FOREVER); }
  // A case on NULL is one that is switched off.
  static goc_chan* unless(bool off, const std::shared_ptr<Chan>& ch) {
    return off ? nullptr : static_cast<goc_chan*>(*ch);
  }
  static void end(const Stream& s) { goc_chan_close(*s.demand); }

  // Copies `in` to both outputs, whichever asks; the slower one has a queue. It asks for the next
  // coefficient and serves the other output meanwhile: `in` may depend on that.
  void split(const Stream& in, const Stream& left, const Stream& right) {
    group_.go([=] {
      const Stream out[2] = {left, right};
      std::vector<double> seen;
      size_t given[2] = {0, 0};
      bool waits[2] = {false, false};
      bool asked = false;
      double next = 0;
      for (;;) {
        for (int k = 0; k < 2; ++k)
          if (waits[k] && given[k] < seen.size()) {
            give(out[k], seen[given[k]++]);
            waits[k] = false;
          }
        const bool asks = (waits[0] || waits[1]) && !asked;
        goc_case cases[] = {receiving(unless(waits[0], left.demand), nullptr),
                            receiving(unless(waits[1], right.demand), nullptr),
                            sending(unless(!asks, in.demand), nullptr),
                            receiving(unless(!asked, in.supply), &next)};
        const int event = goc_select(cases, 4, soon());
        if (event < 0 || cases[event].status != GOC_OK) return end(in);
        if (event < 2) {
          waits[event] = true;
        } else {
          if (asked) seen.push_back(next);
          asked = !asked;
        }
      }
    });
  }

  // constant + the integral of `in`.
  void integrate(const Stream& in, double constant, const Stream& out) {
    group_.go([=] {
      if (!demanded(out)) return;
      give(out, constant);
      for (double n = 1; demanded(out); ++n) give(out, get(in) / n);
    });
  }

 private:
  Group& group_;
};

// exp = 1 + the integral of exp: the series feeds itself.
TEST_P(SelectStress, ASeriesFeedsItself) {
  Group group;
  Series series(group);
  const Series::Stream exp;
  const Series::Stream copy;
  const Series::Stream result;
  series.integrate(copy, 1, exp);
  series.split(exp, copy, result);
  double factorial = 1;
  for (int n = 0; n < 20; ++n) {
    ASSERT_DOUBLE_EQ(Series::get(result), 1 / factorial);
    factorial *= n + 1;
  }
  Series::end(result);
  group.wait();
}

}  // namespace
