// Contexts: who ends whom, who keeps what, and what happens on the way.
#include <algorithm>
#include <memory>
#include <vector>

#include "contexts.h"
#include "failing_calls.h"
#include "ops.h"
#include "single_step.h"

namespace {

using namespace goc_test;

using Contexts = goc_test::Procs;
GOC_FOR_ALL_PROCS(Contexts);

goc_ctx* background() { return goc_ctx_background(); }

// Something that is handed over: how often it has been dropped.
struct Luggage {
  static void drop(void* self) { ++static_cast<Luggage*>(self)->dropped; }
  goc_cause cause(int code = 7) { return {code, this, &drop}; }
  std::atomic<int> dropped{0};
};

int64_t contexts_alive() { return goc::Context::live_count() + goc::Scope::live_count(); }

// --- Who may end what ----------------------------------------------------------------------------

TEST_P(Contexts, WhatHasNoEndOfItsOwnIsNotCanceled) {
  Luggage luggage;
  const goc_cause cause = luggage.cause();
  const Ctx parent = with_cancel(background());
  const Ctx carrier = with_value(parent, this, this);
  const Ctx free = without_cancel(parent);
  for (goc_ctx* ctx : std::initializer_list<goc_ctx*>{background(), carrier, free}) {
    EXPECT_EQ(goc_ctx_cancel(ctx, &cause), GOC_EPERM);
    EXPECT_EQ(goc_ctx_stop(ctx), 0);
  }
  EXPECT_FALSE(is_done(parent));
  EXPECT_EQ(luggage.dropped, 0) << "it is still the caller's";
}

TEST_P(Contexts, TheBackgroundCannotBeUsedUp) {
  for (int i = 0; i < 3; ++i) goc_ctx_release(background());
  EXPECT_EQ(goc_ctx_retain(background()), background());
  EXPECT_EQ(goc_ctx_err(background()), GOC_OK);
  EXPECT_FALSE(is_done(with_cancel(background())));
}

TEST_P(Contexts, ADeadlineIsOneForOtherCalls) {
  const Chan silent(0, 0);
  const Ctx ctx = with_timeout(background(), GOC_MILLISECOND);
  EXPECT_EQ(goc_chan_recv(silent, nullptr, goc_ctx_deadline(ctx)), GOC_ETIMEDOUT);
  const Ctx passed = with_deadline(ctx, INT64_MIN);
  EXPECT_EQ(goc_chan_recv(silent, nullptr, goc_ctx_deadline(passed)), GOC_ETIMEDOUT);
}

TEST_P(Contexts, WithoutAnEndNoClockRuns) {
  const Ctx free = with_deadline(background(), GOC_FOREVER);
  const Ctx early = with_timeout(background(), kNever);
  const Ctx late = with_timeout(early, 2 * kNever);
  EXPECT_EQ(goc_ctx_deadline(free), GOC_FOREVER);
  cancel(early);
  EXPECT_TRUE(heaps_are_empty());
}

// --- Who is woken ---------------------------------------------------------------------------------

TEST_P(Contexts, EveryoneWhoWaitsForItsEndIsWoken) {
  const Ctx parent = with_cancel(background());
  const Ctx ctx = with_cancel(with_value(parent, this, this));
  const Chan silent(sizeof(int64_t), 0);
  Crew crew;
  constexpr size_t kEach = 4;
  for (size_t i = 0; i < 2 * kEach; ++i) {
    crew.start([&] { await_end(ctx); });
    crew.start([&] {
      goc_case cases[] = {receiving(silent, nullptr), receiving(goc_ctx_done(ctx), nullptr)};
      EXPECT_EQ(goc_select(cases, 2, soon()), 1);
      EXPECT_EQ(cases[1].status, GOC_ECLOSED);
    });
  }
  Operation op;
  const goc_case only = receiving(goc_ctx_done(ctx), nullptr);
  EXPECT_EQ(goc_select_op(&only, 1, &op, nullptr, 0), GOC_PENDING);
  eventually([&] { return blocked_receivers(goc_ctx_done(ctx)) == 4 * kEach + 1; });
  cancel(parent);
  crew.wait();
  EXPECT_EQ(goc_op_wait(&op, soon()), GOC_OK);
  EXPECT_EQ(op.status, GOC_ECLOSED);
}

// As soon as a cancel has returned, all below are done: also if another one is under way.
TEST_P(Contexts, StressACancelReturnsWhenAllBelowAreDone) {
  for (int64_t round = effort(300); round > 0; --round) {
    const Ctx parent = with_cancel(background());
    const Ctx child = with_cancel(parent);
    std::vector<Ctx> below;
    for (int i = 0; i < 50; ++i) below.push_back(with_cancel(i % 2 == 0 ? child : below.back()));
    Crew crew;
    for (goc_ctx* ctx : std::initializer_list<goc_ctx*>{parent, child})
      for (int i = 0; i < 2; ++i)
        crew.start([&, ctx] {
          cancel(ctx);
          for (const Ctx& b : below) EXPECT_TRUE(is_done(b));
        });
    crew.wait();
  }
}

// The test is the thread that ends it, and has just closed the channel: who asks now waits for the rest.
TEST_P(Contexts, WhoFindsTheChannelClosedGetsTheError) {
  for (int64_t round = effort(100); round > 0; --round) {
    const Ctx ctx = with_cancel(background());
    const goc::Scope& scope = *goc::live<goc::Context>(ctx)->as_scope();
    std::atomic<bool> asks{false};
    std::atomic<bool> ended{false};
    scope.tree().lock();
    goc_chan_close(goc_ctx_done(ctx));
    std::thread asker([&] {
      asks = true;
      EXPECT_EQ(err(ctx), GOC_OK) << "nobody has written it";
      EXPECT_TRUE(ended) << "it did not wait";
    });
    while (!asks) std::this_thread::yield();
    for (int i = 0; i < 10; ++i) std::this_thread::yield();
    ended = true;
    scope.tree().unlock();
    asker.join();
  }
}

// --- Deep and wide --------------------------------------------------------------------------------

// On a goroutine's stack of the usual size.
TEST_P(Contexts, ScaleATreeMayBeDeep) {
  run([] {
    const int64_t levels = effort(100000);
    const Ctx top = with_cancel(background());
    const Ctx first = with_cancel(top);
    Ctx last = with_cancel(first);
    for (int64_t level = 3; level < levels; ++level)
      last = level % 3 == 0 ? with_value(last, &level, nullptr) : with_cancel(last);
    EXPECT_EQ(goc_ctx_value(last, &levels), nullptr);
    cancel(top, 5);
    EXPECT_TRUE(is_done(last));
    EXPECT_EQ(cause(last), 5);
    last = Ctx();
    EXPECT_EQ(contexts_alive(), 2) << "the chain has gone with its last";
  });
}

TEST_P(Contexts, ScaleATreeMayBeWide) {
  run([] {
    const Ctx top = with_cancel(background());
    std::vector<Ctx> children;
    for (int64_t i = effort(100000); i > 0; --i) children.push_back(with_cancel(top));
    cancel(top);
    for (const Ctx& child : children) EXPECT_EQ(err(child), GOC_ECANCELED);
  });
}

// --- Who keeps what -------------------------------------------------------------------------------

TEST_P(Contexts, ALongLivedParentForgets) {
  const Ctx parent = with_cancel(background());
  Calls calls;
  for (int64_t i = effort(10000); i > 0; --i) {
    const Ctx canceled = with_cancel(parent);
    cancel(canceled);
    const Ctx released = with_timeout(with_value(with_cancel(parent), this, this), kNever);
    const Ctx call = after_func(released, &Calls::add, &calls);
    EXPECT_EQ(goc_ctx_stop(call), 1);
  }
  EXPECT_EQ(count_below(parent), 0);
  EXPECT_EQ(contexts_alive(), 1);
  EXPECT_TRUE(heaps_are_empty());
  EXPECT_EQ(calls.count, 0);
}

TEST_P(Contexts, AreReleasedInAnyOrder) {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    Dice dice(seed);
    std::vector<Ctx> all;
    all.push_back(with_cancel(background()));
    while (all.size() < 40) {
      goc_ctx* const parent = all[static_cast<size_t>(dice.below(int64_t(all.size())))];
      switch (dice.below(4)) {
        case 0:
          all.push_back(with_cancel(parent));
          break;
        case 1:
          all.push_back(with_timeout(parent, kNever));
          break;
        case 2:
          all.push_back(with_value(parent, this, this));
          break;
        default:
          all.push_back(without_cancel(parent));
      }
    }
    while (!all.empty()) {
      std::swap(all[static_cast<size_t>(dice.below(int64_t(all.size())))], all.back());
      if (dice.one_in(5)) goc_ctx_cancel(all.back(), nullptr);
      all.pop_back();
    }
    EXPECT_EQ(contexts_alive(), 0);
    EXPECT_TRUE(heaps_are_empty());
  }
}

