// TimerHeap: a random model, and what is promised about expire() and disarm().
#include "time/timer_heap.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "base/rand.h"

namespace {

using goc::Fifo;
using goc::TimerHeap;

struct Probe : goc::Timer {
  explicit Probe(bool wanted = true)
      : Timer([](goc::Timer* t) { return of(t).expired(); }, [](goc::Timer* t) { ++of(t).fired; }),
        wanted(wanted) {}
  static Probe& of(goc::Timer* t) { return *static_cast<Probe*>(t); }
  bool expired() {
    ++expirations;
    return wanted;
  }

  bool wanted;  // what expire() answers
  int expirations = 0;
  int fired = 0;
};

std::vector<int64_t> times_of(Fifo<goc::Timer>& list) {
  std::vector<int64_t> times;
  while (const goc::Timer* t = list.pop()) times.push_back(t->when);
  return times;
}

void drop_all(TimerHeap& heap) {
  Fifo<goc::Timer> dropped;
  heap.clear(dropped);
  while (goc::Timer* timer = dropped.pop()) timer->drop(timer);
}

TEST(TimerHeap, IsEmptyAtFirst) {
  TimerHeap heap;
  EXPECT_EQ(heap.earliest(), INT64_MAX);
  Fifo<goc::Timer> due;
  heap.collect(INT64_MAX, due);
  EXPECT_TRUE(due.empty());
}

TEST(TimerHeap, CollectsWhatIsDueInTheOrderOfTime) {
  TimerHeap heap;
  std::vector<std::unique_ptr<Probe>> timers;
  for (int64_t when : {50, 10, 40, 30, 20, 10}) {
    timers.push_back(std::make_unique<Probe>());
    ASSERT_TRUE(heap.arm(*timers.back(), when));
  }
  EXPECT_EQ(heap.earliest(), 10);
  Fifo<goc::Timer> due;
  heap.collect(9, due);
  EXPECT_TRUE(due.empty());
  heap.collect(30, due);
  EXPECT_EQ(times_of(due), (std::vector<int64_t>{10, 10, 20, 30}));
  EXPECT_EQ(heap.earliest(), 40);
  drop_all(heap);
}

TEST(TimerHeap, DisarmTellsWhetherTheTimerWasArmed) {
  TimerHeap heap;
  Probe timer;
  EXPECT_FALSE(TimerHeap::disarm(timer)) << "never armed";
  heap.arm(timer, 5);
  EXPECT_TRUE(TimerHeap::disarm(timer));
  EXPECT_FALSE(TimerHeap::disarm(timer)) << "disarmed before";
  EXPECT_EQ(heap.earliest(), INT64_MAX);
  heap.arm(timer, 5);
  heap.fire_due(5);
  EXPECT_FALSE(TimerHeap::disarm(timer)) << "it has fired";
  EXPECT_EQ(timer.fired, 1);
}

TEST(TimerHeap, ATimerWhoseExpireSaysNoIsTakenOutAndNotFired) {
  TimerHeap heap;
  Probe wanted(true);
  Probe unwanted(false);
  heap.arm(unwanted, 1);
  heap.arm(wanted, 2);
  heap.fire_due(3);
  heap.fire_due(4);
  EXPECT_EQ(unwanted.expirations, 1);
  EXPECT_EQ(unwanted.fired, 0);
  EXPECT_EQ(wanted.expirations, 1);
  EXPECT_EQ(wanted.fired, 1);
  EXPECT_EQ(heap.earliest(), INT64_MAX);
}

TEST(TimerHeap, FireDueLooksAtTheEarliestTimeFirst) {
  TimerHeap heap;
  Probe timer;
  heap.arm(timer, 10);
  heap.fire_due(9);
  EXPECT_EQ(timer.expirations, 0);
  heap.fire_due(10);
  EXPECT_EQ(timer.fired, 1);
}

TEST(TimerHeap, ATimerMovesToTheHeapThatArmsItNext) {
  TimerHeap first;
  TimerHeap second;
  Probe timer;
  first.arm(timer, 1);
  first.fire_due(1);
  second.arm(timer, 2);
  EXPECT_EQ(first.earliest(), INT64_MAX);
  EXPECT_EQ(second.earliest(), 2);
  EXPECT_TRUE(TimerHeap::disarm(timer));
  EXPECT_EQ(second.earliest(), INT64_MAX);
}

TEST(TimerHeap, ClearForgetsItsTimers) {
  TimerHeap heap;
  Probe timer;
  heap.arm(timer, 1);
  drop_all(heap);
  EXPECT_EQ(heap.earliest(), INT64_MAX);
  heap.fire_due(2);
  EXPECT_EQ(timer.expirations, 0);
  EXPECT_FALSE(TimerHeap::disarm(timer));
}

// A timer outlives the heap that fired it: a worker goes at shutdown, the user's timer stays.
TEST(TimerHeap, ATimerThatHasFiredDoesNotTouchItsHeapAgain) {
  auto heap = std::make_unique<TimerHeap>();
  Probe fired;
  Probe unwanted(false);
  heap->arm(fired, 1);
  heap->arm(unwanted, 1);
  heap->fire_due(1);
  heap.reset();
  ASSERT_EQ(fired.heap, nullptr);
  ASSERT_EQ(unwanted.heap, nullptr);
  EXPECT_FALSE(TimerHeap::disarm(fired));
  EXPECT_FALSE(TimerHeap::disarm(unwanted));
}

// The heap beside a std::multimap that does the same.
class Model {
 public:
  explicit Model(uint64_t seed, size_t timers) : rand_(seed) {
    for (size_t i = 0; i < timers; ++i) timers_.push_back(std::make_unique<Probe>());
  }
  ~Model() { drop_all(heap_); }

