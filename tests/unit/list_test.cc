// base/list.h: intrusive lists.
#include "base/list.h"

#include <gtest/gtest.h>

#include <vector>

namespace {

struct Linked {
  int value;
  Linked* link = nullptr;
  Linked* back = nullptr;
};

using List = goc::Fifo<Linked>;

std::vector<int> drain(List& list) {
  std::vector<int> values;
  while (values.size() < 10) {  // a list that bites its tail fails, and ends
    const Linked* linked = list.pop();
    if (linked == nullptr) break;
    values.push_back(linked->value);
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
  Linked items[] = {{1}, {2}, {3}};
  List list;
  for (Linked& linked : items) list.push(&linked);
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list.front(), &items[0]);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3}));
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.size(), 0u);
}

TEST(Fifo, ANodeThatWasTakenMayComeAgain) {
  Linked items[] = {{1}, {2}};
  List list;
  list.push(&items[0]);
  list.push(&items[1]);
  list.push(list.pop());
  EXPECT_EQ(drain(list), (std::vector{2, 1}));
}

TEST(Fifo, WorksAgainAfterItWasEmptied) {
  Linked items[] = {{1}, {2}, {3}};
  List list;
  list.push(&items[0]);
  EXPECT_EQ(drain(list), (std::vector{1}));
  list.push(&items[1]);
  list.push(&items[2]);
  EXPECT_EQ(drain(list), (std::vector{2, 3}));
}

TEST(Fifo, SpliceAppendsAllAndEmptiesTheOther) {
  Linked items[] = {{1}, {2}, {3}, {4}};
  List list;
  List other;
  list.push(&items[0]);
  other.push(&items[1]);
  other.push(&items[2]);
  list.splice(other);
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(other.size(), 0u);
  EXPECT_EQ(other.pop(), nullptr);
  EXPECT_EQ(list.size(), 3u);
  list.push(&items[3]);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3, 4}));
}

TEST(Fifo, SpliceIntoAnEmptyListTakesTheOtherOver) {
  Linked items[] = {{1}, {2}, {3}};
  List list;
  List other;
  other.push(&items[0]);
  other.push(&items[1]);
  list.splice(other);
  list.push(&items[2]);
  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(drain(list), (std::vector{1, 2, 3}));
}

TEST(Fifo, SpliceOfAnEmptyListChangesNothing) {
  Linked items[] = {{1}, {2}};
  List list;
  List other;
  list.push(&items[0]);
  list.splice(other);
  list.push(&items[1]);
  EXPECT_EQ(list.size(), 2u);
  EXPECT_EQ(drain(list), (std::vector{1, 2}));
}

TEST(Deque, BothEndsAreInOrder) {
  Linked items[] = {{1}, {2}, {3}, {4}};
  goc::Deque<Linked> deque;
  EXPECT_EQ(deque.pop_newest(), nullptr);
  EXPECT_EQ(deque.pop_oldest(), nullptr);
  for (Linked& linked : items) deque.push(&linked);
  EXPECT_EQ(deque.size(), 4u);
  EXPECT_EQ(deque.pop_newest()->value, 4);
  EXPECT_EQ(deque.pop_oldest()->value, 1);
  EXPECT_EQ(deque.pop_oldest()->value, 2);
  deque.push(&items[0]);
  EXPECT_EQ(deque.pop_oldest()->value, 3);
  EXPECT_EQ(deque.pop_newest()->value, 1);
  EXPECT_TRUE(deque.empty());
  EXPECT_EQ(deque.size(), 0u);
}

TEST(Deque, WorksAgainAfterItWasEmptiedFromEitherEnd) {
  Linked items[] = {{1}, {2}};
  goc::Deque<Linked> deque;
  for (int round = 0; round < 2; ++round) {
    deque.push(&items[0]);
    EXPECT_EQ(round == 0 ? deque.pop_oldest() : deque.pop_newest(), &items[0]);
    EXPECT_TRUE(deque.empty());
    deque.push(&items[0]);
    deque.push(&items[1]);
    EXPECT_EQ(deque.pop_oldest(), &items[0]);
    EXPECT_EQ(deque.pop_newest(), &items[1]);
    EXPECT_EQ(deque.pop_oldest(), nullptr);
  }
}

}  // namespace