TEST_P(Contexts, AValueLivesAsLongAsOneBelowIt) {
  Luggage luggage;
  Ctx below =
      with_timeout(with_cancel(with_value(background(), this, &luggage, &Luggage::drop)), 0);
  EXPECT_EQ(luggage.dropped, 0);
  EXPECT_EQ(goc_ctx_value(below, this), &luggage);
  below = Ctx();
  EXPECT_EQ(luggage.dropped, 1);
}

TEST_P(Contexts, ACauseLivesAsLongAsOneThatEndedByIt) {
  Luggage luggage;
  const goc_cause given = luggage.cause();
  Ctx parent = with_cancel(background());
  Ctx below = with_cancel(with_value(parent, this, this));
  goc_cause seen = given;
  EXPECT_EQ(goc_ctx_cause(below, &seen), GOC_OK);
  EXPECT_EQ(seen.code, 0);
  EXPECT_EQ(seen.data, nullptr) << "zeroed";
  EXPECT_EQ(goc_ctx_cancel(parent, &given), GOC_OK);
  parent = Ctx();
  EXPECT_EQ(goc_ctx_cause(below, &seen), 7);
  EXPECT_EQ(seen.data, &luggage);
  EXPECT_EQ(luggage.dropped, 0);
  below = Ctx();
  EXPECT_EQ(luggage.dropped, 1);
}

