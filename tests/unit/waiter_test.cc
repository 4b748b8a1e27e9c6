// Sleeper and WaitQueue: whoever waits is woken by exactly one event, and is in no queue afterwards.
#include "sched/waiter.h"

#include <gtest/gtest.h>

#include <list>
#include <random>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc::Sleeper;
using goc::WaitReason;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

// --- WaitQueue -----------------------------------------------------------------------------------

TEST(WaitQueue, BehavesLikeASequentialList) {
  std::mt19937 random(1);
  goc::WaitQueue queue;
  std::vector<goc::Waiter> waiters(50);
  std::list<goc::Waiter*> model;
  for (int step = 0; step < 100000; ++step) {
    goc::Waiter& w = waiters[random() % waiters.size()];
    if (w.linked) {
      queue.remove(w);
      model.remove(&w);
    } else if (random() % 2 == 0) {
      queue.push(w);
      model.push_back(&w);
    } else {
      queue.push_front(w);
      model.push_front(&w);
    }
    ASSERT_EQ(queue.empty(), model.empty());
    const goc::Waiter* at = queue.front();
    for (const goc::Waiter* expected : model) {
      ASSERT_EQ(at, expected);
      at = at->next;
    }
    ASSERT_EQ(at, nullptr);
  }
}

TEST(WaitQueue, WaitersOfAClaimedSleeperAreDropped) {
  goc::WaitQueue queue;
  goc::Waiter waiters[3] = {};
  Sleeper lost(WaitReason::kSelect, waiters, 2, GOC_FOREVER);
  Sleeper waiting(WaitReason::kSelect, waiters, 2, GOC_FOREVER);
  for (goc::Waiter& w : waiters) {
    w.sleeper = &w == &waiters[2] ? &waiting : &lost;
    queue.push(w);
  }
  ASSERT_TRUE(lost.claim(7));
  EXPECT_EQ(queue.claim_front(), &waiters[2]);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.claim_front(), nullptr);
  for (const goc::Waiter& w : waiters) EXPECT_FALSE(w.linked);
}

TEST(WaitQueue, ClaimAllKeepsTheOrderAndSetsTheStatus) {
  goc::WaitQueue queue;
  goc::Waiter waiters[4] = {};
  std::list<Sleeper> sleepers;
  for (goc::Waiter& w : waiters) {
    w.sleeper = &sleepers.emplace_back(WaitReason::kSelect, waiters, 2, GOC_FOREVER);
    queue.push(w);
  }
  ASSERT_TRUE(waiters[1].sleeper->claim(7));
  const goc::Waiter* at = queue.claim_all(-6);
  for (int i : {0, 2, 3}) {
    ASSERT_EQ(at, &waiters[i]);
    EXPECT_EQ(at->status, -6);
    at = at->next;
  }
  EXPECT_EQ(at, nullptr);
  EXPECT_TRUE(queue.empty());
}

// --- Sleeper -------------------------------------------------------------------------------------

TEST(Sleeper, TheFirstClaimWinsAndNoOther) {
  goc::Waiter waiters[2] = {};
  Sleeper sleeper(WaitReason::kSelect, waiters, 2, goc_deadline(GOC_SECOND));
  EXPECT_TRUE(sleeper.claim(2));
  EXPECT_FALSE(sleeper.claim(1));
  EXPECT_FALSE(sleeper.claim(Sleeper::kTimedOut));
  EXPECT_FALSE(sleeper.abandon());
}

// The least object that can be waited for.
struct Bell : goc::Object {
  Bell() : Object(goc::Tag::kDead) { new (&lock) goc::BiasedLock; }

  // C1 to C4. True if somebody was woken.
  bool ring(int16_t status) {
    lock.lock();
    goc::Waiter* w = waiters.claim_front();
    if (w != nullptr) w->status = status;
    lock.unlock();
    if (w != nullptr) w->sleeper->wake();
    return w != nullptr;
  }
  static bool leave(goc::Waiter& w) {
    auto& bell = *static_cast<Bell*>(w.object);
    goc::Guard guard(bell.lock);
    if (!w.linked) return false;
    bell.waiters.remove(w);
    return true;
  }
  bool awaited() {
    goc::Guard guard(lock);
    return !waiters.empty();
  }

  goc::WaitQueue waiters;
};

constexpr uint32_t kBells = 3;

struct Bells {
  Bell bell[kBells];
  Bell& operator[](uint32_t i) { return bell[i]; }
  // Whoever waits may be awake, and gone, once the last lock is free; the bells stay.
  static void unlock(void* bells) {
    for (Bell& bell : static_cast<Bells*>(bells)->bell) bell.lock.unlock();
  }
};

struct Outcome {
  uint32_t event;
  int16_t status;
};

// W1 to W3: waits for the first `count` bells, until the deadline.
Outcome wait_for(Bells& bells, int64_t deadline, uint32_t count = kBells) {
  goc::Waiter waiters[kBells];
  Sleeper sleeper(WaitReason::kSelect, waiters, count, deadline);
  for (Bell& bell : bells.bell) bell.lock.lock();
  for (uint32_t i = 0; i < count; ++i) {
    waiters[i] = {nullptr, nullptr, &sleeper, &bells[i], &Bell::leave, nullptr, i, 0, false, false};
    bells[i].waiters.push(waiters[i]);
  }
  const uint32_t event = sleeper.wait({&Bells::unlock, &bells});
  for (uint32_t i = 0; i < count; ++i) EXPECT_FALSE(waiters[i].linked) << "waiter " << i;
  return {event, event <= count ? waiters[event - 1].status : int16_t{0}};
}

