// LocalQueues: whose turn it is, what thieves get, and every item exactly once.
#include "sched/local_queues.h"

#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "fixture.h"
#include "single_step.h"

namespace {

using goc_test::effort;

struct Item {
  int number = 0;
  goc::Atom<int> taken{0};
  Item* link = nullptr;
  Item* back = nullptr;
};

using Queues = goc::LocalQueues<Item>;
constexpr uint32_t kBatch = 32;

std::vector<Item> make(int count) {
  std::vector<Item> made(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) made[static_cast<size_t>(i)].number = i;
  return made;
}

std::vector<int> stolen_from(Queues& queues, uint32_t most = kBatch) {
  Item* out[kBatch] = {};
  std::vector<int> numbers;
  for (uint32_t i = 0, n = queues.steal(out, most); i < n; ++i) numbers.push_back(out[i]->number);
  return numbers;
}

std::vector<int> popped_from(Queues& queues) {
  std::vector<int> numbers;
  while (Item* item = queues.pop()) numbers.push_back(item->number);
  return numbers;
}

// As a worker does.
Item* put_next(Queues& queues, Item* item) {
  return queues.fill_next(item) ? nullptr : queues.replace_next(item);
}

// Five items, numbered as they will have their turns: next, two resumed, two fresh.
void fill(Queues& queues, std::vector<Item>& items) {
  queues.push_fresh(&items[4]);
  queues.push_fresh(&items[3]);
  queues.push_resumed(&items[1]);
  queues.push_resumed(&items[2]);
  EXPECT_TRUE(queues.fill_next(&items[0]));
  EXPECT_FALSE(queues.fill_next(&items[0]));
}

TEST(LocalQueues, AreEmptyAtFirst) {
  Queues queues;
  goc::Fifo<Item> resumed, fresh;
  queues.drain(resumed, fresh);
  EXPECT_TRUE(resumed.empty());
  EXPECT_TRUE(fresh.empty());
  EXPECT_EQ(queues.pop(), nullptr);
  EXPECT_EQ(queues.pop_oldest_fresh(), nullptr);
  EXPECT_EQ(stolen_from(queues), std::vector<int>());
  EXPECT_FALSE(queues.has_work());
  EXPECT_FALSE(queues.has_next());
}

TEST(LocalQueues, NextComesFirstThenResumedInOrderThenTheNewestFresh) {
  Queues queues;
  auto items = make(5);
  fill(queues, items);
  EXPECT_EQ(popped_from(queues), (std::vector{0, 1, 2, 3, 4}));
}

TEST(LocalQueues, WhoeverBecomesNextDrivesOutTheOneBefore) {
  Queues queues;
  auto items = make(2);
  EXPECT_TRUE(queues.fill_next(&items[0]));
  EXPECT_TRUE(queues.has_next());
  EXPECT_FALSE(queues.has_work()) << "next is not for thieves";
  EXPECT_EQ(put_next(queues, &items[1]), &items[0]);
  EXPECT_EQ(queues.pop(), &items[1]);
  EXPECT_FALSE(queues.has_next());
}

TEST(LocalQueues, OthersGetTheirTurnAfterAFewFromNext) {
  Queues queues;
  auto items = make(2);
  queues.push_resumed(&items[1]);
  for (uint32_t i = 0; i < Queues::kMaxNext; ++i) {
    put_next(queues, &items[0]);
    ASSERT_EQ(queues.pop(), &items[0]);
  }
  put_next(queues, &items[0]);
  EXPECT_EQ(popped_from(queues), (std::vector{1, 0}));
}

TEST(LocalQueues, TheOldestFreshOneMayBeTakenOutOfTurn) {
  Queues queues;
  auto items = make(3);
  for (Item& item : items) queues.push_fresh(&item);
  EXPECT_EQ(queues.pop_oldest_fresh(), &items[0]);
  EXPECT_EQ(popped_from(queues), (std::vector{2, 1}));
}

TEST(LocalQueues, AThiefTakesTheOlderHalfOfTheResumed) {
  Queues queues;
  auto items = make(6);
  queues.push_fresh(&items[5]);
  for (size_t i = 0; i < 5; ++i) queues.push_resumed(&items[i]);
  EXPECT_EQ(stolen_from(queues), (std::vector{0, 1, 2}));
  EXPECT_EQ(queues.size(), 3u);
  EXPECT_EQ(popped_from(queues), (std::vector{3, 4, 5}));
}

TEST(LocalQueues, AThiefTakesTheOlderHalfOfTheFreshIfNoneIsResumed) {
  Queues queues;
  auto items = make(5);
  for (Item& item : items) queues.push_fresh(&item);
  EXPECT_EQ(stolen_from(queues), (std::vector{0, 1, 2}));
  EXPECT_EQ(popped_from(queues), (std::vector{4, 3}));
}

TEST(LocalQueues, AThiefTakesNoMoreThanItAsksForAndNeverNext) {
  Queues queues;
  auto items = make(101);
  for (size_t i = 0; i < 100; ++i) queues.push_resumed(&items[i]);
  put_next(queues, &items[100]);
  EXPECT_EQ(stolen_from(queues, 2), (std::vector{0, 1}));
  EXPECT_EQ(queues.size(), 98u);
  while (!stolen_from(queues).empty()) {
  }
  EXPECT_EQ(queues.pop(), &items[100]);
}

TEST(LocalQueues, DrainTakesAllTheOldestFreshOneFirst) {
  Queues queues;
  auto items = make(5);
  fill(queues, items);
  goc::Fifo<Item> resumed, fresh;
  queues.drain(resumed, fresh);
  EXPECT_EQ(resumed.size(), 3u);
  EXPECT_EQ(fresh.size(), 2u);
  for (const int number : {0, 1, 2}) EXPECT_EQ(resumed.pop()->number, number);
  for (const int number : {4, 3}) EXPECT_EQ(fresh.pop()->number, number);
  EXPECT_FALSE(queues.has_work());
  EXPECT_EQ(queues.pop(), nullptr);
}

TEST(LocalQueues, ForgetAllOnClear) {
  Queues queues;
  auto items = make(3);
  queues.push_fresh(&items[0]);
  queues.push_resumed(&items[1]);
  put_next(queues, &items[2]);
  queues.clear();
  EXPECT_FALSE(queues.has_work());
  EXPECT_EQ(queues.pop(), nullptr);
  queues.push_resumed(&items[1]);
  EXPECT_EQ(queues.pop(), &items[1]);
}

void take(Item& item) { item.taken.fetch_add(1, std::memory_order_relaxed); }

// Threads that steal, or drain as the monitor does, until told to stop.
class Visitors {
 public:
  Visitors(Queues& queues, int thieves, int drainers) {
    for (int i = 0; i < thieves; ++i)
      start([&queues] {
        Item* out[kBatch];
        for (uint32_t k = 0, n = queues.steal(out, kBatch); k < n; ++k) take(*out[k]);
      });
    for (int i = 0; i < drainers; ++i)
      start([&queues] {
        goc::Fifo<Item> resumed, fresh;
        queues.drain(resumed, fresh);
        while (Item* item = resumed.pop()) take(*item);
        while (Item* item = fresh.pop()) take(*item);
      });
  }
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  template <class Visit>
  void start(Visit visit) {
    threads_.emplace_back([this, visit] {
      while (!stop_.load(std::memory_order_relaxed)) visit();
    });
  }
  goc::Atom<bool> stop_{false};
  std::vector<std::thread> threads_;
};

void expect_each_once(const std::vector<Item>& items) {
  for (const Item& item : items) ASSERT_EQ(item.taken.load(), 1) << "item " << item.number;
}

TEST(LocalQueues, StressEveryItemIsTakenExactlyOnce) {
  Queues queues;
  auto items = make(static_cast<int>(effort(500000)));
  Visitors visitors(queues, 2, 1);
  std::mt19937 random(2);
  for (size_t pushed = 0; pushed < items.size();) {
    for (auto n = random() % 64 == 0 ? 500 : random() % 4; n > 0 && pushed < items.size(); --n) {
      Item* item = &items[pushed++];
      switch (random() % 3) {
        case 0:
          queues.push_fresh(item);
          break;
        case 1:
          queues.push_resumed(item);
          break;
        default:
          if (Item* before = put_next(queues, item)) queues.push_resumed(before);
      }
    }
    for (auto n = random() % 4; n > 0; --n)
      if (Item* item = queues.pop()) take(*item);
    if (Item* item = random() % 8 == 0 ? queues.pop_oldest_fresh() : nullptr) take(*item);
  }
  while (Item* item = queues.pop()) take(*item);
  visitors.stop();
  expect_each_once(items);
}

#if defined(GOC_TEST_STEPS)
TEST(LocalQueues, AtEachInstructionOfAVisitTheOwnerMayFillNext) {
  goc::pass_full_barriers(true);  // the system's would be instructions that are not always as many
  bool filled = true;
  for (int at = 1; filled; ++at) {
    Queues queues;
    auto items = make(2);
    queues.push_resumed(&items[0]);
    goc::Fifo<Item> drained, fresh;
    int step = 0;
    filled = false;
    goc_test::step_through([&] { queues.drain(drained, fresh); },
                           [&] {
                             if (++step != at) return;
                             EXPECT_TRUE(queues.fill_next(&items[1]));
                             filled = true;
                           });
    while (Item* item = drained.pop()) take(*item);
    while (Item* item = queues.pop()) take(*item);
    EXPECT_EQ(items[0].taken, 1);
    ASSERT_EQ(items[1].taken, filled ? 1 : 0) << "at " << at;
  }
  goc::pass_full_barriers(false);
}
#endif

// The owner fills an empty `next` without the lock, while a visitor may be draining what else there is.
TEST(LocalQueues, StressTheLastItemHasExactlyOneTaker) {
  Queues queues;
  auto items = make(static_cast<int>(effort(100000)));
  Visitors visitors(queues, 1, 2);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    queues.push_resumed(&items[i]);
    if (Item* before = put_next(queues, &items[i + 1])) take(*before);
    for (size_t n = i % 16; n > 0; n -= 2) goc::cpu_relax();
    while (Item* mine = queues.pop()) take(*mine);
  }
  visitors.stop();
  expect_each_once(items);
  EXPECT_FALSE(queues.has_work());
}

}  // namespace