TEST_P(Contexts, ACauseThatIsNotNeededIsDroppedOnce) {
  Luggage late, unused, passed;
  const goc_cause causes[] = {late.cause(), unused.cause(), passed.cause(0)};
  {
    const Ctx ctx = with_timeout(background(), kNever, &causes[1]);
    cancel(ctx);
    EXPECT_EQ(unused.dropped, 1) << "it cannot time out any more";
    EXPECT_EQ(goc_ctx_cancel(ctx, &causes[0]), GOC_OK);
    EXPECT_EQ(late.dropped, 1) << "it came too late";
    const Ctx timed = with_timeout(ctx, 0, &causes[2]);
    EXPECT_EQ(cause(timed), GOC_ECANCELED) << "its parent was done before";
    EXPECT_EQ(passed.dropped, 1);
  }
  for (const Luggage* luggage : {&late, &unused, &passed}) EXPECT_EQ(luggage->dropped, 1);
}

TEST_P(Contexts, ACauseWithoutACodeHasThatOfTheEnd) {
  Luggage luggage;
  const goc_cause cause = luggage.cause(0);
  const Ctx ctx = with_timeout(background(), 0, &cause);
  goc_cause seen = {};
  EXPECT_EQ(goc_ctx_cause(ctx, &seen), GOC_ETIMEDOUT);
  EXPECT_EQ(seen.code, GOC_ETIMEDOUT);
  EXPECT_EQ(seen.data, &luggage);
}

