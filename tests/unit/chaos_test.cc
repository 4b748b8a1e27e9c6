// sched/chaos.h: one seed, one schedule; another seed, another; nobody starves, nothing is lost.
#include <set>
#include <string>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::Group;
using goc_test::soon;

using Order = std::vector<int>;

class Chaos : public goc_test::Procs {
 protected:
  void SetUp() override { restart(1); }
  void restart(uint64_t seed) {
    if (goc::g_runtime.started()) Procs::TearDown();
    goc::Runtime::Options options;
    options.max_procs = GetParam();
    options.chaos = seed;
    start(options);
  }
};
GOC_FOR_ALL_PROCS(Chaos);

// --- One worker -----------------------------------------------------------------------------------

class ChaosOfOne : public goc_test::Runtime {
 protected:
  void SetUp() override {}
  void TearDown() override {}

  // The order in which goroutines come to their turns, under this seed; 0: without chaos. There is one
  // thread, so that no stall, on a busy machine, brings in another.
  Order order_under(uint64_t seed, const std::function<void(Order&)>& body) {
    goc::Runtime::Options options;
    options.max_procs = 1;
    options.max_threads = 1;
    options.chaos = seed;
    start(options);
    Order order;
    goc_test::run([&] { body(order); });
    Runtime::TearDown();
    return order;
  }

  // Goroutines that take turns: by yields, through channels and a mutex, by selects.
  static void take_turns(Order& order) {
    constexpr int kGoroutines = 8;
    goc_mutex* mutex = nullptr;
    ASSERT_EQ(goc_mutex_new(&mutex), GOC_OK);
    Chan buffered(sizeof(int), 2);
    Chan rendezvous(sizeof(int), 0);
    Group group;
    for (int i = 0; i < kGoroutines; ++i)
      group.go([&, i] {
        order.push_back(i);
        goc_yield();
        order.push_back(i);
        goc_mutex_lock(mutex, soon());
        order.push_back(i);
        goc_mutex_unlock(mutex);
        goc_case cases[] = {{buffered, GOC_SEND, 0, const_cast<int*>(&i)},
                            {rendezvous, GOC_SEND, 0, const_cast<int*>(&i)}};
        goc_select(cases, 2, GOC_FOREVER);
      });
    for (int i = 0; i < kGoroutines; ++i) {
      int value = -1;
      goc_case cases[] = {{buffered, GOC_RECV, 0, &value}, {rendezvous, GOC_RECV, 0, &value}};
      goc_select(cases, 2, GOC_FOREVER);
      order.push_back(value);
    }
    group.wait();
    goc_mutex_release(mutex);
  }
};

TEST_F(ChaosOfOne, TheSameSeedGivesTheSameOrder) {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    const Order first = order_under(seed, &take_turns);
    EXPECT_EQ(first.size(), 32U);
    EXPECT_EQ(order_under(seed, &take_turns), first) << "seed " << seed;
  }
}

TEST_F(ChaosOfOne, DifferentSeedsGiveDifferentOrders) {
  std::set<Order> orders;
  constexpr uint64_t kSeeds = 30;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) orders.insert(order_under(seed, &take_turns));
  EXPECT_EQ(orders.size(), kSeeds);
}

// Fresh goroutines run newest first without chaos; under it, each of three may be the first.
TEST_F(ChaosOfOne, AnybodyMayBeNext) {
  std::set<Order> orders;
  for (uint64_t seed = 1; seed <= 200; ++seed)
    orders.insert(order_under(seed, [](Order& order) {
      Group group;
      for (int i = 0; i < 3; ++i) group.go([&order, i] { order.push_back(i); });
      group.wait();
    }));
  EXPECT_EQ(orders.size(), 6U) << "the orders of three";
}

// A send into a free slot and an uncontended lock do not wait: without chaos nobody comes between.
TEST_F(ChaosOfOne, OthersComeBetweenAReadAndAWrite) {
  const auto count_to_two = [](Order& order) {
    Chan slots(sizeof(int), 2);
    Group group;
    int count = 0;
    for (int i = 0; i < 2; ++i)
      group.go([&] {
        const int seen = count;
        goc_chan_send(slots, &seen, GOC_FOREVER);
        count = seen + 1;
      });
    group.wait();
    order.push_back(count);
  };
  EXPECT_EQ(order_under(0, count_to_two), Order{2});
  std::set<Order> counts;
  for (uint64_t seed = 1; seed <= 50; ++seed) counts.insert(order_under(seed, count_to_two));
  EXPECT_EQ(counts, (std::set<Order>{{1}, {2}}));
}

