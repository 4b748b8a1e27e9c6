// RunQueue: a bounded FIFO with one producer, and every item exactly once for many consumers.
#include "sched/run_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::effort;
using Queue = goc::RunQueue<int>;

constexpr auto kCapacity = static_cast<int>(Queue::kCapacity);

TEST(RunQueue, IsEmptyAtFirst) {
  Queue queue;
  int* out[4];
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.take(out, 4), 0u);
}

TEST(RunQueue, TheOldestLeavesFirst) {
  Queue queue;
  int items[3] = {0, 1, 2};
  for (int& item : items) ASSERT_TRUE(queue.push(&item));
  for (int number : {0, 1, 2}) EXPECT_EQ(*queue.pop(), number);
  EXPECT_EQ(queue.pop(), nullptr);
}

TEST(RunQueue, AFullQueueTakesNoMoreAndLosesNothing) {
  Queue queue;
  std::vector<int> items(Queue::kCapacity + 1);
  for (int i = 0; i < kCapacity; ++i) ASSERT_TRUE(queue.push(&items[static_cast<size_t>(i)]));
  EXPECT_FALSE(queue.push(&items.back()));
  EXPECT_EQ(queue.size(), Queue::kCapacity);
  EXPECT_EQ(queue.pop(), &items[0]);
  EXPECT_TRUE(queue.push(&items.back()));
  for (size_t i = 1; i < items.size(); ++i) EXPECT_EQ(queue.pop(), &items[i]);
}

TEST(RunQueue, TakeMovesTheOldestAndNoMoreThanAskedFor) {
  Queue queue;
  int items[5] = {0, 1, 2, 3, 4};
  for (int& item : items) ASSERT_TRUE(queue.push(&item));
  int* out[8] = {};
  ASSERT_EQ(queue.take(out, 2), 2u);
  EXPECT_EQ(*out[0], 0);
  EXPECT_EQ(*out[1], 1);
  EXPECT_EQ(out[2], nullptr);
  ASSERT_EQ(queue.take(out, 8), 3u);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(*out[i], i + 2);
  EXPECT_EQ(queue.take(out, 0), 0u);
}

TEST(RunQueue, BehavesLikeASequentialQueue) {
  Queue queue;
  std::deque<int*> model;
  std::mt19937 random(1);
  std::vector<int> items(200000);  // many times around the ring
  for (int& item : items) {
    const bool fits = model.size() < Queue::kCapacity;
    ASSERT_EQ(queue.push(&item), fits);
    if (fits) model.push_back(&item);
    const auto most = static_cast<uint32_t>(random() % 64 == 0 ? random() % 300 : random() % 2);
    std::vector<int*> out(most + 1);
    const uint32_t count = queue.take(out.data(), most);
    ASSERT_EQ(count, std::min<size_t>(most, model.size()));
    ASSERT_TRUE(std::equal(out.begin(), out.begin() + count, model.begin()));
    model.erase(model.begin(), model.begin() + count);
    ASSERT_EQ(queue.size(), model.size());
  }
}

struct Seen {
  goc::Atom<int> times{0};
};

// Consumers of a queue; each takes batches of its own size.
class Consumers {
 public:
  Consumers(goc::RunQueue<Seen>& queue, std::initializer_list<uint32_t> batch_sizes) {
    for (const uint32_t most : batch_sizes)
      threads_.emplace_back([this, &queue, most] {
        while (!stop_.load(std::memory_order_relaxed)) take_some(queue, most);
      });
  }
  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  static void take_some(goc::RunQueue<Seen>& queue, uint32_t most) {
    Seen* out[Queue::kCapacity];
    const uint32_t count = queue.take(out, most);
    for (uint32_t i = 0; i < count; ++i) out[i]->times.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  goc::Atom<bool> stop_{false};
  std::vector<std::thread> threads_;
};

TEST(RunQueue, StressEveryItemIsTakenExactlyOnce) {
  goc::RunQueue<Seen> queue;
  std::vector<Seen> items(static_cast<size_t>(effort(2000000)));
  Consumers consumers(queue, {1, 32, Queue::kCapacity / 2});
  for (Seen& item : items)
    while (!queue.push(&item)) Consumers::take_some(queue, Queue::kCapacity / 2);  // as overflow()
  consumers.stop();
  while (Seen* item = queue.pop()) item->times.fetch_add(1);
  for (size_t i = 0; i < items.size(); ++i) ASSERT_EQ(items[i].times.load(), 1) << "item " << i;
}

// An owner that pushes one at a time reuses a slot as soon as head has passed it.
TEST(RunQueue, StressASlotIsReusedOnlyAfterItsItemHasLeft) {
  goc::RunQueue<Seen> queue;
  std::vector<Seen> items(static_cast<size_t>(effort(1000000)));
  Consumers consumers(queue, {1, 2});
  for (Seen& item : items) {
    while (!queue.push(&item)) goc::cpu_relax();
    if (Seen* mine = queue.pop()) mine->times.fetch_add(1, std::memory_order_relaxed);
  }
  consumers.stop();
  while (Seen* item = queue.pop()) item->times.fetch_add(1);
  for (size_t i = 0; i < items.size(); ++i) ASSERT_EQ(items[i].times.load(), 1) << "item " << i;
}

}  // namespace