TEST_P(Contexts, WhoWaitsForTheEndNeedsNoHandle) {
  goc_ctx* ctx = nullptr;
  ASSERT_EQ(goc_ctx_with_cancel(&ctx, background()), GOC_OK);
  goc_chan* done = goc_chan_retain(goc_ctx_done(ctx));
  cancel(ctx);
  goc_ctx_release(ctx);
  EXPECT_EQ(goc_chan_recv(done, nullptr, GOC_NOW), GOC_ECLOSED) << "with a reference of its own";
  goc_chan_release(done);
}

// --- Functions ------------------------------------------------------------------------------------

TEST_P(Contexts, AFunctionNeedsNoHandleAndKeepsItsContext) {
  const Ctx parent = with_cancel(background());
  Calls calls;
  {
    const Ctx ctx = with_cancel(with_value(parent, this, this));
    ASSERT_EQ(goc_ctx_after_func(nullptr, ctx, &Calls::add, &calls), GOC_OK);
    const Ctx timed = with_timeout(parent, kNever);
    const Ctx call = after_func(timed, &Calls::add, &calls);
  }
  EXPECT_EQ(calls.count, 0);
  cancel(parent);
  eventually([&] { return calls.count == 2; });
  EXPECT_EQ(contexts_alive(), 1);
  EXPECT_TRUE(heaps_are_empty());
}

TEST_P(Contexts, AFunctionMayBeCanceledAlone) {
  Calls calls;
  const Ctx other = with_cancel(background());
  for (goc_ctx* parent : std::initializer_list<goc_ctx*>{background(), other}) {
    const Ctx call = after_func(parent, &Calls::add, &calls);
    const Ctx below = with_cancel(call);
    cancel(call, 3);
    EXPECT_EQ(cause(below), 3);
    EXPECT_EQ(err(parent), GOC_OK);
  }
  eventually([&] { return calls.count == 2; });
}

TEST_P(Contexts, AFunctionOfTheBackgroundGoesWithItsHandle) {
  Calls calls;
  ASSERT_EQ(goc_ctx_after_func(nullptr, background(), &Calls::add, &calls), GOC_OK);
  {
    const Ctx call = after_func(background(), &Calls::add, &calls);
    EXPECT_EQ(goc_ctx_stop(call), 1);
  }
  EXPECT_EQ(contexts_alive(), 0);
  EXPECT_EQ(calls.count, 0);
}

// What it does with its context is its own business.
TEST_P(Contexts, AFunctionMayCancelAndReleaseItsContext) {
  goc_ctx* ctx = nullptr;
  ASSERT_EQ(goc_ctx_with_cancel(&ctx, background()), GOC_OK);
  const auto finish = [](void* c) {
    EXPECT_EQ(goc_ctx_cancel(static_cast<goc_ctx*>(c), nullptr), GOC_OK);
    goc_ctx_release(static_cast<goc_ctx*>(c));
  };
  ASSERT_EQ(goc_ctx_after_func(nullptr, ctx, finish, ctx), GOC_OK);
  cancel(ctx);
  eventually([] { return contexts_alive() == 0; });
}

TEST_P(Contexts, AFunctionIsTriedAgainWhenThereIsNoMemoryForItsGoroutine) {
  const Ctx ctx = with_cancel(background());
  Calls calls;
  const Ctx call = after_func(ctx, &Calls::add, &calls);
  {
    const FailingCalls no_memory(goc::os::Call::kMap);  // no goroutine has been made yet
    cancel(ctx);
    eventually([&] { return no_memory.failures() > 2; });
    EXPECT_EQ(calls.count, 0);
    EXPECT_EQ(goc_ctx_stop(call), 0) << "it is done";
  }
  eventually([&] { return calls.count == 1; });
}

