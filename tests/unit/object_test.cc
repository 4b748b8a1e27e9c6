// base/object.h: handles in type-stable memory, and who frees an object.
#include "base/object.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc::Guard;
using goc::Tag;
using goc_test::effort;
using goc_test::eventually;

struct Thing : goc::Object {
  static constexpr Tag kTag = Tag::kOnce;
  explicit Thing(int v = 0) : Object(kTag), value(v) {}

  bool has_waiters() const { return waiters != 0; }
  static void destroy(Thing& thing) { pool.destroy(&thing); }

  int value;
  int waiters = 0;  // under the lock
  static goc::ObjectPool<Thing> pool;
};
goc::ObjectPool<Thing> Thing::pool;

struct Other : goc::Object {
  static constexpr Tag kTag = Tag::kMutex;
  Other() : Object(kTag) {}
  static goc::ObjectPool<Other> pool;
};
goc::ObjectPool<Other> Other::pool;

// One waiter comes.
void join(Thing& thing, bool& linked) {
  const Guard guard(thing.lock);
  ++thing.waiters;
  linked = true;
}

// One waiter leaves; true if it was linked.
bool leave(Thing& thing, bool& linked) {
  return goc::leave_object(thing, linked, [&] {
    --thing.waiters;
    linked = false;
  });
}

// --- Handles --------------------------------------------------------------------------------------

TEST(Object, AHandleIsLiveUntilItsLastReferenceGoes) {
  Thing* thing = Thing::pool.make(7);
  EXPECT_EQ(goc::live<Thing>(thing), thing);
  EXPECT_EQ(thing->value, 7);
  thing->retain();
  goc::release(*thing);
  EXPECT_EQ(goc::live<Thing>(thing), thing);
  goc::release(*thing);
  EXPECT_EQ(goc::live<Thing>(thing), nullptr);
  EXPECT_EQ(Thing::pool.live(), 0);
}

TEST(Object, AHandleOfAnotherTypeIsNotLive) {
  Other* other = Other::pool.make();
  EXPECT_EQ(goc::live<Other>(other), other);
  EXPECT_EQ(goc::live<Thing>(other), nullptr);
  Other::pool.destroy(other);
}

TEST(Object, MemoryIsUsedAgainForTheSameType) {
  Thing* first = Thing::pool.make();
  Thing* second = Thing::pool.make();
  goc::release(*first);
  Thing* third = Thing::pool.make(3);
  EXPECT_EQ(third, first);
  EXPECT_EQ(third->value, 3);
  EXPECT_EQ(third->waiters, 0);
  EXPECT_EQ(goc::live<Thing>(third), third);
  goc::release(*second);
  goc::release(*third);
}

TEST(Object, AReleasedHandleStaysDeadWhileOthersComeAndGo) {
  Thing* dead = Thing::pool.make();
  Thing* other = Thing::pool.make();
  goc::release(*dead);
  goc::release(*other);  // on top of `dead` among the free blocks
  for (int i = 0; i < 10; ++i) {
    Thing* busy = Thing::pool.make();
    EXPECT_EQ(busy, other);
    EXPECT_EQ(goc::live<Thing>(dead), nullptr);
    goc::release(*busy);
  }
}

TEST(Object, WithoutMemoryThereIsNone) {
  struct Large : Thing {
    char bytes[3000];
  };
  static goc::ObjectPool<Large> pool;
  goc::os::inject_failure.store([](goc::os::Call call) { return call == goc::os::Call::kMap; });
  std::vector<Large*> all;
  while (Large* thing = pool.make()) all.push_back(thing);  // those of an earlier repetition
  EXPECT_EQ(pool.live(), static_cast<int64_t>(all.size()));
  goc::os::inject_failure.store(nullptr);
  all.push_back(pool.make());
  ASSERT_NE(all.back(), nullptr);
  for (Large* thing : all) pool.destroy(thing);
  EXPECT_EQ(pool.live(), 0);
}

