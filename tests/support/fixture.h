// What every test of the C ABI stands on: a runtime of its own with so many processors, and the
// assertion that the test leaves nothing behind.
#pragma once

#include <dirent.h>
#include <goconc/goconc.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>

#include "chan/channel.h"
#include "chan/timer.h"
#include "context/context.h"
#include "context/scope.h"
#include "port/port.h"
#include "sched/runtime.h"
#include "sync/cond.h"
#include "sync/flight.h"
#include "sync/group.h"
#include "sync/mutex.h"
#include "sync/once.h"
#include "sync/rwmutex.h"
#include "sync/semaphore.h"
#include "sync/waitgroup.h"

namespace goc_test {

#if defined(GOC_TSAN) || defined(GOC_ASAN)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// How much a stress test does: `full`, or a hundredth where that would take too long.
inline int64_t effort(int64_t full) {
  const bool little = kSanitized || std::getenv("GOCONC_TEST_SHORT") != nullptr;
  return little ? (full + 99) / 100 : full;
}

// A deadline for waits that end soon unless a wake-up is lost.
inline int64_t soon() { return goc_deadline(20 * GOC_SECOND); }

inline int threads_of_process() {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks)) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

inline int64_t live_objects() {
  return goc::Channel::live_count() + goc::TimerObject::live_count() +
         goc::TickerObject::live_count() + goc::FuncTimer::live_count() +
         goc::WaitGroup::live_count() + goc::Mutex::live_count() + goc::Once::live_count() +
         goc::Port::live_count() + goc::RWMutex::live_count() + goc::Cond::live_count() +
         goc::Semaphore::live_count() + goc::Group::live_count() + goc::Flight::live_count() +
         goc::Context::live_count() + goc::Scope::live_count();
}

// Starts f as a goroutine; f is a copy that lives as long as the goroutine.
inline void go(std::function<void()> f) {
  auto* box = new std::function<void()>(std::move(f));
  const int result = goc_go(
      [](void* b) {
        const std::unique_ptr<std::function<void()>> f(static_cast<std::function<void()>*>(b));
        (*f)();
      },
      box);
  if (result != GOC_OK) delete box;
  ASSERT_EQ(result, GOC_OK);
}

// Runs f as a goroutine and waits for its end.
inline void run(const std::function<void()>& f) {
  ASSERT_EQ(goc_run([](void* b) { (*static_cast<const std::function<void()>*>(b))(); },
                    const_cast<std::function<void()>*>(&f)),
            GOC_OK);
}

// A WaitGroup for the goroutines of one test.
class Group {
 public:
  Group() { EXPECT_EQ(goc_wg_new(&wg_), GOC_OK); }
  ~Group() { goc_wg_release(wg_); }
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  void go(std::function<void()> f) {
    goc_wg_add(wg_, 1);
    goc_test::go([wg = wg_, f = std::move(f)] {
      const struct Done {  // also if f exits
        goc_wg* wg;
        ~Done() { goc_wg_done(wg); }
      } done{wg};
      f();
    });
  }
  // Waits for all; a lost wake-up fails the test here.
  void wait() { ASSERT_EQ(goc_wg_wait(wg_, soon()), GOC_OK) << "goroutines did not end"; }
  goc_wg* wg() const { return wg_; }

 private:
  goc_wg* wg_ = nullptr;
};

// A channel that is released at the end of its scope.
class Chan {
 public:
  Chan(size_t elem_size, size_t capacity) {
    EXPECT_EQ(goc_chan_new(&channel_, elem_size, capacity), GOC_OK);
  }
  ~Chan() { goc_chan_release(channel_); }
  Chan(const Chan&) = delete;
  Chan& operator=(const Chan&) = delete;
  operator goc_chan*() const { return channel_; }  // NOLINT: it stands for its handle

 private:
  goc_chan* channel_ = nullptr;
};

// Yields until the condition holds; fails the test when that takes too long. A look at many things may
// keep a lock for long: as much time belongs to the others.
inline void eventually(const std::function<bool()>& condition) {
  const int64_t deadline = soon();
  for (;;) {
    const int64_t start = goc_now();
    if (condition()) return;
    const int64_t end = goc_now();
    ASSERT_LT(end, deadline) << "it never happened";
    if (end - start > 100 * GOC_MICROSECOND)
      goc_sleep(end - start);
    else
      goc_yield();
  }
}

// One runtime per test; the parameter is max_procs.
class Runtime : public testing::Test {
 protected:
  void start(const goc::Runtime::Options& options) {
    threads_ = threads_of_process();
    objects_ = live_objects();
    ASSERT_EQ(goc::g_runtime.start(options), GOC_OK);
  }
  void start(int max_procs) {
    goc::Runtime::Options options;
    options.max_procs = max_procs;
    start(options);
  }
  void SetUp() override { start(2); }

  void TearDown() override {
    EXPECT_EQ(goc_shutdown(soon()), left_blocked_) << "goroutines are left";
    EXPECT_EQ(goc_num_goroutines(), 0);
    EXPECT_EQ(goc::g_runtime.stacks.in_use(), 0);
    EXPECT_EQ(live_objects(), objects_) << "handles are left";
    // A thread that has been joined may be listed for another moment.
    eventually([this] { return threads_of_process() <= threads_; });
  }
  // For tests that abandon goroutines on purpose.
  void expect_left_blocked(int n) { left_blocked_ = n; }

 private:
  int threads_ = 0;
  int64_t objects_ = 0;
  int left_blocked_ = 0;
};

class Procs : public Runtime, public testing::WithParamInterface<int> {
 protected:
  void SetUp() override { start(GetParam()); }
};

}  // namespace goc_test

// As Go's own tests are repeated.
#define GOC_FOR_1_2_4(fixture) INSTANTIATE_TEST_SUITE_P(MaxProcs, fixture, testing::Values(1, 2, 4))
#define GOC_FOR_ALL_PROCS(fixture) \
  INSTANTIATE_TEST_SUITE_P(MaxProcs, fixture, testing::Values(1, 2, 4, 8))