// --- Any number of workers ------------------------------------------------------------------------

TEST_P(Chaos, EverybodyComesToItsTurn) {
  for (const uint64_t seed : {UINT64_C(1), UINT64_C(2), UINT64_MAX}) {
    restart(seed);
    goc::Atom<int> running{0};
    goc::Atom<bool> stop{false};
    Group group;
    constexpr int kGoroutines = 200;
    for (int i = 0; i < kGoroutines; ++i)
      group.go([&] {
        for (++running; !stop; goc_yield()) {
        }
      });
    goc_test::eventually([&] { return running == kGoroutines; });
    stop = true;
    group.wait();
  }
}

TEST_P(Chaos, NothingIsLost) {
  const int64_t count = effort(20000);
  Chan chan(sizeof(int64_t), 3);
  Group group;
  for (int64_t g = 0; g < 4; ++g)
    group.go([&, g] {
      for (int64_t i = g; i < count; i += 4) ASSERT_EQ(goc_chan_send(chan, &i, soon()), GOC_OK);
    });
  std::set<int64_t> received;
  goc_test::run([&] {
    for (int64_t i = 0, value; i < count; ++i) {
      ASSERT_EQ(goc_chan_recv(chan, &value, soon()), GOC_OK);
      received.insert(value);
    }
  });
  EXPECT_EQ(received.size(), static_cast<size_t>(count));
  group.wait();
}

// --- What it leaves alone ----------------------------------------------------------------------------

// Whether a goroutine that is ready runs while another sends a thousand values; on one processor.
bool others_run_during_sends(goc_chan* chan, int64_t deadline) {
  bool ran = false;
  goc_test::run([&] {
    Group other;
    const int64_t begun = goc_chan_len(chan);
    goc::Atom<bool> came{false};
    other.go([&] { came = true; });
    const bool before = came;
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(goc_chan_send(chan, &i, deadline), GOC_OK);
    EXPECT_EQ(goc_chan_len(chan), static_cast<size_t>(begun + 1000));
    ran = came && !before;
    other.wait();
  });
  return ran;
}

TEST_F(ChaosOfOne, WhatNeverWaitsNeverYields) {
  int yielded = 0;
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    order_under(seed, [&](Order&) {
      Chan chan(sizeof(int), 2000);
      EXPECT_FALSE(others_run_during_sends(chan, GOC_NOW));
      yielded += others_run_during_sends(chan, GOC_FOREVER);
    });
  }
  EXPECT_GT(yielded, 0) << "nobody could have been seen";
}

TEST_F(ChaosOfOne, EndsWithItsRuntime) {
  goc::Runtime::Options options;
  options.chaos = 1;
  ASSERT_EQ(goc::g_runtime.start(options), GOC_OK);
  goc_chan* made_under_chaos = nullptr;
  ASSERT_EQ(goc_chan_new(&made_under_chaos, sizeof(int), 1000), GOC_OK);
  ASSERT_EQ(goc_shutdown(soon()), 0);
  order_under(0, [&](Order&) {
    EXPECT_FALSE(goc::g_runtime.chaotic());
    EXPECT_FALSE(others_run_during_sends(made_under_chaos, GOC_FOREVER));
    for (int i = 0; i < 1000; ++i)
      EXPECT_EQ(goc_chan_recv(made_under_chaos, nullptr, soon()), GOC_OK);
  });
  goc_chan_release(made_under_chaos);
}

// In a process of its own, for the environment.
TEST(ChaosDeathTest, TheEnvironmentSetsTheSeedAndNonsenseDoesNot) {
  const auto seed_is = [](const char* text, uint64_t expected) {
    setenv("GOCONC_CHAOS", text, 1);
    goc_test::run([] {});
    const bool right = goc::g_runtime.options.chaos == expected &&
                       goc::g_runtime.chaotic() == (expected != 0) && goc_shutdown(soon()) == 0;
    if (!right) std::fprintf(stderr, "GOCONC_CHAOS=%s\n", text);
    return right;
  };
  const auto check = [&] {
    bool right =
        seed_is("1", 1) && seed_is("42", 42) && seed_is("18446744073709551615", UINT64_MAX);
    for (const char* nonsense : {"", "0", "-1", "x", "3x", "3 ", " 3", "18446744073709551616"})
      right = seed_is(nonsense, 0) && right;
    return right;
  };
  EXPECT_EXIT(std::_Exit(check() ? 0 : 1), testing::ExitedWithCode(0), "");
}

}  // namespace
