// Once: one call among many callers, its end, recursion, life.
#include <atomic>
#include <thread>
#include <vector>

#include "waiters.h"

namespace {

using goc_test::blocked_on;
using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

// Calls f through the Once.
int call(goc_once* once, std::function<void()> f) {
  return goc_once_do(
      once, [](void* g) { (*static_cast<std::function<void()>*>(g))(); }, &f);
}

class Once : public goc_test::Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_once_new(&once_), GOC_OK);
  }
  void TearDown() override {
    goc_once_release(once_);
    Procs::TearDown();
  }
  int call(std::function<void()> f) { return ::call(once_, std::move(f)); }
  // The fixture's own reference goes early.
  void release() { goc_once_release(std::exchange(once_, nullptr)); }

  goc_once* once_ = nullptr;
};
GOC_FOR_ALL_PROCS(Once);

int64_t onces() { return goc::Once::live_count(); }

TEST_P(Once, TheFirstCallRunsAndLaterOnesReturnAtOnce) {
  int calls = 0;
  EXPECT_EQ(call([&] { calls += 1; }), GOC_OK);
  EXPECT_EQ(call([&] { calls += 10; }), GOC_OK);
  goc_test::run([&] { EXPECT_EQ(call([&] { calls += 100; }), GOC_OK); });
  EXPECT_EQ(calls, 1);
}

TEST_P(Once, StressItRunsOnceForGoroutinesAndThreads) {
  const int64_t rounds = effort(2000);
  for (int64_t round = 0; round < rounds; ++round) {
    goc_once* once = nullptr;
    ASSERT_EQ(goc_once_new(&once), GOC_OK);
    int value = 0;  // plain memory: ThreadSanitizer would see a race
    const auto use = [&] {
      EXPECT_EQ(::call(once,
                       [&] {
                         if (round % 2 == 0) goc_yield();
                         ++value;
                       }),
                GOC_OK);
      EXPECT_EQ(value, 1);
    };
    Group goroutines;
    for (int i = 0; i < 4; ++i) goroutines.go(use);
    if (round % 16 == 0)
      std::thread(use).join();
    else
      use();
    goroutines.wait();
    goc_once_release(once);
  }
}

TEST_P(Once, OthersWaitForTheEndOfTheCall) {
  Chan gate(0, 0);
  std::atomic<bool> running{false};
  int value = 0;
  Group callers;
  callers.go([&] {
    call([&] {
      running = true;
      goc_chan_recv(gate, nullptr, soon());
      value = 1;
    });
  });
  eventually([&] { return running.load(); });
  const auto wait = [&] {
    EXPECT_EQ(call([] { ADD_FAILURE() << "called twice"; }), GOC_OK);
    EXPECT_EQ(value, 1);
  };
  for (int i = 0; i < 10; ++i) callers.go(wait);
  std::jthread thread(wait);
  eventually([this] { return blocked_on(once_) == 11; });
  goc_chan_close(gate);
  callers.wait();
}

TEST_P(Once, ARecursiveCallIsRefused) {
  const auto recurse = [](goc_once* once) {
    return ::call(once, [=] {
      EXPECT_EQ(::call(once, [] { ADD_FAILURE() << "called twice"; }), GOC_EDEADLK);
      goc_yield();  // also after a switch
      EXPECT_EQ(::call(once, [] { ADD_FAILURE() << "called twice"; }), GOC_EDEADLK);
    });
  };
  EXPECT_EQ(recurse(once_), GOC_OK);
  goc_test::run([&] {
    goc_once* another = nullptr;
    ASSERT_EQ(goc_once_new(&another), GOC_OK);
    EXPECT_EQ(recurse(another), GOC_OK);
    EXPECT_EQ(recurse(another), GOC_OK) << "it is done";
    goc_once_release(another);
  });
}

TEST_P(Once, OneMayCallAnother) {
  goc_once* another = nullptr;
  ASSERT_EQ(goc_once_new(&another), GOC_OK);
  int calls = 0;
  EXPECT_EQ(call([&] { EXPECT_EQ(::call(another, [&] { ++calls; }), GOC_OK); }), GOC_OK);
  EXPECT_EQ(calls, 1);
  goc_once_release(another);
}

TEST_P(Once, WithoutAFunctionNothingIsDone) {
  EXPECT_EQ(goc_once_do(once_, nullptr, nullptr), GOC_EINVAL);
  int calls = 0;
  EXPECT_EQ(call([&] { ++calls; }), GOC_OK);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(goc_once_do(once_, nullptr, nullptr), GOC_EINVAL);
}

TEST_P(Once, LivesUntilItsLastReferenceGoes) {
  const int64_t before = onces();
  EXPECT_EQ(goc_once_retain(once_), once_);
  goc_once_release(once_);
  EXPECT_EQ(onces(), before);
  EXPECT_EQ(call([] {}), GOC_OK);
  goc_once_release(once_);
  EXPECT_EQ(onces(), before - 1);
  goc_once_release(once_);  // once too often: ignored
  EXPECT_EQ(onces(), before - 1);
  EXPECT_EQ(call([] { ADD_FAILURE(); }), GOC_EBADHANDLE);
  once_ = nullptr;
}

TEST_P(Once, TheRunningCallKeepsItAfterItsLastReference) {
  const int64_t before = onces() - 1;
  goc_once* once = once_;
  const int result = ::call(once, [&] {
    release();
    EXPECT_EQ(onces(), before + 1);
    EXPECT_EQ(::call(once, [] {}), GOC_EDEADLK) << "the handle is good until the end";
  });
  EXPECT_EQ(result, GOC_OK);
  EXPECT_EQ(onces(), before);
}

TEST_P(Once, BlockedCallersKeepItAfterItsLastReference) {
  const int64_t before = onces() - 1;
  goc_once* once = once_;
  Chan gate(0, 0);
  std::atomic<bool> running{false};
  Group callers;
  callers.go([&] {
    ::call(once, [&] {
      running = true;
      goc_chan_recv(gate, nullptr, soon());
    });
  });
  eventually([&] { return running.load(); });
  for (int i = 0; i < 3; ++i) callers.go([=] { EXPECT_EQ(::call(once, [] {}), GOC_OK); });
  eventually([=] { return blocked_on(once) == 3; });
  release();
  goc_once_release(once);  // once too often: ignored
  goc_chan_close(gate);
  callers.wait();
  EXPECT_EQ(onces(), before);
}

TEST_P(Once, ShutdownTakesBlockedCallersOutOfIt) {
  Chan gate(0, 0);
  std::atomic<bool> running{false};
  std::jthread runner([&] {
    EXPECT_EQ(call([&] {
                running = true;
                goc_chan_recv(gate, nullptr, soon());
              }),
              GOC_OK);
  });
  eventually([&] { return running.load(); });
  std::function<void()> wait = [once = once_] { ::call(once, [] {}); };
  goc_go([](void* f) { (*static_cast<std::function<void()>*>(f))(); }, &wait);
  eventually([this] { return blocked_on(once_) == 1; });
  EXPECT_EQ(goc_shutdown(soon()), 1);
  EXPECT_EQ(blocked_on(once_), 0);
  goc_chan_close(gate);
}

}  // namespace
