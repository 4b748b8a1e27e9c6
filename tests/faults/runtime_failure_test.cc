// What the runtime does without memory or threads: the documented error, and it goes on afterwards.
#include <gtest/gtest.h>

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

// One that finds no memory for its stack does not keep its worker from those that have one.
TEST_P(Failing, WithoutMemoryForAStackOthersGoOn) {
  goc_test::run([] {
    goc::Atom<int> ran{0};
    Group group;
    group.go([] {});  // there are descriptors from now on
    group.wait();
    goc_go_options options = GOC_GO_OPTIONS_INIT;
    options.stack_size = 1 << 22;  // of which there is none yet
    options.finalizer = [](void* r) { ++*static_cast<goc::Atom<int>*>(r); };
    {
      FailingCalls none(Call::kMap);
      for (int i = 0; i < 3; ++i) ASSERT_EQ(goc_go_with(&options, &nothing, &ran), GOC_OK);
      eventually([] { return FailingCalls::failures() > 10; });  // which yields to them
      EXPECT_EQ(ran, 0);
    }
    eventually([&] { return ran == 3; });
  });
}

// --- Deadlines ---------------------------------------------------------------------------------------

TEST_P(Failing, WithoutMemoryForItsDeadlineAWaitHasTimedOut) {
  goc_test::run([] {
    Chan silent(0, 0);
    FailingCalls none(Call::kAllocate);
    EXPECT_EQ(goc_chan_recv(silent, nullptr, soon()), GOC_ETIMEDOUT);
    EXPECT_GT(FailingCalls::failures(), 0);
  });
}

TEST_P(Failing, WithoutMemoryForItsDeadlineASleepLastsAllTheSame) {
  goc_test::run([] {
    FailingCalls none(Call::kAllocate);
    const int64_t end = goc_deadline(5 * GOC_MILLISECOND);
    goc_sleep_until(end);
    EXPECT_GE(goc_now(), end);
    EXPECT_GT(FailingCalls::failures(), 0);
  });
}

}  // namespace