TEST_P(Contexts, AFunctionThatWaitsForMemoryGoesWithTheRuntime) {
  Calls calls;
  {
    const Ctx ctx = with_cancel(background());
    ASSERT_EQ(goc_ctx_after_func(nullptr, ctx, &Calls::add, &calls), GOC_OK);
    const FailingCalls no_memory(goc::os::Call::kMap);
    cancel(ctx);
    EXPECT_EQ(shutdown_now(), 0);
  }
  EXPECT_EQ(contexts_alive(), 0);
  EXPECT_EQ(calls.count, 0);
}

// Each was either stopped or has run, never both and never neither.
TEST_P(Contexts, StressAFunctionIsStoppedOrRuns) {
  const int64_t rounds = effort(1000);
  std::atomic<int64_t> stopped{0};
  Calls calls;
  constexpr int kActors = 8;
  {
    Crew crew;
    for (uint64_t i = 0; i < kActors; ++i)
      crew.start([&, i] {
        Dice dice(i + 1);
        for (int64_t n = 0; n < rounds; ++n) {
          const Ctx ctx = with_timeout(background(), dice.below(40) * GOC_MICROSECOND);
          const Ctx call = after_func(ctx, &Calls::add, &calls);
          for (int64_t y = dice.below(4); y > 0; --y) goc_yield();
          if (dice.one_in(2)) stopped += goc_ctx_stop(call);
          if (dice.one_in(3)) cancel(ctx);
        }
      });
    crew.wait();
  }
  eventually([&] { return calls.count + stopped == kActors * rounds; });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(calls.count + stopped, kActors * rounds);
}

// --- Time -----------------------------------------------------------------------------------------

// The test is the thread that fires: it has taken the alarm out, and the end is yet to come.
class ContextOnItsWay : public Contexts {
 protected:
  void SetUp() override {
    Contexts::SetUp();
    ctx_ = with_timeout(background(), kNever);
    goc::g_runtime.worker(0).timers().collect(INT64_MAX, due_);
    ASSERT_EQ(due_.size(), 1u);
  }
  void TearDown() override {
    ctx_ = Ctx();
    Contexts::TearDown();
  }
  void fire() {
    goc::Timer* alarm = due_.pop();
    alarm->fire(alarm);
  }

  Ctx ctx_;
  goc::Fifo<goc::Timer> due_;
};
GOC_FOR_ALL_PROCS(ContextOnItsWay);

TEST_P(ContextOnItsWay, IsCanceledFirst) {
  cancel(ctx_, 3);
  EXPECT_EQ(cause(ctx_), 3);
  fire();
  EXPECT_EQ(err(ctx_), GOC_ECANCELED);
  EXPECT_EQ(cause(ctx_), 3);
}

TEST_P(ContextOnItsWay, OutlivesItsHandle) {
  ctx_ = Ctx();
  EXPECT_EQ(contexts_alive(), 1) << "whoever fires knows it";
  fire();
  EXPECT_EQ(contexts_alive(), 0);
}

TEST_P(Contexts, AfterShutdownNobodyLooksAtTheClock) {
  const Ctx ctx = with_timeout(background(), kNever);
  EXPECT_EQ(shutdown_now(), 0) << "it holds up no shutdown";
  EXPECT_FALSE(is_done(ctx));
  cancel(ctx);
  EXPECT_TRUE(is_done(ctx));
}

TEST_P(Contexts, AShutdownWaitsForTheDeadlineOfThoseWhoWait) {
  const Ctx ctx = with_timeout(background(), GOC_MILLISECOND);
  int seen = GOC_OK;
  go([&] {
    goc_chan_recv(goc_ctx_done(ctx), nullptr, GOC_FOREVER);
    seen = err(ctx);
  });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_EQ(seen, GOC_ETIMEDOUT);
}

// --- Scarcity -------------------------------------------------------------------------------------