// A call may still hold the lock of the object whose last operation it has completed.
TEST(Object, ANewObjectWaitsForTheLockOfTheDeadOne) {
  Thing* dead = Thing::pool.make();
  dead->lock.lock();
  Thing::pool.destroy(dead);
  goc::Atom<Thing*> made{nullptr};
  goc::Atom<bool> began{false};
  std::thread maker([&] {
    began.store(true);
    made.store(Thing::pool.make());
  });
  eventually([&] { return began.load(); });
  for (int i = 0; i < 100; ++i) std::this_thread::yield();
  EXPECT_EQ(made.load(), nullptr);
  dead->lock.unlock();
  eventually([&] { return made.load() == dead; });
  maker.join();
  dead->lock.lock();  // hangs if the maker has kept it
  dead->lock.unlock();
  goc::release(*dead);
}

// --- References and waiters -----------------------------------------------------------------------

TEST(Object, AWaiterKeepsItAfterTheLastReference) {
  Thing* thing = Thing::pool.make();
  bool linked = false;
  join(*thing, linked);
  goc::release(*thing);
  EXPECT_EQ(goc::live<Thing>(thing), thing);
  EXPECT_TRUE(leave(*thing, linked));
  EXPECT_EQ(goc::live<Thing>(thing), nullptr);
}

TEST(Object, TheLastOfManyWaitersFreesIt) {
  Thing* thing = Thing::pool.make();
  bool linked[2] = {};
  join(*thing, linked[0]);
  join(*thing, linked[1]);
  goc::release(*thing);
  EXPECT_TRUE(leave(*thing, linked[1]));
  EXPECT_EQ(Thing::pool.live(), 1);
  EXPECT_TRUE(leave(*thing, linked[0]));
  EXPECT_EQ(Thing::pool.live(), 0);
}

TEST(Object, AWaiterThatIsNotLinkedFreesNothing) {
  Thing* thing = Thing::pool.make();
  bool linked = true;
  bool never = false;
  join(*thing, linked);
  goc::release(*thing);
  EXPECT_FALSE(leave(*thing, never));
  EXPECT_EQ(Thing::pool.live(), 1);
  EXPECT_TRUE(leave(*thing, linked));
}

TEST(Object, WaitersComeAndGoWhileItIsReferenced) {
  Thing* thing = Thing::pool.make();
  bool linked = false;
  join(*thing, linked);
  EXPECT_TRUE(leave(*thing, linked));
  EXPECT_EQ(goc::live<Thing>(thing), thing);
  goc::release(*thing);
}

TEST(Object, ASecondReleaseOfWhatWaitersKeepIsIgnored) {
  Thing* thing = Thing::pool.make();
  bool linked = false;
  join(*thing, linked);
  goc::release(*thing);
  goc::release(*thing);
  EXPECT_EQ(thing->refs.load(), 0u);
  EXPECT_TRUE(leave(*thing, linked));
  EXPECT_EQ(Thing::pool.live(), 0);
}

// --- Threads --------------------------------------------------------------------------------------

TEST(Object, StressTheLastReferenceOrWaiterFreesItOnce) {
  for (int64_t round = 0; round < effort(10000); ++round) {
    Thing* thing = Thing::pool.make();
    bool linked = false;
    join(*thing, linked);
    thing->retain();
    std::thread releases([=] { goc::release(*thing); });
    std::thread leaves([thing, &linked] { leave(*thing, linked); });
    goc::release(*thing);
    releases.join();
    leaves.join();
    ASSERT_EQ(Thing::pool.live(), 0);
  }
}

// --- BlockPool ------------------------------------------------------------------------------------

TEST(BlockPool, BlocksAreAlignedAndApart) {
  goc::BlockPool pool(100);
  std::set<char*> blocks;
  for (int i = 0; i < 2000; ++i) {  // of more than one slab
    auto* block = static_cast<char*>(pool.take());
    ASSERT_NE(block, nullptr);
    ASSERT_EQ(reinterpret_cast<uintptr_t>(block) % 64, 0u);
    blocks.insert(block);
  }
  ASSERT_EQ(blocks.size(), 2000u);
  const char* before = nullptr;
  for (const char* block : blocks) {
    if (before != nullptr) {
      ASSERT_GE(block - before, 100);
    }
    before = block;
  }
}

TEST(BlockPool, KeepsTheHeaderOfWhatIsGivenBack) {
  goc::BlockPool pool(64);
  auto* block = static_cast<uint64_t*>(pool.take());
  block[0] = 0x1122334455667788;
  pool.give(block);
  EXPECT_EQ(block[0], 0x1122334455667788u);
}

}  // namespace
