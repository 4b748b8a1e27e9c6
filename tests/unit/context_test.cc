// arch/context.h: what survives a switch of stacks, and how a new stack begins.
#include "arch/context.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <unwind.h>

#include <cfenv>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

#include "arch/switch.h"
#include "base/os.h"
#include "fixture.h"

namespace {

using goc::ToolStack;
using goc_test::effort;

// The stack of the thread that runs the tests, as the tools see it.
ToolStack own_stack() {
  ToolStack stack;
  pthread_attr_t attributes;
  void* low = nullptr;
  pthread_getattr_np(pthread_self(), &attributes);
  pthread_attr_getstack(&attributes, &low, &stack.size);
  pthread_attr_destroy(&attributes);
  stack.bottom = low;
  stack.fiber = goc::tsan_fiber_of_thread();
  return stack;
}

// A stack for a scope.
class NewStack {
 public:
  NewStack() : memory_(goc::os::map(kBytes)) {
    tools = {memory_, kBytes, goc::tsan_fiber_create()};
  }
  ~NewStack() {
    goc::tsan_fiber_destroy(tools.fiber);
    goc::asan_unpoison(memory_, kBytes);
    goc::os::unmap(memory_, kBytes);
  }
  NewStack(const NewStack&) = delete;
  NewStack& operator=(const NewStack&) = delete;

  char* top() const { return static_cast<char*>(memory_) + kBytes; }
  bool has(const void* address) const {
    return address >= memory_ && address < static_cast<const void*>(top());
  }

  ToolStack tools;

 private:
  static constexpr size_t kBytes = 256 * 1024;
  void* memory_;
};

// A function on a stack of its own, which takes turns with the thread that made it.
class Coroutine {
 public:
  explicit Coroutine(std::function<void(Coroutine&)> f)
      : f_(std::move(f)), sp_(goc::context_make(stack_.top(), &entry)), thread_(own_stack()) {}
  ~Coroutine() { EXPECT_TRUE(ended_); }
  Coroutine(const Coroutine&) = delete;
  Coroutine& operator=(const Coroutine&) = delete;

  // On the thread: runs it until it suspends or ends.
  void resume() { goc::switch_stacks(&thread_sp_, sp_, this, stack_.tools, false); }
  // On its stack: back to the thread.
  void suspend() { goc::switch_stacks(&sp_, thread_sp_, this, thread_, false); }

  const NewStack& stack() const { return stack_; }
  bool ended() const { return ended_; }

 private:
  static void entry(void* self) {
    goc::arrived_on_new_stack();
    static_cast<Coroutine*>(self)->main();
  }
  void main() {
    f_(*this);
    ended_ = true;
    goc::switch_stacks(&sp_, thread_sp_, this, thread_, true);
  }