TEST_P(Contexts, ThatCannotBeMadeLeaveWhatTheyWereGivenToTheCaller) {
  ASSERT_EQ(goc_shutdown(soon()), 0);
  Luggage luggage;
  const goc_cause cause = luggage.cause();
  goc_ctx* out = nullptr;
  {
    const FailingCalls no_threads(goc::os::Call::kThread);
    EXPECT_EQ(goc_ctx_with_timeout(&out, background(), kNever, &cause), GOC_EAGAIN);
    EXPECT_EQ(goc_ctx_after_func(&out, background(), &Luggage::drop, &luggage), GOC_EAGAIN);
    EXPECT_FALSE(is_done(with_cancel(background()))) << "it needs none";
    EXPECT_FALSE(is_done(with_timeout(with_cancel(background()), INT64_MAX, &cause)));
    EXPECT_EQ(luggage.dropped, 1) << "it was taken over";
  }
  EXPECT_EQ(out, nullptr);
  EXPECT_EQ(luggage.dropped, 1);
  EXPECT_EQ(contexts_alive(), 0);
}

// --- All at once ----------------------------------------------------------------------------------

// Goroutines and threads make, end, ask and release contexts of one tree.
TEST_P(Contexts, StressAnyoneDoesAnything) {
  const int64_t rounds = effort(2000);
  std::atomic<int64_t> made{0}, stopped{0};
  Calls calls;
  Luggage luggage;
  std::atomic<int> given{0};
  {
    const Ctx root = with_cancel(background());
    Crew crew;
    for (uint64_t i = 0; i < 6; ++i)
      crew.start([&, i] {
        Dice dice(i + 1);
        std::vector<Ctx> mine;
        mine.push_back(with_cancel(root));
        for (int64_t n = 0; n < rounds; ++n) {
          const auto at = static_cast<size_t>(dice.below(int64_t(mine.size())));
          switch (dice.below(6)) {
            case 0:
              mine.push_back(with_cancel(mine[at]));
              break;
            case 1:
              mine.push_back(with_timeout(mine[at], dice.below(100) * 1000));
              break;
            case 2:
              mine.push_back(with_value(mine[at], &mine, &mine));
              break;
            case 3: {
              const goc_cause cause = luggage.cause();
              if (goc_ctx_cancel(mine[at], &cause) == GOC_OK) ++given;
              break;
            }
            case 4: {
              ++made;
              const Ctx call = after_func(mine[at], &Calls::add, &calls);
              if (dice.one_in(2)) stopped += goc_ctx_stop(call);
              break;
            }
            default: {
              const int error = err(mine[at]);
              EXPECT_TRUE(error == GOC_OK || goc_ctx_cause(mine[at], nullptr) != GOC_OK);
            }
          }
          if (mine.size() > 20) mine.erase(mine.begin() + dice.below(20));
          if (mine.empty() || dice.one_in(100)) mine.push_back(with_cancel(root));
        }
      });
    crew.wait();
    cancel(root);
  }
  eventually([&] { return calls.count + stopped == made; });
  eventually([&] { return contexts_alive() == 0; });
  EXPECT_EQ(luggage.dropped, given);
  EXPECT_TRUE(heaps_are_empty());
}

#if defined(GOC_TEST_STEPS)
// E1. Who finds the channel closed may have to wait for the lock, and is not asked here.
TEST(ContextSteps, WhoeverReadsTheErrorFindsAllElseDone) {
  const Ctx ctx = with_cancel(background());
  int early = 0;
  step_through([&] { cancel(ctx, 7); },
               [&] {
                 const bool closed = goc_chan_is_closed(goc_ctx_done(ctx)) != 0;
                 if (!closed && goc_ctx_err(ctx) != GOC_OK) ++early;
               });
  EXPECT_EQ(early, 0);
  EXPECT_EQ(cause(ctx), 7);
}
#endif

}  // namespace
