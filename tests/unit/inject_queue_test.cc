// InjectQueue: unbounded, first in, first out for those that have run before and for those that have not;
// its size can be read without its lock.
#include "sched/inject_queue.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::effort;

struct Node {
  Node* link = nullptr;
  int number = 0;
  int thread = 0;
};
using Queue = goc::InjectQueue<Node>;

std::vector<Node> nodes(int count, int thread = 0) {
  std::vector<Node> made(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) made[static_cast<size_t>(i)] = {nullptr, i, thread};
  return made;
}

// Takes one; its number, -1 if there is none.
int take_one(Queue& queue) {
  Node* node;
  return queue.take(&node, 1) == 1 ? node->number : -1;
}

TEST(InjectQueue, IsEmptyAtFirst) {
  Queue queue;
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(take_one(queue), -1);
}

TEST(InjectQueue, TheOldestLeavesFirst) {
  Queue queue;
  auto all = nodes(3);
  for (Node& node : all) queue.push_fresh(&node);
  EXPECT_EQ(queue.size(), 3u);
  for (int number : {0, 1, 2, -1}) EXPECT_EQ(take_one(queue), number);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(InjectQueue, ABatchKeepsItsOrderBehindWhatIsThere) {
  Queue queue;
  auto all = nodes(4);
  goc::Fifo<Node> batch, none;
  queue.push_fresh(&all[0]);
  for (int i : {1, 2}) batch.push(&all[static_cast<size_t>(i)]);
  queue.push(none, batch);
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(queue.size(), 3u);
  queue.push_fresh(&all[3]);
  for (int number : {0, 1, 2, 3, -1}) EXPECT_EQ(take_one(queue), number);
}

TEST(InjectQueue, WhoWasWokenAndWhoIsFreshLeaveInTurn) {
  Queue queue;
  auto all = nodes(9);
  goc::Fifo<Node> resumed, fresh;
  for (int i = 0; i < 5; ++i) fresh.push(&all[static_cast<size_t>(i)]);
  resumed.push(&all[5]);
  queue.push(resumed, fresh);
  queue.push_resumed(&all[6]);
  queue.push_fresh(&all[7]);
  queue.push_resumed(&all[8]);
  EXPECT_EQ(queue.size(), 9u);
  for (int number : {0, 5, 1, 6, 2, 8, 3, 4, 7, -1}) EXPECT_EQ(take_one(queue), number);
}

TEST(InjectQueue, TakeMovesNoMoreThanAskedFor) {
  Queue queue;
  auto all = nodes(5);
  for (Node& node : all) queue.push_fresh(&node);
  Node* out[8] = {};
  ASSERT_EQ(queue.take(out, 2), 2u);
  EXPECT_EQ(out[1]->number, 1);
  EXPECT_EQ(out[2], nullptr);
  EXPECT_EQ(queue.size(), 3u);
  ASSERT_EQ(queue.take(out, 8), 3u);
  EXPECT_EQ(out[2]->number, 4);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(InjectQueue, StressEachProducersItemsArriveOnceAndInTheirOrder) {
  constexpr int kProducers = 3;
  Queue queue;
  const auto count = static_cast<int>(effort(300000));
  std::vector<std::vector<Node>> all;
  for (int t = 0; t < kProducers; ++t) all.push_back(nodes(count, t));
  std::vector<std::thread> producers;
  for (auto& mine : all)
    producers.emplace_back([&queue, &mine] {
      for (Node& node : mine) queue.push_fresh(&node);
    });
  int expected[kProducers] = {};
  for (int left = kProducers * count; left > 0;) {
    Node* out[32];
    const uint32_t got = queue.take(out, 32);
    for (uint32_t i = 0; i < got; ++i) ASSERT_EQ(out[i]->number, expected[out[i]->thread]++);
    left -= static_cast<int>(got);
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(queue.size(), 0u);
}

}  // namespace
