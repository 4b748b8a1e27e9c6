// stack/stack_pool.h: stacks are reused, guarded, and their memory goes back.
#include "stack/stack_pool.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "arch/sanitizer.h"
#include "fixture.h"
#include "pipe.h"
#include "resident.h"

namespace {

namespace os = goc::os;
using goc::Stack;
using goc::StackPool;
using goc_test::effort;
using goc_test::has_memory;
using goc_test::readable;
using goc_test::system_populates;

constexpr uint32_t kSmall = StackPool::kMinLog2;

// What the failure hook counts and decides.
struct Injected {
  static inline goc::Atom<int> maps{0};
  static inline goc::Atom<int> guards{0};
};

class StackPools : public testing::Test {
 protected:
  void TearDown() override {
    os::inject_failure.store(nullptr);
    EXPECT_EQ(pool_.in_use(), 0);
    pool_.clear();
  }
  std::vector<Stack*> take(size_t count, uint32_t log2 = kSmall) {
    std::vector<Stack*> stacks;
    for (size_t i = 0; i < count; ++i) stacks.push_back(pool_.take(log2));
    return stacks;
  }
  void give(const std::vector<Stack*>& stacks) {
    for (Stack* stack : stacks) pool_.give(stack);
  }
  static size_t with_memory(const std::vector<Stack*>& stacks) {
    size_t count = 0;
    for (const Stack* stack : stacks) count += has_memory(stack->top() - 1);
    return count;
  }
  static void fail_all(os::Call call) {
    static os::Call failing;
    failing = call;
    os::inject_failure.store([](os::Call c) { return c == failing; });
  }