// Both kinds of sleepers do the same.
class Waiting : public goc_test::Procs {
 protected:
  // Runs f as a goroutine, then as a plain thread, while `meanwhile` runs on this thread.
  template <class F, class M>
  void on_both(F f, M meanwhile) {
    Group group;
    group.go(f);
    meanwhile();
    group.wait();
    std::thread thread(f);
    meanwhile();
    thread.join();
  }
};
GOC_FOR_ALL_PROCS(Waiting);

TEST_P(Waiting, TheEventThatWinsIsToldWithItsStatus) {
  for (const int64_t deadline : {GOC_FOREVER, soon()}) {
    for (uint32_t i = 0; i < kBells; ++i) {
      Bells bells;
      on_both(
          [&] {
            const Outcome outcome = wait_for(bells, deadline);
            EXPECT_EQ(outcome.event, i + 1);
            EXPECT_EQ(outcome.status, 42);
          },
          [&] { eventually([&] { return bells[i].ring(42); }); });
      for (Bell& bell : bells.bell) EXPECT_FALSE(bell.ring(1)) << "nobody waits any more";
    }
  }
}

TEST_P(Waiting, WithOneEventAndNoDeadlineItIsTheOne) {
  Bells bells;
  on_both([&] { EXPECT_EQ(wait_for(bells, GOC_FOREVER, 1).event, 1u); },
          [&] { eventually([&] { return bells[0].ring(1); }); });
}

TEST_P(Waiting, ADeadlineIsAnEventAndLeavesNoWaiterBehind) {
  Bells bells;
  for (const int64_t ns : {GOC_MILLISECOND, int64_t{1}, int64_t{-1}}) {
    on_both([&] { EXPECT_EQ(wait_for(bells, goc_deadline(ns)).event, Sleeper::kTimedOut); }, [] {});
    for (Bell& bell : bells.bell) EXPECT_FALSE(bell.awaited());
  }
}

TEST_P(Waiting, WhoCameFirstIsServedFirst) {
  constexpr int kSleepers = 20;
  Bells bells;
  Group group;
  for (int i = 0; i < kSleepers; ++i) {
    goc::Atom<bool> came{false};
    group.go([&, i] {
      came = true;
      EXPECT_EQ(wait_for(bells, soon(), 1).status, i);
    });
    eventually([&] { return came.load(); });
    eventually([&, i] {  // it is linked
      goc::Guard guard(bells[0].lock);
      int linked = 0;
      for (const goc::Waiter* w = bells[0].waiters.front(); w != nullptr; w = w->next) ++linked;
      return linked == i + 1;
    });
  }
  for (int16_t i = 0; i < kSleepers; ++i) EXPECT_TRUE(bells[0].ring(i));
  group.wait();
}

// Sleepers, ringers and deadlines that pass at the very moment: each wait ends by one event, and
// each ring that found somebody ends one wait.
TEST_P(Waiting, StressExactlyOneEventEndsEachWait) {
  const int64_t rounds = effort(5000);
  Bells bells;
  goc::Atom<int64_t> rung[kBells] = {};
  goc::Atom<int64_t> heard[kBells] = {};
  goc::Atom<int64_t> timed_out{0};
  goc::Atom<bool> stop{false};
  auto sleeper = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int64_t i = 0; i < rounds; ++i) {
      const int64_t deadline = random() % 4 == 0 ? soon() : goc_deadline(random() % 30000);
      const Outcome outcome = wait_for(bells, deadline);
      if (outcome.event == Sleeper::kTimedOut) {
        ++timed_out;
      } else {
        ASSERT_LE(outcome.event, kBells);
        ASSERT_EQ(outcome.status, static_cast<int16_t>(outcome.event));
        ++heard[outcome.event - 1];
      }
    }
  };
  auto ringer = [&](uint32_t i) {
    for (; !stop; goc_yield())
      if (bells[i].ring(static_cast<int16_t>(i + 1))) ++rung[i];
  };
  Group sleepers;
  Group ringers;
  for (unsigned s = 1; s <= 4; ++s) sleepers.go([&, s] { sleeper(s); });
  std::thread plain_sleeper(sleeper, 5u);
  ringers.go([&] { ringer(0); });
  ringers.go([&] { ringer(1); });
  std::thread plain_ringer(ringer, 2u);
  plain_sleeper.join();
  sleepers.wait();
  stop = true;
  plain_ringer.join();
  ringers.wait();
  int64_t waits = timed_out;
  for (uint32_t i = 0; i < kBells; ++i) {
    EXPECT_EQ(rung[i].load(), heard[i].load()) << "bell " << i;
    waits += heard[i];
  }
  EXPECT_EQ(waits, 5 * rounds);
}

TEST_P(Waiting, StressAWokenSleeperIsWokenOnce) {
  const int64_t rounds = effort(10000);
  Bells bells;
  Group group;
  group.go([&] {
    for (int64_t i = 0; i < rounds; ++i) ASSERT_EQ(wait_for(bells, soon(), 1).event, 1u);
  });
  int64_t woken = 0;
  eventually([&] { return (woken += bells[0].ring(1)) == rounds; });
  group.wait();
  EXPECT_FALSE(bells[0].ring(1));
}

}  // namespace
