// Select: one case is carried out, chosen fairly, or none.
#include <array>
#include <cmath>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class Select : public Procs {};
GOC_FOR_ALL_PROCS(Select);

// --- None is ready ------------------------------------------------------------------------------

TEST_P(Select, OfNothingWaitsUntilTheDeadline) {
  on_both([] {
    EXPECT_EQ(goc_select(nullptr, 0, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_select(nullptr, 0, passed()), GOC_ETIMEDOUT);
    const int64_t deadline = goc_deadline(2 * GOC_MILLISECOND);
    EXPECT_EQ(goc_select(nullptr, 0, deadline), GOC_ETIMEDOUT);
    EXPECT_GE(goc_now(), deadline);
  });
}

TEST_P(Select, OfNothingForEverIsLeftAtShutdown) {
  go_for_ever([] { goc_select(nullptr, 0, GOC_FOREVER); });
  go_for_ever([] {
    goc_case null = receiving(nullptr, nullptr);
    goc_select(&null, 1, GOC_FOREVER);
  });
  ASSERT_EQ(goc_shutdown(soon()), 2);
}

TEST_P(Select, NullChannelsNeverFire) {
  on_both([] {
    Chan ch(8, 1);
    int64_t value = 5;
    for (int i = 0; i < 20; ++i) {
      goc_case cases[] = {sending(nullptr, nullptr), receiving(nullptr, &value),
                          sending(ch, &value), receiving(nullptr, nullptr)};
      ASSERT_EQ(goc_select(cases, 4, GOC_NOW), 2);
      ASSERT_EQ(goc_select(cases, 4, GOC_NOW), GOC_EAGAIN);
      ASSERT_EQ(goc_select(cases, 2, goc_deadline(10 * GOC_MICROSECOND)), GOC_ETIMEDOUT);
      ASSERT_EQ(take(ch), 5);
    }
    goc_case one = receiving(nullptr, nullptr);
    EXPECT_EQ(goc_select(&one, 1, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_select(&one, 1, passed()), GOC_ETIMEDOUT);
  });
}

TEST_P(Select, GivesUpAtTheDeadlineAndTouchesNothing) {
  Chan empty(8, 1);
  Chan full(8, 1);
  must_put(full, 1);
  on_both([&] {
    int64_t value = 7;
    goc_case cases[] = {receiving(empty, &value), sending(full, &value), receiving(empty, &value)};
    EXPECT_EQ(goc_select(cases, 3, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_select(cases, 3, passed()), GOC_ETIMEDOUT);
    for (const size_t n : {1, 3}) {
      const int64_t deadline = goc_deadline(2 * GOC_MILLISECOND);
      EXPECT_EQ(goc_select(cases, n, deadline), GOC_ETIMEDOUT);
      EXPECT_GE(goc_now(), deadline);
    }
    EXPECT_EQ(value, 7);
    for (const goc_case& c : cases) EXPECT_EQ(c.status, 99);
    EXPECT_EQ(blocked_receivers(empty) + blocked_senders(full), 0u);
    EXPECT_EQ(goc_chan_len(full), 1u);
  });
}

// --- One is ready -------------------------------------------------------------------------------

TEST_P(Select, CarriesOutTheOneThatIsReady) {
  on_both([] {
    Chan empty(8, 0);
    Chan room(8, 1);
    Chan filled(8, 1);
    must_put(filled, 3);
    int64_t in = 0;
    const int64_t out = 4;
    goc_case cases[] = {receiving(empty, &in), receiving(filled, &in), sending(empty, &out)};
    EXPECT_EQ(goc_select(cases, 3, GOC_FOREVER), 1);
    EXPECT_EQ(cases[1].status, GOC_OK);
    EXPECT_EQ(cases[0].status, 99) << "only the status of the one that fired is written";
    EXPECT_EQ(in, 3);
    goc_case more[] = {receiving(empty, &in), sending(room, &out)};
    EXPECT_EQ(goc_select(more, 2, GOC_FOREVER), 1);
    EXPECT_EQ(take(room), 4);
  });
}

TEST_P(Select, AClosedChannelIsReady) {
  on_both([] {
    Chan open(8, 0);
    Chan closed(8, 1);
    must_put(closed, 9);
    goc_chan_close(closed);
    int64_t value = 7;
    goc_case cases[] = {receiving(open, &value), receiving(closed, &value)};
    EXPECT_EQ(goc_select(cases, 2, GOC_NOW), 1);
    EXPECT_EQ(cases[1].status, GOC_OK);
    EXPECT_EQ(value, 9);
    for (const size_t first : {0, 1}) {
      value = 7;
      cases[1].status = 99;
      ASSERT_EQ(goc_select(cases + first, 2 - first, GOC_NOW), static_cast<int>(1 - first));
      EXPECT_EQ(cases[1].status, GOC_ECLOSED);
      EXPECT_EQ(value, 0) << "zeroed";
    }
    const int64_t out = 1;
    goc_case sends[] = {sending(closed, &out), sending(open, &out)};
    EXPECT_EQ(goc_select(sends, 2, GOC_NOW), 0);
    EXPECT_EQ(sends[0].status, GOC_ECLOSED);
    EXPECT_EQ(goc_select(sends, 1, GOC_NOW), 0);
  });
}

// --- Waiting ------------------------------------------------------------------------------------

TEST_P(Select, WakesUpForAnyOfItsCases) {
  for (size_t fires = 0; fires < 3; ++fires) {
    Chan a(8, 0);
    Chan b(8, 0);
    Chan c(8, 0);
    Crew crew;
    for (int i = 0; i < 2; ++i) {
      crew.start([&, i, fires] {
        int64_t in = -1;
        const int64_t out = 6;
        goc_case cases[] = {receiving(a, &in), sending(b, &out), receiving(c, &in)};
        ASSERT_EQ(goc_select(cases, 3, i == 0 ? GOC_FOREVER : soon()), static_cast<int>(fires));
        EXPECT_EQ(cases[fires].status, GOC_OK);
        EXPECT_EQ(in, fires == 1 ? -1 : 5);
      });
      eventually([&] { return blocked_receivers(c) == 1 && blocked_senders(b) == 1; });
      if (fires == 1)
        EXPECT_EQ(take(b), 6);
      else
        EXPECT_EQ(put(fires == 0 ? a : c, 5), GOC_OK);
      eventually([&] {  // it leaves the others one by one
        return blocked_receivers(a) + blocked_senders(b) + blocked_receivers(c) == 0;
      });
    }
    crew.wait();
  }
}

TEST_P(Select, WakesUpWhenAChannelIsClosed) {
  for (const bool sends : {false, true}) {
    Chan a(8, 0);
    Chan b(8, 0);
    Crew crew;
    for (int i = 0; i < 6; ++i)
      crew.start([&, i, sends] {
        int64_t value = 7;
        const goc_case of_b = sends ? sending(b, &value) : receiving(b, &value);
        goc_case cases[] = {receiving(a, nullptr), of_b, of_b};
        const int fired = goc_select(cases, 3, i < 2 ? GOC_FOREVER : soon());
        ASSERT_GE(fired, 1);
        EXPECT_EQ(cases[fired].status, GOC_ECLOSED);
        EXPECT_EQ(value, sends ? 7 : 0);
      });
    eventually([&] { return blocked_receivers(b) + blocked_senders(b) == 12; });
    goc_chan_close(b);
    crew.wait();
    EXPECT_EQ(blocked_receivers(a), 0u);
  }
}

TEST_P(Select, TakesItsTurnInTheQueues) {
  Chan ch(8, 0);
  Chan other(8, 0);
  std::array<int64_t, 4> got{};
  Crew crew;
  for (size_t i = 0; i < got.size(); ++i) {
    crew.start([&, i] {
      goc_case cases[] = {receiving(ch, &got[i]), receiving(other, nullptr)};
      const size_t n = 1 + i / 2 % 2;  // alone, which is a receive, and with another
      ASSERT_EQ(goc_select(cases, n, soon()), 0);
    });
    eventually([&] { return blocked_receivers(ch) == i + 1; });
  }
  for (int64_t i = 0; i < 4; ++i) ASSERT_EQ(put(ch, i), GOC_OK);
  crew.wait();
  EXPECT_EQ(got, (std::array<int64_t, 4>{0, 1, 2, 3}));
}

// --- The same channel several times -------------------------------------------------------------

TEST_P(Select, NeverMeetsItself) {
  Chan ch(8, 0);
  on_both([&] {
    int64_t in = 7;
    const int64_t out = 8;
    goc_case cases[] = {sending(ch, &out), receiving(ch, &in), sending(ch, &out),
                        receiving(ch, &in)};
    EXPECT_EQ(goc_select(cases, 4, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_select(cases, 4, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    EXPECT_EQ(in, 7);
    EXPECT_EQ(blocked_receivers(ch) + blocked_senders(ch), 0u);
  });
}

TEST_P(Select, MeetsAnotherInEitherDirection) {
  Chan ch(8, 0);
  for (const bool they_send : {false, true}) {
    Crew crew;
    for (int i = 0; i < 2; ++i) {
      crew.start([&, they_send] {
        int64_t in = 7;
        const int64_t out = 8;
        goc_case cases[] = {sending(ch, &out), receiving(ch, &in), receiving(ch, &in)};
        const int fired = goc_select(cases, 3, soon());
        EXPECT_EQ(fired > 0, they_send);
        EXPECT_EQ(in, they_send ? 5 : 7);
      });
      eventually([&] { return blocked_receivers(ch) == 2 && blocked_senders(ch) == 1; });
      if (they_send)
        EXPECT_EQ(put(ch, 5), GOC_OK);
      else
        EXPECT_EQ(take(ch), 8);
      eventually([&] { return blocked_receivers(ch) + blocked_senders(ch) == 0; });
    }
    crew.wait();
  }
}

TEST_P(Select, FiresOneOfTwoCasesOnTheSameChannel) {
  on_both([] {
    Chan ch(8, 2);
    must_put(ch, 1);
    int64_t a = 0;
    int64_t b = 0;
    goc_case cases[] = {receiving(ch, &a), receiving(ch, &b)};
    const int fired = goc_select(cases, 2, GOC_NOW);
    EXPECT_EQ(fired == 0 ? a : b, 1);
    EXPECT_EQ(a + b, 1);
    EXPECT_EQ(goc_chan_len(ch), 0u);
  });
}

// --- Choice -------------------------------------------------------------------------------------

// Each of the ready ones gets its share: five standard deviations are a chance of one in a million.
void expect_uniform(const std::vector<int64_t>& counts, int64_t total) {
  const double share = static_cast<double>(total) / static_cast<double>(counts.size());
  double chi = 0;
  for (const int64_t n : counts) {
    const double off = static_cast<double>(n) - share;
    chi += off * off / share;
  }
  const auto freedom = static_cast<double>(counts.size() - 1);
  EXPECT_LT(chi, freedom + 5 * std::sqrt(2 * freedom) + 12);
}

void choose_among(size_t ready, size_t blocked) {
  Chan never(8, 0);
  Chan always(0, 0);
  goc_chan_close(always);
  std::vector<goc_case> cases;
  std::vector<size_t> place;
  for (size_t i = 0; i < ready + blocked; ++i) {
    const bool is_ready = i % 2 == 0 ? place.size() < ready : i - place.size() >= blocked;
    if (is_ready) place.push_back(i);
    cases.push_back(receiving(is_ready ? always : never, nullptr));
  }
  constexpr int64_t kTotal = 20000;
  std::vector<int64_t> counts(cases.size());
  for (int64_t i = 0; i < kTotal; ++i)
    ++counts.at(static_cast<size_t>(goc_select(cases.data(), cases.size(), GOC_NOW)));
  std::vector<int64_t> of_ready;
  for (const size_t at : place) of_ready.push_back(counts[at]);
  expect_uniform(of_ready, kTotal);
}

TEST_P(Select, ChoosesUniformlyAmongThoseThatAreReady) {
  on_both([] {
    choose_among(2, 0);
    choose_among(3, 0);
    choose_among(3, 5);
    choose_among(16, 0);
    choose_among(17, 3);
  });
}

TEST_P(Select, ChoosesAnewEachTime) {
  on_both([] {
    Chan always(0, 0);
    goc_chan_close(always);
    goc_case cases[] = {receiving(always, nullptr), receiving(always, nullptr)};
    constexpr int64_t kTotal = 20000;
    std::vector<int64_t> triples(8);
    size_t last = 0;
    for (int64_t i = 0; i < kTotal; ++i) {
      for (int bit = 0; bit < 3; ++bit)
        last = last * 2 % 8 + static_cast<size_t>(goc_select(cases, 2, GOC_NOW));
      ++triples[last];
    }
    expect_uniform(triples, kTotal);
  });
}

// Two producers that never stop: both are heard (Go, chan/fifo and select3).
TEST_P(Select, StarvesNobody) {
  Chan a(8, 0);
  Chan b(8, 0);
  Chan stop(0, 0);
  Crew crew;
  for (goc_chan* ch : {static_cast<goc_chan*>(a), static_cast<goc_chan*>(b)})
    crew.goroutine([&, ch] {
      const int64_t value = 1;
      goc_case cases[] = {sending(ch, &value), receiving(stop, nullptr)};
      while (goc_select(cases, 2, GOC_FOREVER) == 0) {
      }
    });
  int heard[2] = {};
  goc_case cases[] = {receiving(a, nullptr), receiving(b, nullptr)};
  eventually([&] {
    const int fired = goc_select(cases, 2, soon());
    if (fired >= 0) ++heard[fired];
    return heard[0] >= 100 && heard[1] >= 100;
  });
  goc_chan_close(stop);
  crew.wait();
}

}  // namespace