  std::function<void(Coroutine&)> f_;
  NewStack stack_;
  void* sp_;
  void* thread_sp_ = nullptr;
  ToolStack thread_;
  bool ended_ = false;
};

// --- Stacks ---------------------------------------------------------------------------------------

TEST(Context, CodeRunsOnTheNewStackInTurns) {
  int step = 0;
  Coroutine coroutine([&](Coroutine& self) {
    volatile char local = 0;
    EXPECT_TRUE(self.stack().has(__builtin_frame_address(0)));
    EXPECT_EQ(step++, 1 + local);
    self.suspend();
    EXPECT_EQ(step++, 3);
  });
  EXPECT_EQ(step++, 0);
  coroutine.resume();
  EXPECT_FALSE(coroutine.stack().has(__builtin_frame_address(0)));
  EXPECT_EQ(step++, 2);
  coroutine.resume();
  EXPECT_EQ(step++, 4);
  EXPECT_TRUE(coroutine.ended());
}

struct Exchange {
  void* here = nullptr;
  void* there = nullptr;
  ToolStack own = own_stack();
  NewStack other;
  void* received[2] = {};
};
std::unique_ptr<Exchange> g_exchange;

TEST(Context, TheTransferValueArrivesOnTheOtherSide) {
  g_exchange = std::make_unique<Exchange>();
  Exchange& exchange = *g_exchange;
  int values[4];
  static int* sent;
  sent = values;
  exchange.there = goc::context_make(exchange.other.top(), [](void* first) {
    goc::arrived_on_new_stack();
    Exchange& e = *g_exchange;
    e.received[0] = first;
    e.received[1] = goc::switch_stacks(&e.there, e.here, &sent[1], e.own, false);
    goc::switch_stacks(&e.there, e.here, &sent[3], e.own, true);
  });
  auto to = [&](void* value) {
    return goc::switch_stacks(&exchange.here, exchange.there, value, exchange.other.tools, false);
  };
  EXPECT_EQ(to(&values[0]), &values[1]);
  EXPECT_EQ(to(&values[2]), &values[3]);
  EXPECT_EQ(exchange.received[0], &values[0]);
  EXPECT_EQ(exchange.received[1], &values[2]);
  g_exchange = nullptr;
}

// The first frame is aligned as after any call, which code with vector registers relies on.
void expect_aligned_frame(void* transfer) {
  goc::arrived_on_new_stack();
  const auto frame = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  Exchange& e = *g_exchange;
  e.received[0] = reinterpret_cast<void*>(frame % 16);
  goc::switch_stacks(&e.there, e.here, transfer, e.own, true);
}

TEST(Context, ANewStackIsAlignedAsTheAbiWants) {
  for (size_t below = 0; below < 256; below += 16) {
    g_exchange = std::make_unique<Exchange>();
    Exchange& exchange = *g_exchange;
    exchange.received[0] = &exchange;
    exchange.there = goc::context_make(exchange.other.top() - below, &expect_aligned_frame);
    goc::switch_stacks(&exchange.here, exchange.there, nullptr, exchange.other.tools, false);
    EXPECT_EQ(exchange.received[0], nullptr) << below;
  }
  g_exchange = nullptr;
}

TEST(Context, ManyStacksKeepTheirData) {
  constexpr int kStacks = 50;
  const int64_t rounds = effort(2000);
  std::vector<std::unique_ptr<Coroutine>> all;
  std::vector<int64_t> sums(kStacks);
  for (int i = 0; i < kStacks; ++i)
    all.push_back(std::make_unique<Coroutine>([=, &sums](Coroutine& self) {
      int64_t data[64];
      std::iota(data, data + 64, i);
      for (int64_t round = 0; round < rounds; ++round) {
        ++data[round % 64];
        self.suspend();
      }
      sums[i] = std::accumulate(data, data + 64, int64_t{0});
    }));
  for (int64_t round = 0; round <= rounds; ++round)
    for (auto& coroutine : all) coroutine->resume();
  for (int i = 0; i < kStacks; ++i) EXPECT_EQ(sums[i], 64 * i + 63 * 32 + rounds);
}

TEST(Context, StressManySwitches) {
  int64_t switches = 0;
  const int64_t rounds = effort(3000000);
  Coroutine coroutine([&](Coroutine& self) {
    for (int64_t round = 0; round < rounds; ++round) {
      ++switches;
      self.suspend();
    }
  });
  while (!coroutine.ended()) coroutine.resume();
  EXPECT_EQ(switches, rounds);
}

// --- Unwinding --------------------------------------------------------------------------------------

TEST(Context, ExceptionsUnwindOnTheirStack) {
  int caught = 0;
  Coroutine coroutine([&](Coroutine& self) {
    for (int i = 1; i <= 3; ++i) try {
        self.suspend();
        throw i;
      } catch (int value) {
        caught += value;
      }
  });
  while (!coroutine.ended()) coroutine.resume();
  EXPECT_EQ(caught, 6);
}

int frames_above() {
  int count = 0;
  const _Unwind_Reason_Code end = _Unwind_Backtrace(
      [](_Unwind_Context*, void* n) {
        return ++*static_cast<int*>(n) < 1000 ? _URC_NO_REASON : _URC_NORMAL_STOP;
      },
      &count);
  EXPECT_EQ(end, _URC_END_OF_STACK);
  return count;
}

TEST(Context, ABacktraceEndsAtTheBottomOfTheStack) {
  Coroutine coroutine([](Coroutine& self) {
    EXPECT_LT(frames_above(), 100);
    self.suspend();
    EXPECT_LT(frames_above(), 100);
  });
  coroutine.resume();
  coroutine.resume();
}

// --- Floating-point control -------------------------------------------------------------------------

// Whether divisions in double (the vector unit) and long double (on x86, the x87) are rounded up.
struct Rounding {
  bool vectors_up;
  bool x87_up;
  bool operator==(const Rounding&) const = default;
};

__attribute__((noinline)) Rounding rounding() {
  volatile double one = 1;
  volatile double three = 3;
  volatile long double long_one = 1;
  volatile long double long_three = 3;
  const double third = one / three;
  const long double long_third = long_one / long_three;
  return {third > 0x1.5555555555555p-2, long_third + long_third + long_third > long_one};
}

constexpr Rounding kNearest{false, false};

TEST(Context, FloatingPointControlBelongsToTheStack) {
  Coroutine up([](Coroutine& self) {
    std::fesetround(FE_UPWARD);
    const Rounding upward = rounding();
    EXPECT_TRUE(upward.vectors_up);
    for (int i = 0; i < 3; ++i) {
      self.suspend();
      EXPECT_EQ(rounding(), upward);
      EXPECT_EQ(std::fegetround(), FE_UPWARD);
    }
  });
  Coroutine zero([](Coroutine& self) {
    std::fesetround(FE_TOWARDZERO);
    for (int i = 0; i < 3; ++i) {
      self.suspend();
      EXPECT_EQ(std::fegetround(), FE_TOWARDZERO);
    }
  });
  while (!up.ended()) {
    up.resume();
    EXPECT_EQ(rounding(), kNearest);
    EXPECT_EQ(std::fegetround(), FE_TONEAREST);
    zero.resume();
    EXPECT_EQ(rounding(), kNearest);
  }
}

TEST(Context, ANewStackBeginsWithTheInitialControlWords) {
  std::fesetround(FE_UPWARD);
  Rounding inside{true, true};
  int mode = FE_UPWARD;
  Coroutine coroutine([&](Coroutine&) {
    inside = rounding();
    mode = std::fegetround();
  });
  coroutine.resume();
  const int outside = std::fegetround();
  std::fesetround(FE_TONEAREST);
  EXPECT_EQ(inside, kNearest);
  EXPECT_EQ(mode, FE_TONEAREST);
  EXPECT_EQ(outside, FE_UPWARD);
}

#if defined(__x86_64__)
// Each of the two control words is loaded only if it differs.
TEST(Context, EachControlWordIsKeptByItself) {
  constexpr unsigned kUpInMxcsr = 0x4000;
  constexpr uint16_t kX87 = 0x037F;
  constexpr uint16_t kX87Up = kX87 | 0x0800;
  Coroutine vectors([&](Coroutine& self) {
    __builtin_ia32_ldmxcsr(0x1F80 | kUpInMxcsr);
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(rounding(), (Rounding{true, false}));
      self.suspend();
    }
  });
  Coroutine x87([&](Coroutine& self) {
    __asm__ volatile("fldcw %0" : : "m"(kX87Up));
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(rounding(), (Rounding{false, true}));
      self.suspend();
    }
  });
  while (!vectors.ended()) {
    vectors.resume();
    EXPECT_EQ(rounding(), kNearest);
    x87.resume();
    EXPECT_EQ(rounding(), kNearest);
  }
}
#endif

}  // namespace
