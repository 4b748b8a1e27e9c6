// base/list.h: intrusive lists.
#include "base/list.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

struct Node {
  int value;
  Node* link = nullptr;
  Node* back = nullptr;
};

using List = goc::Fifo<Node>;

std::vector<int> drain(List& list) {
  std::vector<int> values;
  while (values.size() < 10) {  // a list that bites its tail fails, and ends
    const Node* node = list.pop();
    if (node == nullptr) break;
    values.push_back(node->value);
  }
  return values;
}

TEST(Fifo, BeginsEmpty) {
  List list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0u);
  EXPECT_EQ(list.front(), nullptr);
  EXPECT_EQ(list.pop(), nullptr);
}

TEST(Fifo, GivesNodesInTheOrderTheyCame) {
  Node nodes[] = {{1}, {2}, {3}};
  List list;
  for (Node& node : nodes) list.push(&node);
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list.front(), &nodes[0]);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3}));
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0u);
}

TEST(Fifo, ANodeThatWasTakenMayComeAgain) {
  Node nodes[] = {{1}, {2}};
  List list;
  list.push(&nodes[0]);
  list.push(&nodes[1]);
  list.push(list.pop());
  EXPECT_EQ(drain(list), (std::vector{2, 1}));
}

TEST(Fifo, WorksAgainAfterItWasEmptied) {
  Node nodes[] = {{1}, {2}, {3}};
  List list;
  list.push(&nodes[0]);
  EXPECT_EQ(drain(list), (std::vector{1}));
  list.push(&nodes[1]);
  list.push(&nodes[2]);
  EXPECT_EQ(drain(list), (std::vector{2, 3}));
}

TEST(Fifo, SpliceAppendsAllAndEmptiesTheOther) {
  Node nodes[] = {{1}, {2}, {3}, {4}};
  List list;
  List other;
  list.push(&nodes[0]);
  other.push(&nodes[1]);
  other.push(&nodes[2]);
  list.splice(other);
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(other.size(), 0u);
  EXPECT_EQ(other.pop(), nullptr);
  EXPECT_EQ(list.size(), 3u);
  list.push(&nodes[3]);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3, 4}));
}

TEST(Fifo, SpliceIntoAnEmptyListTakesTheOtherOver) {
  Node nodes[] = {{1}, {2}, {3}};
  List list;
  List other;
  other.push(&nodes[0]);
  other.push(&nodes[1]);
  list.splice(other);
  list.push(&nodes[2]);
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3}));
}

TEST(Fifo, SpliceOfAnEmptyListChangesNothing) {
  Node nodes[] = {{1}, {2}};
  List list;
  List other;
  list.push(&nodes[0]);
  list.splice(other);
  list.push(&nodes[1]);
  EXPECT_EQ(list.size(), 2u);
  EXPECT_EQ(drain(list), (std::vector{1, 2}));
}

TEST(Deque, BothEndsAreInOrder) {
  Node nodes[] = {{1}, {2}, {3}, {4}};
  goc::Deque<Node> deque;
  EXPECT_EQ(deque.pop_newest(), nullptr);
  EXPECT_EQ(deque.pop_oldest(), nullptr);
  for (Node& node : nodes) deque.push(&node);
  EXPECT_EQ(deque.size(), 4u);
  EXPECT_EQ(deque.pop_newest()->value, 4);
  EXPECT_EQ(deque.pop_oldest()->value, 1);
  EXPECT_EQ(deque.pop_oldest()->value, 2);
  deque.push(&nodes[0]);
  EXPECT_EQ(deque.pop_oldest()->value, 3);
  EXPECT_EQ(deque.pop_newest()->value, 1);
  EXPECT_TRUE(deque.empty());
  EXPECT_EQ(deque.size(), 0u);
}

TEST(Deque, WorksAgainAfterItWasEmptiedFromEitherEnd) {
  Node nodes[] = {{1}, {2}};
  goc::Deque<Node> deque;
  for (int round = 0; round < 2; ++round) {
    deque.push(&nodes[0]);
    EXPECT_EQ(round == 0 ? deque.pop_oldest() : deque.pop_newest(), &nodes[0]);
    EXPECT_TRUE(deque.empty());
    deque.push(&nodes[0]);
    deque.push(&nodes[1]);
    EXPECT_EQ(deque.pop_oldest(), &nodes[0]);
    EXPECT_EQ(deque.pop_newest(), &nodes[1]);
    EXPECT_EQ(deque.pop_oldest(), nullptr);
  }
}

}  // namespace
