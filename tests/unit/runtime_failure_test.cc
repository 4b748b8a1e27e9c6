// What the runtime does without memory or threads: the documented error, and it goes on afterwards.
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"

namespace {

using goc::os::Call;
using goc_test::Chan;
using goc_test::eventually;
using goc_test::FailingCalls;
using goc_test::Group;
using goc_test::soon;

void must_not_run(void*) { ADD_FAILURE() << "it was started all the same"; }
void nothing(void*) {}

// --- Starting the runtime --------------------------------------------------------------------------

class FailingStart : public testing::Test {
 protected:
  const int threads_ = goc_test::threads_of_process();

  // Nothing has changed, and with resources it works.
  void expect_as_before() {
    EXPECT_FALSE(goc::g_runtime.started());
    EXPECT_EQ(goc_num_goroutines(), 0);
    eventually([this] { return goc_test::threads_of_process() <= threads_; });
    EXPECT_EQ(goc_run(&nothing, nullptr), GOC_OK);
    EXPECT_EQ(goc_shutdown(soon()), 0);
  }
};

TEST_F(FailingStart, WithoutAThreadForTheMonitorOrTheFirstWorker) {
  for (int spared : {0, 1}) {
    {
      FailingCalls none(Call::kThread, spared);
      EXPECT_EQ(goc_init(nullptr), GOC_EAGAIN);
      EXPECT_EQ(FailingCalls::failures(), 1);
    }
    expect_as_before();
  }
}

TEST_F(FailingStart, WithoutMemoryForTheFirstWorker) {
  {
    FailingCalls none(Call::kMap);
    EXPECT_EQ(goc_init(nullptr), GOC_ENOMEM);
  }
  expect_as_before();
}

TEST_F(FailingStart, TheFirstGoroutineTellsWhy) {
  {
    FailingCalls none(Call::kThread);
    EXPECT_EQ(goc_go(&must_not_run, nullptr), GOC_EAGAIN);
    EXPECT_EQ(goc_run(&must_not_run, nullptr), GOC_EAGAIN);
  }
  expect_as_before();
  {
    FailingCalls none(Call::kMap);
    EXPECT_EQ(goc_go(&must_not_run, nullptr), GOC_ENOMEM);
  }
  expect_as_before();
}

// --- A running runtime -------------------------------------------------------------------------------

class Failing : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(Failing);

TEST_P(Failing, WithoutMemoryForDescriptorsNoGoroutineIsStarted) {
  Group group;
  {
    FailingCalls none(Call::kMap);
    EXPECT_EQ(goc_go(&must_not_run, nullptr), GOC_ENOMEM);
    EXPECT_EQ(goc_run(&must_not_run, nullptr), GOC_ENOMEM);
    EXPECT_EQ(goc_wg_go(group.wg(), &must_not_run, nullptr), GOC_ENOMEM);
    EXPECT_EQ(goc_wg_count(group.wg()), 0);
    EXPECT_EQ(goc_num_goroutines(), 0);
  }
  goc_test::run([] {});
}

TEST_P(Failing, WithoutMemoryForOptionsNothingIsStartedAndTheFinalizerIsNotCalled) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.name = "nobody";
  options.finalizer = &must_not_run;
  goc_test::run([&] {
    FailingCalls none(Call::kAllocate);
    EXPECT_EQ(goc_go_with(&options, &must_not_run, nullptr), GOC_ENOMEM);
    EXPECT_EQ(goc_num_goroutines(), 1);
    EXPECT_EQ(goc_set_name("nobody"), GOC_ENOMEM);
  });
}

// They have been started: nobody could be told. They run as soon as there is memory.
TEST_P(Failing, WithoutMemoryForStacksGoroutinesWaitForIt) {
  goc_test::run([] {});
  Chan gate(0, 0);
  Group group;
  {
    FailingCalls none(Call::kMap);
    for (int i = 0; i < 200; ++i)
      group.go([&] { EXPECT_EQ(goc_chan_recv(gate, nullptr, soon()), GOC_ECLOSED); });
    eventually([] { return FailingCalls::failures() > 3; });
  }
  goc_chan_close(gate);
  group.wait();
}

// Queues are lists through the goroutines: neither starting nor stealing one needs memory.
TEST_P(Failing, WithoutMemoryGoroutinesOfAWorkerStartAndAreStolen) {
  goc_test::run([] {
    goc::Atom<int> ran{0};
    Group group;
    group.go([] {});  // there are descriptors from now on; the caller stays on its worker
    {
      FailingCalls none(Call::kAllocate);
      for (int i = 0; i < 100; ++i) group.go([&] { ++ran; });
      const int64_t deadline = soon();
      while (ran != 100 && goc_now() < deadline) goc::cpu_relax();
    }
    EXPECT_EQ(ran, 100);
    group.wait();
  });
}

// Stalled workers can have no stand-ins; nobody is lost, and later there are some.
TEST_P(Failing, WithoutThreadsThoseThatAreThereGoOn) {
  goc::Atom<int> ran{0};
  Group group;
  {
    FailingCalls none(Call::kThread);
    for (int i = 0; i < 1000; ++i)
      group.go([&] {
        goc_yield();
        ++ran;
      });
    group.wait();
  }
  EXPECT_EQ(ran, 1000);
}

TEST_P(Failing, AThreadIsTriedForUntilThereIsOne) {
  Chan gate(0, 0);
  Group locked;
  Group other;
  locked.go([&] {
    goc_lock_thread();
    EXPECT_EQ(goc_chan_recv(gate, nullptr, soon()), GOC_ECLOSED);
  });
  eventually([] {  // every thread that there is belongs to the locked goroutine, or sleeps
    goc::Guard guard(goc::g_runtime.idle.lock);
    return goc::g_runtime.idle.quiet();
  });
  const bool alone = goc::g_runtime.worker_count() == 1;
  {
    FailingCalls none(Call::kThread);
    other.go([] {});
    if (alone) eventually([] { return FailingCalls::failures() > 50; });
  }
  other.wait();
  goc_chan_close(gate);
  locked.wait();
}

// --- Every call in turn ------------------------------------------------------------------------------

class FailingSweep : public testing::TestWithParam<Call> {};
INSTANTIATE_TEST_SUITE_P(Calls, FailingSweep,
                         testing::Values(Call::kMap, Call::kGuard, Call::kThread, Call::kAllocate));

// From the k-th call on all fail, until some goroutines have been started: what was started runs.
TEST_P(FailingSweep, WhateverFailsWhatWasStartedRunsAndTheRuntimeEnds) {
  for (int k = 0; k < 20; ++k) {
    goc::Atom<int> ran{0};
    int started = 0;
    std::set<int> results;
    {
      FailingCalls from_k_on(GetParam(), k);
      results.insert(goc_init(nullptr));
      auto body = [](void* r) {
        auto count_one = [](void* c) { ++*static_cast<goc::Atom<int>*>(c); };
        if (goc_go(count_one, r) != GOC_OK) count_one(r);
      };
      for (int i = 0; i < 30; ++i) {
        const int result = goc_go(body, &ran);
        results.insert(result);
        started += result == GOC_OK;
      }
    }
    for (int result : results)
      EXPECT_TRUE(result == GOC_OK || result == GOC_EALREADY || result == GOC_EAGAIN ||
                  result == GOC_ENOMEM)
          << goc_error_name(result);
    ASSERT_EQ(goc_shutdown(soon()), 0) << "k = " << k;
    ASSERT_EQ(ran, started);
    ASSERT_EQ(goc_num_goroutines(), 0);
  }
}

}  // namespace
