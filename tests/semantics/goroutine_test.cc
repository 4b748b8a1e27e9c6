// Go's cases about single goroutines: Goexit, LockOSThread, NumGoroutine, GOMAXPROCS, go of nil.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::eventually;
using goc_test::Group;
using goc_test::run;
using goc_test::soon;

long this_thread() { return syscall(SYS_gettid); }

class Goexit : public goc_test::Procs {};
GOC_FOR_1_2_4(Goexit);

TEST_P(Goexit, ClosesAChannelThatItHasDeferred) {
  Chan done(0, 0);
  goc_test::go([&] {
    ASSERT_EQ(goc_defer([](void* ch) { goc_chan_close(static_cast<goc_chan*>(ch)); },
                        static_cast<goc_chan*>(done)),
              GOC_OK);
    goc_exit_goroutine();
    ADD_FAILURE() << "it came back";
  });
  EXPECT_EQ(goc_chan_recv(done, nullptr, soon()), GOC_ECLOSED);
}

TEST_P(Goexit, InAHandlerEndsTheExceptionWithTheGoroutine) {
  Group group;
  std::string events;
  group.go([&] {
    try {
      throw std::string("hello");
    } catch (const std::string&) {
      events += "handled";
      goc_exit_goroutine();
    }
    events += ", and went on";
  });
  group.wait();
  EXPECT_EQ(events, "handled");
  run([] { EXPECT_FALSE(std::current_exception()); });
}

TEST_P(Goexit, CountsAsTheEndOfAGoroutineOfAWaitGroup) {
  Group group;
  std::atomic<int> started{0};
  const auto exits = [](void* count) {
    ++*static_cast<std::atomic<int>*>(count);
    goc_exit_goroutine();
    ADD_FAILURE() << "it came back";
  };
  for (int i = 0; i < 50; ++i) ASSERT_EQ(goc_wg_go(group.wg(), exits, &started), GOC_OK);
  group.wait();
  EXPECT_EQ(started, 50);
}

TEST_P(Goexit, OfAOnceCountsAsItsCall) {
  goc_once* once = nullptr;
  ASSERT_EQ(goc_once_new(&once), GOC_OK);
  std::atomic<int> calls{0};
  const auto exits = [](void* c) {
    ++*static_cast<std::atomic<int>*>(c);
    goc_yield();
    goc_exit_goroutine();
  };
  std::atomic<int> went_on{0};
  Group group;
  for (int i = 0; i < 10; ++i)
    group.go([&] {
      goc_once_do(once, exits, &calls);
      ++went_on;
    });
  group.wait();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(went_on, 9);
  goc_once_release(once);
}

TEST_P(Goexit, OfTheFirstGoroutineLetsTheOthersFinish) {
  Group others;
  std::atomic<int> finished{0};
  run([&] {
    for (int i = 0; i < 10; ++i)
      others.go([&] {
        goc_yield();
        ++finished;
      });
    goc_exit_goroutine();
  });
  others.wait();
  EXPECT_EQ(finished, 10);
}

class LockOSThread : public goc_test::Procs {};
GOC_FOR_1_2_4(LockOSThread);

TEST_P(LockOSThread, Nests) {
  run([] {
    EXPECT_EQ(goc_unlock_thread(), GOC_EPERM);
    for (int i = 0; i < 2; ++i) ASSERT_EQ(goc_lock_thread(), GOC_OK);
    const long thread = this_thread();
    ASSERT_EQ(goc_unlock_thread(), GOC_OK);
    Group others;
    for (int i = 0; i < 20; ++i) {
      others.go([thread] { EXPECT_NE(this_thread(), thread) << "it is locked once more"; });
      goc_yield();
      ASSERT_EQ(this_thread(), thread);
    }
    others.wait();
    ASSERT_EQ(this_thread(), thread);
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
    EXPECT_EQ(goc_unlock_thread(), GOC_EPERM);
  });
}

TEST_P(LockOSThread, EndsWithItsGoroutineAndTheThreadServesOthers) {
  // More than there could be threads if each was lost.
  for (int i = 0; i < 200; ++i)
    run([i] {
      ASSERT_EQ(goc_lock_thread(), GOC_OK);
      if (i % 2 == 0) goc_exit_goroutine();
    });
  EXPECT_LT(goc_test::threads_of_process(), 100);
  run([] { EXPECT_EQ(goc_unlock_thread(), GOC_EPERM); });
}

class Goroutines : public goc_test::Procs {};
GOC_FOR_1_2_4(Goroutines);

TEST_P(Goroutines, OfNoFunctionAreRefused) {
  EXPECT_EQ(goc_go(nullptr, nullptr), GOC_EINVAL);
  run([] { EXPECT_EQ(goc_go(nullptr, nullptr), GOC_EINVAL); });
  eventually([] { return goc_num_goroutines() == 0; });
}

TEST_P(Goroutines, AreCountedFromTheirStartToTheirEnd) {
  Chan gate(0, 0);
  Group group;
  constexpr int kBlocked = 37;
  for (int i = 0; i < kBlocked; ++i) group.go([&] { goc_chan_recv(gate, nullptr, soon()); });
  EXPECT_EQ(goc_num_goroutines(), kBlocked) << "ready or blocked";
  run([] { EXPECT_EQ(goc_num_goroutines(), kBlocked + 1); });
  goc_chan_close(gate);
  group.wait();
  eventually([] { return goc_num_goroutines() == 0; });
}

TEST_P(Goroutines, RunOnAsManyProcessorsAsThereCanBe) {
  EXPECT_EQ(goc_set_max_procs(1025), GOC_EINVAL);
  ASSERT_EQ(goc_set_max_procs(1024), GOC_OK);
  EXPECT_EQ(goc_max_procs(), 1024);
  Group group;
  std::atomic<int> ran{0};
  for (int i = 0; i < 100; ++i)
    group.go([&] {
      goc_yield();
      ++ran;
    });
  group.wait();
  EXPECT_EQ(ran, 100);
  ASSERT_EQ(goc_set_max_procs(GetParam()), GOC_OK);
}

}  // namespace