  void step() {
    Probe& timer = *timers_[rand_.below(static_cast<uint32_t>(timers_.size()))];
    const uint32_t die = rand_.below(8);
    if (die == 0)
      collect();
    else if (die < 4 || armed(timer))
      disarm(timer);
    else
      arm(timer);
    ASSERT_EQ(heap_.earliest(), model_.empty() ? INT64_MAX : model_.begin()->first);
  }

  void collect() {
    now_ += rand_.below(40);
    std::multiset<goc::Timer*> expected;
    while (!model_.empty() && model_.begin()->first <= now_) {
      if (Probe::of(model_.begin()->second).wanted) expected.insert(model_.begin()->second);
      model_.erase(model_.begin());
    }
    Fifo<goc::Timer> due;
    heap_.collect(now_, due);
    std::multiset<goc::Timer*> got;
    int64_t last = INT64_MIN;
    while (goc::Timer* t = due.pop()) {
      ASSERT_GE(t->when, last) << "out of order";
      last = t->when;
      got.insert(t);
    }
    ASSERT_EQ(got, expected);
  }

 private:
  using Entry = std::multimap<int64_t, goc::Timer*>::iterator;
  Entry find(goc::Timer& timer) {
    Entry at = model_.begin();
    while (at != model_.end() && at->second != &timer) ++at;
    return at;
  }
  bool armed(goc::Timer& timer) { return find(timer) != model_.end(); }

  void arm(Probe& timer) {
    timer.wanted = rand_.below(4) != 0;
    const int64_t when = now_ + rand_.below(100);
    ASSERT_TRUE(heap_.arm(timer, when));
    model_.emplace(when, &timer);
  }

  void disarm(goc::Timer& timer) {
    const Entry at = find(timer);
    ASSERT_EQ(TimerHeap::disarm(timer), at != model_.end());
    if (at != model_.end()) model_.erase(at);
  }

  goc::Rand rand_;
  int64_t now_ = 0;
  std::vector<std::unique_ptr<Probe>> timers_;
  std::multimap<int64_t, goc::Timer*> model_;
  TimerHeap heap_;
};

TEST(TimerHeap, DoesWhatAMultimapDoes) {
  for (const size_t timers : {1, 2, 5, 6, 21, 100}) {
    Model model(timers, timers);
    for (int i = 0; i < 5000 && !testing::Test::HasFatalFailure(); ++i) model.step();
    for (int i = 0; i < 10 && !testing::Test::HasFatalFailure(); ++i) model.collect();
  }
}

}  // namespace