  StackPool pool_;
};

// --- Sizes ----------------------------------------------------------------------------------------

TEST(StackSize, IsRoundedUpToAPowerOfTwo) {
  EXPECT_EQ(StackPool::log2_for(0), 18u) << "the default is 256 KiB";
  EXPECT_EQ(StackPool::log2_for(1), 14u) << "the least is 16 KiB";
  EXPECT_EQ(StackPool::log2_for(16384), 14u);
  EXPECT_EQ(StackPool::log2_for(16385), 15u);
  EXPECT_EQ(StackPool::log2_for(65536), 16u);
  EXPECT_EQ(StackPool::log2_for(65537), 17u);
  EXPECT_EQ(StackPool::log2_for(size_t{1} << 30), 30u);
}

TEST(StackSize, OverOneGibibyteIsRefused) {
  EXPECT_EQ(StackPool::log2_for((size_t{1} << 30) + 1), 0u);
  EXPECT_EQ(StackPool::log2_for(SIZE_MAX), 0u);
}

TEST_F(StackPools, EverySizeIsUsableFromItsGuardToItsHeader) {
  for (uint32_t log2 = StackPool::kMinLog2; log2 <= StackPool::kMaxLog2; ++log2) {
    Stack* stack = pool_.take(log2);
    ASSERT_NE(stack, nullptr) << log2;
    EXPECT_EQ(stack->size(), size_t{1} << log2);
    EXPECT_EQ(static_cast<size_t>(stack->top() - stack->low()), stack->size());
    EXPECT_TRUE(readable(stack->usable_low()));
    *stack->usable_low() = 1;
    reinterpret_cast<char*>(stack)[-1] = 1;
    EXPECT_FALSE(readable(stack->usable_low() - 1)) << log2;
    EXPECT_FALSE(readable(stack->low())) << log2;
    pool_.give(stack);
  }
}

TEST_F(StackPools, StacksOfOneSizeDoNotOverlap) {
  const std::vector<Stack*> stacks = take(100);
  std::set<char*> lows;
  for (const Stack* stack : stacks) lows.insert(stack->low());
  ASSERT_EQ(lows.size(), stacks.size());
  const char* before = nullptr;
  for (const char* low : lows) {
    if (before != nullptr) {
      EXPECT_GE(low - before, 1 << kSmall);
    }
    before = low;
  }
  give(stacks);
}

TEST_F(StackPools, TheFirstFrameIsAlignedAndInsideTheStack) {
  const std::vector<Stack*> stacks = take(40);
  std::set<size_t> offsets;
  for (const Stack* stack : stacks) {
    const auto* start = static_cast<const char*>(stack->start());
    EXPECT_EQ(reinterpret_cast<uintptr_t>(start) % 16, 0u);
    EXPECT_LE(start, reinterpret_cast<const char*>(stack));
    EXPECT_GT(start, stack->top() - 4096) << "a shallow goroutine touches one page";
    offsets.insert(static_cast<size_t>(stack->top() - start));
  }
  EXPECT_EQ(offsets.size(), 16u) << "stacks differ in cache sets";
  give(stacks);
}

TEST_F(StackPools, ManyStacksNeedFewMappings) {
  Injected::maps = 0;
  os::inject_failure.store([](os::Call call) {
    Injected::maps += call == os::Call::kMap;
    return false;
  });
  give(take(10000));
  EXPECT_LE(Injected::maps, 12);
}

// --- Reuse ----------------------------------------------------------------------------------------

TEST_F(StackPools, TheLastGivenIsTakenFirst) {
  const std::vector<Stack*> stacks = take(3);
  give(stacks);
  EXPECT_EQ(take(3), (std::vector{stacks[2], stacks[1], stacks[0]}));
  give(stacks);
}

TEST_F(StackPools, SizesAreKeptApart) {
  Stack* small = pool_.take(kSmall);
  pool_.give(small);
  Stack* large = pool_.take(kSmall + 1);
  EXPECT_EQ(large->size_log2, kSmall + 1);
  EXPECT_NE(large, small);
  EXPECT_EQ(pool_.take(kSmall), small);
  pool_.give(large);
  pool_.give(small);
}

TEST_F(StackPools, AFreeStackHasNoOwner) {
  Stack* stack = pool_.take(kSmall);
  stack->owner = reinterpret_cast<goc::Goroutine*>(stack);
  pool_.give(stack);
  EXPECT_EQ(pool_.take(kSmall)->owner, nullptr);
  pool_.give(stack);
}

TEST_F(StackPools, InUseIsWhatIsTaken) {
  EXPECT_EQ(pool_.in_use(), 0);
  const std::vector<Stack*> stacks = take(20);
  EXPECT_EQ(pool_.in_use(), 20);
  pool_.give(stacks.back());
  EXPECT_EQ(pool_.in_use(), 19);
  EXPECT_NE(pool_.take(kSmall), nullptr);
  EXPECT_EQ(pool_.in_use(), 20);
  give(stacks);
}

TEST_F(StackPools, AStackThatIsNotTakenHasNoMemory) {
  Stack* first = pool_.take(kSmall);
  const char* next = first->top() + (1 << kSmall) - 1;  // the header of the one above it
  EXPECT_TRUE(has_memory(first->top() - 1));
  EXPECT_FALSE(has_memory(next));
  EXPECT_FALSE(has_memory(first->usable_low()));
  pool_.give(first);
}

TEST_F(StackPools, WhereManyAreInUseSomeThatComeNextHaveTheirFirstPage) {
  const std::vector<Stack*> many = take(512);
  Stack* one = pool_.take(kSmall);
  int ready = 0;  // of those above it, up to the end of its slab at most
  for (const char* top = one->top() + (1 << kSmall); has_memory(top - 1); top += 1 << kSmall) {
    EXPECT_FALSE(has_memory(top - 1 - os::kPage));
    ++ready;
  }
  EXPECT_EQ(ready >= 1, system_populates());
  EXPECT_LE(ready, 32);
  pool_.give(one);
  give(many);
}

// --- Giving memory back -----------------------------------------------------------------------------

TEST_F(StackPools, AWarmStackKeepsItsMemory) {
  Stack* stack = pool_.take(kSmall);
  std::memset(stack->usable_low(), 0x55, 100);
  pool_.give(stack);
  EXPECT_FALSE(pool_.trim(1, 100));
  ASSERT_EQ(pool_.take(kSmall), stack);
  EXPECT_EQ(stack->usable_low()[99], 0x55);
  pool_.give(stack);
}

TEST_F(StackPools, ATrimmedStackComesBackEmptyAndGuarded) {
  const std::vector<Stack*> stacks = take(16);
  for (Stack* stack : stacks) std::memset(stack->usable_low(), 0x55, 100);
  give(stacks);
  EXPECT_TRUE(pool_.trim(0, 100));
  EXPECT_EQ(with_memory(stacks), 0u);
  const std::vector<Stack*> again = take(16);
  EXPECT_EQ(std::set(again.begin(), again.end()), std::set(stacks.begin(), stacks.end()));
  for (const Stack* stack : again) {
    EXPECT_EQ(*stack->usable_low(), 0);
    EXPECT_TRUE(stack->intact());
    EXPECT_FALSE(readable(stack->usable_low() - 1));
  }
  give(again);
}

TEST_F(StackPools, TrimKeepsSomeAndTakesNoMoreThanAsked) {
  const std::vector<Stack*> stacks = take(16);
  give(stacks);
  EXPECT_TRUE(pool_.trim(4, 5));
  EXPECT_EQ(with_memory(stacks), 11u);
  EXPECT_TRUE(pool_.trim(4, 100));
  EXPECT_EQ(with_memory(stacks), 4u);
  EXPECT_FALSE(pool_.trim(4, 100));
  EXPECT_EQ(with_memory(stacks), 4u);
}

TEST_F(StackPools, TrimLeavesStacksInUseAlone) {
  const std::vector<Stack*> stacks = take(8);
  EXPECT_FALSE(pool_.trim(0, 100));
  EXPECT_EQ(with_memory(stacks), 8u);
  give(stacks);
}

TEST_F(StackPools, TrimSeesEverySize) {
  Stack* small = pool_.take(kSmall);
  Stack* large = pool_.take(20);
  pool_.give(small);
  pool_.give(large);
  EXPECT_TRUE(pool_.trim(0, 1));
  EXPECT_EQ(with_memory({small, large}), 0u);
}

TEST_F(StackPools, ClearUnmapsEverythingAndThePoolWorksAgain) {
  Stack* stack = pool_.take(20);
  const char* low = stack->low();
  pool_.give(stack);
  pool_.clear();
  unsigned char resident[1];
  EXPECT_NE(mincore(const_cast<char*>(low), os::kPage, resident), 0);
  EXPECT_EQ(pool_.guarded_by(low), nullptr);
  stack = pool_.take(20);
  ASSERT_NE(stack, nullptr);
  pool_.give(stack);
}

// Shutdown abandons goroutines, and their stacks with them.
TEST_F(StackPools, ClearTakesStacksThatAreInUseToo) {
  const std::vector<Stack*> stacks = take(3);
  const char* low = stacks[0]->low();
  pool_.clear();
  EXPECT_EQ(pool_.in_use(), 0);
  EXPECT_EQ(pool_.guarded_by(low), nullptr);
}

// --- Guards ---------------------------------------------------------------------------------------

TEST_F(StackPools, AnAddressInAGuardNamesTheStackAbove) {
  for (uint32_t log2 : {kSmall, 16u, 17u, 18u}) {
    const std::vector<Stack*> stacks = take(40, log2);
    for (const Stack* stack : stacks) {
      EXPECT_EQ(pool_.guarded_by(stack->low()), stack);
      EXPECT_EQ(pool_.guarded_by(stack->usable_low() - 1), stack);
    }
    give(stacks);
  }
}

TEST_F(StackPools, AnyOtherAddressNamesNone) {
  Stack* stack = pool_.take(kSmall);
  int local = 0;
  EXPECT_EQ(pool_.guarded_by(stack->usable_low()), nullptr);
  EXPECT_EQ(pool_.guarded_by(stack->top() - 1), nullptr);
  EXPECT_EQ(pool_.guarded_by(nullptr), nullptr);
  EXPECT_EQ(pool_.guarded_by(&local), nullptr);
  pool_.give(stack);
}

// --- Failures -------------------------------------------------------------------------------------

TEST_F(StackPools, WithoutMemoryNoStackIsTaken) {
  for (os::Call call : {os::Call::kMap, os::Call::kAllocate}) {
    fail_all(call);
    EXPECT_EQ(pool_.take(kSmall), nullptr);
    EXPECT_EQ(pool_.in_use(), 0);
  }
  os::inject_failure.store(nullptr);
  Stack* stack = pool_.take(kSmall);
  ASSERT_NE(stack, nullptr);
  pool_.give(stack);
}

TEST_F(StackPools, WhatIsFreeIsTakenWithoutMemoryToo) {
  pool_.give(pool_.take(kSmall));
  fail_all(os::Call::kMap);
  const std::vector<Stack*> stacks = take(16);
  for (const Stack* stack : stacks) EXPECT_NE(stack, nullptr);
  EXPECT_EQ(pool_.take(kSmall), nullptr);
  give(stacks);
}

TEST_F(StackPools, ProtectedPagesStandInForGuardMarkers) {
  Injected::guards = 0;
  os::inject_failure.store(
      [](os::Call call) { return call == os::Call::kGuard && Injected::guards++ % 2 == 0; });
  Stack* stack = pool_.take(kSmall);
  EXPECT_FALSE(stack->canary);
  EXPECT_FALSE(readable(stack->usable_low() - 1));
  EXPECT_TRUE(readable(stack->usable_low()));
  EXPECT_EQ(pool_.guarded_by(stack->low()), stack);
  pool_.give(stack);
}

// Each costs the process two mappings, which clear() gives back.
TEST_F(StackPools, ProtectedPagesAreNotUsedUpByTakingAndClearing) {
  Injected::guards = 0;
  os::inject_failure.store(
      [](os::Call call) { return call == os::Call::kGuard && Injected::guards++ % 2 == 0; });
  for (int round = 0; round < 1200; ++round) {
    Stack* stack = pool_.take(kSmall);
    ASSERT_FALSE(stack->canary) << "in round " << round;
    pool_.give(stack);
    pool_.clear();
  }
}

TEST_F(StackPools, WithoutAGuardACanaryTells) {
  fail_all(os::Call::kGuard);
  Stack* stack = pool_.take(kSmall);
  EXPECT_TRUE(stack->canary);
  EXPECT_TRUE(stack->intact());
  std::memset(stack->usable_low() + 8, 0x55, 100);
  EXPECT_TRUE(stack->intact());
  *stack->usable_low() = 0x55;
  EXPECT_FALSE(stack->intact());
  pool_.give(stack);
}

TEST_F(StackPools, UnguardedStacksAreTrimmedAndComeBackWithTheirCanary) {
  fail_all(os::Call::kGuard);
  const std::vector<Stack*> stacks = take(4);
  give(stacks);
  EXPECT_TRUE(pool_.trim(0, 100));
  EXPECT_EQ(with_memory(stacks), 0u);
  os::inject_failure.store(nullptr);
  for (Stack* stack : take(4)) {
    EXPECT_TRUE(stack->canary);
    EXPECT_TRUE(stack->intact());
    *stack->usable_low() = 0x55;
    EXPECT_FALSE(stack->intact());
    pool_.give(stack);
  }
}

#if defined(GOC_ASAN)
// The frames of a goroutine that shutdown abandons are left without unwinding: their marks of the
// tool must not stay behind for whoever maps the addresses next.
TEST(AbandonedStack, LeavesNoPoison) {
  for (int round = 0; round < 3; ++round) {
    goc_run(
        [](void*) {
          goc_go(
              [](void*) {
                char frame[3000];
                goc_chan_recv(nullptr, frame, GOC_FOREVER);
              },
              nullptr);
          goc_sleep(GOC_MILLISECOND);
        },
        nullptr);
    const Stack* stack = nullptr;
    goc::g_runtime.goroutines.for_each_alive([&](goc::Goroutine& g) { stack = g.stack; });
    ASSERT_NE(stack, nullptr);
    char* low = stack->low();
    const size_t size = stack->size();
    EXPECT_EQ(goc_shutdown(goc_test::soon()), 1);
    EXPECT_EQ(__asan_region_is_poisoned(low, size), nullptr);
  }
}
#endif

// --- Threads --------------------------------------------------------------------------------------

TEST_F(StackPools, StressNoStackIsGivenToTwo) {
  goc::Atom<bool> over{false};
  std::vector<std::thread> users;
  for (intptr_t id = 1; id <= 3; ++id)
    users.emplace_back([this, id] {
      for (int64_t round = 0; round < effort(20000); ++round) {
        Stack* stacks[3];
        for (Stack*& stack : stacks) {
          stack = pool_.take(kSmall + static_cast<uint32_t>(round % 2));
          stack->owner = reinterpret_cast<goc::Goroutine*>(id);
        }
        for (Stack* stack : stacks) {
          EXPECT_EQ(stack->owner, reinterpret_cast<goc::Goroutine*>(id));
          pool_.give(stack);
        }
      }
    });
  std::thread trims([&] {
    while (!over) {
      pool_.trim(2, 4);
      std::this_thread::yield();
    }
  });
  for (std::thread& user : users) user.join();
  over = true;
  trims.join();
}

}  // namespace
