// With one processor, a goroutine that keeps its thread (it computes, sleeps in the system, reads, waits
// for a mutex of the platform) holds up the others for at most 50 ms.
#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <algorithm>

#include "fixture.h"
#include "pipe.h"

namespace {

using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::Pipe;
using goc_test::soon;

constexpr int64_t kLongestStall = 50 * GOC_MILLISECOND;

// A goroutine that wants to run every 200 us, and the longest time for which it could not.
class Ticker {
 public:
  Ticker() {
    group_.go([this] { tick(); });
    wait_for(10);
  }
  ~Ticker() {
    stop_ = true;
    group_.wait();
  }
  Ticker(const Ticker&) = delete;
  Ticker& operator=(const Ticker&) = delete;

  // On the plain thread of the test: until it has run so many times more.
  void wait_for(int64_t ticks) const {
    const int64_t before = ticks_;
    eventually([&] { return ticks_ >= before + ticks; });
  }
  int64_t longest_gap() const { return longest_gap_; }

 private:
  void tick() {
    for (int64_t last = goc_now(); !stop_; ++ticks_) {
      goc_sleep(200 * GOC_MICROSECOND);
      const int64_t now = goc_now();
      longest_gap_ = std::max<int64_t>(longest_gap_, now - last);
      last = now;
    }
  }

  goc::Atom<bool> stop_{false};
  goc::Atom<int64_t> ticks_{0};
  goc::Atom<int64_t> longest_gap_{0};
  Group group_;
};

// How long `count` goroutines at once in a trap keep a ticker from running. A trap keeps the thread of
// whoever calls stall() until the thread of the test calls end(), once the ticker runs again. The best of
// several rounds, since other programs hold it up too.
template <class Trap>
int64_t longest_gap(int count = 1) {
  int64_t best = INT64_MAX;
  for (int round = 0; round < 10 && best > count * kLongestStall; ++round) {
    Trap trap;
    const Ticker ticker;
    Group stalled;
    goc::Atom<int> begun{0};
    for (int i = 0; i < count; ++i)
      stalled.go([&] {
        ++begun;
        trap.stall();
      });
    eventually([&] { return begun == count; });
    ticker.wait_for(200);
    trap.end(count);
    stalled.wait();
    best = std::min(best, ticker.longest_gap());
  }
  return best;
}

struct Computing {
  void stall() const {
    while (!over.load(std::memory_order_relaxed)) goc::cpu_relax();
  }
  void end(int) { over = true; }
  goc::Atom<bool> over{false};
};

struct Sleeping {
  void stall() const {
    const timespec time = {0, 150 * 1000 * 1000};
    nanosleep(&time, nullptr);
  }
  void end(int) const {}
};

struct Reading {
  void stall() const { pipe.read_one(); }
  void end(int count) const {
    for (int i = 0; i < count; ++i) pipe.write_one();
  }
  Pipe pipe;
};

struct Locking {
  Locking() { pthread_mutex_lock(&mutex); }
  void stall() {
    pthread_mutex_lock(&mutex);
    pthread_mutex_unlock(&mutex);
  }
  void end(int) { pthread_mutex_unlock(&mutex); }
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
};

class Stall : public goc_test::Runtime {
 protected:
  void SetUp() override { start(1); }
};

TEST_F(Stall, ByAGoroutineThatComputesIsShort) {
  EXPECT_LE(longest_gap<Computing>(), kLongestStall);
}

TEST_F(Stall, ByAGoroutineThatSleepsInTheSystemIsShort) {
  EXPECT_LE(longest_gap<Sleeping>(), kLongestStall);
}

TEST_F(Stall, ByAGoroutineThatReadsIsShort) { EXPECT_LE(longest_gap<Reading>(), kLongestStall); }

TEST_F(Stall, ByAGoroutineThatWaitsForAMutexOfThePlatformIsShort) {
  EXPECT_LE(longest_gap<Locking>(), kLongestStall);
}

// More than there are processors: each holds up the others once.
TEST_F(Stall, BySeveralIsOneAfterTheOther) {
  EXPECT_LE(longest_gap<Computing>(4), 4 * kLongestStall);
  EXPECT_LE(longest_gap<Reading>(4), 4 * kLongestStall);
  EXPECT_LE(longest_gap<Locking>(4), 4 * kLongestStall);
}

// Nobody takes part who was lost while processors came and went under those who stalled on them.
TEST_F(Stall, StressMaxProcsChangesMeanwhile) {
  Pipe pipe;
  Group group;
  goc::Atom<int64_t> turns{0};
  const int64_t rounds = effort(300);
  for (int i = 0; i < 8; ++i)
    group.go([&, i] {
      for (int64_t round = 0; round < rounds; ++round, ++turns) {
        if (i % 2 == 0) {
          pipe.write_one();
          goc_sleep(100 * GOC_MICROSECOND);
        } else {
          pipe.read_one();
          goc_yield();
        }
      }
    });
  const int64_t deadline = soon();
  for (int n = 1; turns < 8 * rounds && goc_now() < deadline; n = 1 + n * 5 % 8) {
    ASSERT_EQ(goc_set_max_procs(n), GOC_OK);
    goc::os::yield();
  }
  group.wait();
  EXPECT_EQ(turns, 8 * rounds);
}

// --- Threads ----------------------------------------------------------------------------------------

enum class Way { kPlain, kBetweenBeginAndEnd, kOnTheThread };

class ManyBlockingCalls : public goc_test::Runtime, public testing::WithParamInterface<Way> {
 protected:
  static constexpr int kMaxThreads = 200;

  void SetUp() override {
    before_ = goc_test::threads_of_process();
    goc::Runtime::Options options;
    options.max_procs = 2;
    options.max_threads = kMaxThreads;
    options.idle_life = 20 * GOC_MILLISECOND;
    start(options);
  }
  // Without those of the program and the monitor.
  int workers() const { return goc_test::threads_of_process() - before_ - 1; }

  static void block(const Pipe& pipe) {
    auto read = [](void* p) { static_cast<const Pipe*>(p)->read_one(); };
    auto* p = const_cast<Pipe*>(&pipe);
    switch (GetParam()) {
      case Way::kPlain:
        return read(p);
      case Way::kOnTheThread:
        EXPECT_EQ(goc_blocking(read, p), GOC_OK);
        return;
      case Way::kBetweenBeginAndEnd:
        goc_blocking_begin();
        read(p);
        goc_blocking_end();
    }
  }

 private:
  int before_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Ways, ManyBlockingCalls,
                         testing::Values(Way::kPlain, Way::kBetweenBeginAndEnd, Way::kOnTheThread));

TEST_P(ManyBlockingCalls, StayBelowTheLimitOfThreadsAndNoneIsLostAndTheThreadsEndAgain) {
  constexpr int kCalls = 1000;
  Pipe pipe;
  goc::Atom<int> begun{0};
  goc::Atom<int> ended{0};
  Group group;
  for (int i = 0; i < kCalls; ++i)
    group.go([&] {
      ++begun;
      block(pipe);
      ++ended;
    });
  eventually([&] { return begun == kMaxThreads; });
  EXPECT_EQ(workers(), kMaxThreads);
  for (int i = 0; i < kCalls; ++i) pipe.write_one();
  eventually([&] {
    EXPECT_LE(workers(), kMaxThreads);
    return ended == kCalls;
  });
  group.wait();
  eventually([this] { return workers() == 1; });  // the first one stays
  goc_test::run([] {});
}

}  // namespace
