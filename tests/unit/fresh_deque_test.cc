// FreshDeque: the owner's stack, the thieves' queue, and every item exactly once.
#include "sched/fresh_deque.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <thread>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"

namespace {

using goc_test::effort;
using goc_test::FailingCalls;

struct Item {
  int number = 0;
  goc::Atom<int> taken{0};
};

class FreshDeque : public testing::Test {
 protected:
  ~FreshDeque() override { deque_.clear(); }

  // Items 0 to count - 1, not pushed yet.
  std::vector<Item> items(int count) {
    std::vector<Item> made(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) made[static_cast<size_t>(i)].number = i;
    return made;
  }
  void push_all(std::vector<Item>& items) {
    for (Item& item : items) ASSERT_TRUE(deque_.push(&item));
  }

  goc::FreshDeque<Item> deque_;
};

TEST_F(FreshDeque, IsEmptyAtFirst) {
  EXPECT_EQ(deque_.size(), 0);
  EXPECT_EQ(deque_.pop(), nullptr);
  EXPECT_EQ(deque_.steal(), nullptr);
  EXPECT_EQ(deque_.size(), 0);
}

TEST_F(FreshDeque, TheOwnerPopsTheNewestFirst) {
  auto all = items(3);
  push_all(all);
  for (int number : {2, 1, 0}) EXPECT_EQ(deque_.pop()->number, number);
  EXPECT_EQ(deque_.pop(), nullptr);
}

TEST_F(FreshDeque, ThievesTakeTheOldestFirst) {
  auto all = items(3);
  push_all(all);
  for (int number : {0, 1, 2}) EXPECT_EQ(deque_.steal()->number, number);
  EXPECT_EQ(deque_.steal(), nullptr);
}

TEST_F(FreshDeque, BehavesLikeASequentialDeque) {
  std::mt19937 random(1);
  auto all = items(100000);
  std::deque<Item*> model;
  for (Item& item : all) {
    const bool grows = item.number % 20000 < 12000;  // long and short in turn
    ASSERT_TRUE(deque_.push(&item));
    model.push_back(&item);
    for (auto n = random() % (grows ? 2 : 4); n > 0; --n) {
      const bool pops = random() % 2 == 0;
      Item* expected = nullptr;
      if (!model.empty()) {
        expected = pops ? model.back() : model.front();
        pops ? model.pop_back() : model.pop_front();
      }
      ASSERT_EQ(pops ? deque_.pop() : deque_.steal(), expected);
    }
    ASSERT_EQ(deque_.size(), static_cast<int64_t>(model.size()));
  }
}

TEST_F(FreshDeque, KeepsItemsAndTheirOrderWhenItGrowsInTheMiddleOfTheRing) {
  auto all = items(2000);
  for (int i = 0; i < 200; ++i) {  // so that the first slot is not slot 0
    ASSERT_TRUE(deque_.push(&all[0]));
    ASSERT_EQ(deque_.steal(), &all[0]);
  }
  push_all(all);
  EXPECT_EQ(deque_.size(), 2000);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(deque_.steal()->number, i);
  for (int i = 1999; i >= 1000; --i) EXPECT_EQ(deque_.pop()->number, i);
}

TEST_F(FreshDeque, WithoutMemoryNothingIsPushed) {
  auto all = items(257);
  {
    FailingCalls none(goc::os::Call::kAllocate);
    EXPECT_FALSE(deque_.push(&all[0]));
    EXPECT_EQ(deque_.size(), 0);
  }
  for (int i = 0; i < 256; ++i) ASSERT_TRUE(deque_.push(&all[static_cast<size_t>(i)]));
  {
    FailingCalls none(goc::os::Call::kAllocate);
    EXPECT_FALSE(deque_.push(&all[256])) << "the first array holds 256";
    EXPECT_EQ(deque_.size(), 256);
  }
  EXPECT_TRUE(deque_.push(&all[256]));
  for (int i = 256; i >= 0; --i) EXPECT_EQ(deque_.pop()->number, i);
}

TEST_F(FreshDeque, IsUsableAgainAfterClear) {
  auto all = items(1000);
  push_all(all);
  deque_.clear();
  EXPECT_EQ(deque_.size(), 0);
  EXPECT_EQ(deque_.pop(), nullptr);
  push_all(all);
  EXPECT_EQ(deque_.steal()->number, 0);
  EXPECT_EQ(deque_.pop()->number, 999);
}

// Threads that steal until told to stop.
class Thieves {
 public:
  Thieves(goc::FreshDeque<Item>& deque, int count) {
    for (int i = 0; i < count; ++i)
      threads_.emplace_back([this, &deque] {
        while (!stop_.load(std::memory_order_relaxed))
          if (Item* item = deque.steal()) item->taken.fetch_add(1, std::memory_order_relaxed);
      });
  }
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  goc::Atom<bool> stop_{false};
  std::vector<std::thread> threads_;
};

TEST_F(FreshDeque, StressEveryItemIsTakenExactlyOnceByOwnerOrThief) {
  auto all = items(static_cast<int>(effort(2000000)));
  Thieves thieves(deque_, 3);
  std::mt19937 random(2);
  size_t pushed = 0;
  while (pushed < all.size()) {
    const bool burst = random() % 256 == 0;  // makes it grow under the thieves' hands
    for (auto n = burst ? 2000 : random() % 4; n > 0 && pushed < all.size(); --n)
      ASSERT_TRUE(deque_.push(&all[pushed++]));
    for (auto n = random() % 4; n > 0; --n)
      if (Item* item = deque_.pop()) item->taken.fetch_add(1, std::memory_order_relaxed);
  }
  while (Item* item = deque_.pop()) item->taken.fetch_add(1, std::memory_order_relaxed);
  thieves.stop();
  for (const Item& item : all) ASSERT_EQ(item.taken.load(), 1) << "item " << item.number;
}

TEST_F(FreshDeque, StressTheLastItemHasExactlyOneTaker) {
  auto all = items(static_cast<int>(effort(1000000)));
  Thieves thieves(deque_, 2);
  for (Item& item : all) {
    ASSERT_TRUE(deque_.push(&item));
    for (int i = item.number % 8; i > 0; --i) goc::cpu_relax();
    if (Item* mine = deque_.pop()) mine->taken.fetch_add(1, std::memory_order_relaxed);
  }
  thieves.stop();
  for (const Item& item : all) ASSERT_EQ(item.taken.load(), 1) << "item " << item.number;
  EXPECT_EQ(deque_.size(), 0);
}

}  // namespace
