// fork: the child begins with a runtime of its own that works; the parent notices nothing.
//
// Not under ThreadSanitizer: it gives up in a child of a process that has threads. Not under clang
// 14's AddressSanitizer: its allocator does not let go of its locks in the child, so one that another
// thread (a worker that begins or ends is enough) holds at that moment is never free there.
#include "fixture.h"

#if !defined(GOC_TSAN) && !defined(GOC_ASAN)

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include "chan/channel.h"
#include "child.h"
#include "ops.h"
#include "waiters.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

// Forks, and runs f in the child; true if it came to its end without a failure. A child that hangs
// is ended by its alarm.
bool succeeds_in_child(const std::function<bool()>& f) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    _exit(f() ? 0 : 1);
  }
  return goc_test::status_of(child) == 0;
}

// A tick of a timer comes.
bool timer_works() {
  goc_timer* timer = nullptr;
  goc_chan* ticks = nullptr;
  if (goc_timer_new(&timer, &ticks, GOC_MICROSECOND) != GOC_OK) return false;
  int64_t tick;
  const bool came = goc_chan_recv(ticks, &tick, soon()) == GOC_OK;
  goc_chan_release(ticks);
  goc_timer_release(timer);
  return came;
}

// Everything that needs workers, with objects of its own.
bool runtime_works() {
  if (goc_on_goroutine() != 0 || goc_num_goroutines() != 0) return false;
  int64_t sum = 0;
  {
    Chan chan(8, 0);
    Group group;
    for (int64_t i = 0; i < 100; ++i)
      group.go([&chan, i] { goc_chan_send(chan, &i, GOC_FOREVER); });
    for (int i = 0; i < 100; ++i) {
      int64_t value;
      if (goc_chan_recv(chan, &value, soon()) != GOC_OK) return false;
      sum += value;
    }
    if (goc_wg_wait(group.wg(), soon()) != GOC_OK) return false;
  }
  goc_test::run([] { goc_sleep(1); });
  return sum == 4950 && timer_works() && goc_shutdown(soon()) == 0;
}

TEST(Fork, WithoutARuntimeTheChildMayStartOne) {
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_TRUE(succeeds_in_child(&runtime_works));
}

// What the runtime finds out once it may be finding out in this moment, on another thread.
TEST(Fork, StressWhileTheRuntimeStarts) {
  EXPECT_EQ(goc_shutdown(soon()), 0);
  for (int64_t i = 0; i < effort(200); ++i) {
    EXPECT_TRUE(succeeds_in_child([] {
      return goc_init(nullptr) == GOC_OK && succeeds_in_child(&runtime_works) &&
             goc_shutdown(soon()) == 0;
    }));
  }
}

class Fork : public goc_test::Procs {
 protected:
  // Goroutines in all states, making, using and releasing objects of all kinds all the time.
  void start_load() {
    for (int i = 0; i < 8; ++i)
      load_.go([this] {
        while (!stop_) {
          use_objects_of_all_kinds();
          ++turns_;
        }
      });
    for (int i = 0; i < 2; ++i)
      load_.go([this] {
        const int64_t value = 0;
        while (!stop_) goc_chan_send(shared_, &value, goc_deadline(GOC_MICROSECOND));
      });
    load_.go([this] {
      int64_t value;
      while (!stop_) goc_chan_recv(shared_, &value, goc_deadline(GOC_MICROSECOND));
    });
    load_.go([this] {
      while (!stop_) goc_sleep(1);
    });
    expect_progress();
  }
  void expect_progress() {
    const int64_t before = turns_;
    eventually([&] { return turns_ > before + 10; });
  }
  void stop_load() {
    stop_ = true;
    load_.wait();
  }

 private:
  static void use_objects_of_all_kinds() {
    Chan chan(0, 1);
    Group child;
    goc_mutex* mutex;
    goc_once* once;
    ASSERT_EQ(goc_mutex_new(&mutex), GOC_OK);
    ASSERT_EQ(goc_once_new(&once), GOC_OK);
    child.go([&] {
      EXPECT_EQ(goc_mutex_lock(mutex, soon()), GOC_OK);
      goc_chan_send(chan, nullptr, soon());
      EXPECT_EQ(goc_mutex_unlock(mutex), GOC_OK);
    });
    goc_chan_recv(chan, nullptr, soon());
    goc_once_do(
        once, [](void*) {}, nullptr);
    child.wait();
    goc_mutex_release(mutex);
    goc_once_release(once);
    EXPECT_TRUE(timer_works());
    goc_test::PortHandle port;
    EXPECT_EQ(goc_port_post(port, 1), GOC_OK);
    EXPECT_EQ(port.poll().size(), 1u);
  }

  Chan shared_{8, 1};
  Group load_;
  goc::Atom<bool> stop_{false};
  goc::Atom<int64_t> turns_{0};
};
GOC_FOR_ALL_PROCS(Fork);

TEST_P(Fork, OfAnIdleRuntimeGivesTheChildANewOne) {
  goc_test::run([] {});
  EXPECT_TRUE(succeeds_in_child(&runtime_works));
  goc_test::run([] {});
}

TEST_P(Fork, StressOfABusyRuntimeGivesTheChildANewOneAndTheParentGoesOn) {
  start_load();
  for (int64_t i = 0; i < std::max<int64_t>(3, effort(8)); ++i) {
    ASSERT_TRUE(succeeds_in_child(&runtime_works)) << "child " << i;
    expect_progress();
  }
  stop_load();
}

TEST_P(Fork, OnAGoroutineTheChildIsAPlainThread) {
  start_load();
  goc_test::run([] {
    const uint64_t id = goc_self();
    EXPECT_TRUE(succeeds_in_child(&runtime_works));
    EXPECT_EQ(goc_self(), id) << "the parent is the goroutine that it was";
  });
  stop_load();
}

TEST_P(Fork, StressFromSeveralThreadsAtOnce) {
  start_load();
  goc::Atom<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int64_t i = 0; i < std::max<int64_t>(3, effort(10)); ++i)
        failed += !succeeds_in_child(&runtime_works);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  stop_load();
}

// Where the other threads were when the fork came is unknown, and all of them are gone.
TEST_P(Fork, StressInAStormOfOperations) {
  start_load();
  goc::Atom<int> failed{0};
  Group forking;
  for (int g = 0; g < 2; ++g)
    forking.go([&] {
      for (int64_t i = 0; i < std::max<int64_t>(5, effort(20)); ++i) {
        goc_yield();
        failed += !succeeds_in_child([] { return timer_works() && goc_shutdown(soon()) == 0; });
      }
    });
  forking.wait();
  EXPECT_EQ(failed, 0);
  stop_load();
}

TEST_P(Fork, AChildOfAChildWorksToo) {
  goc_test::run([] {});
  EXPECT_TRUE(succeeds_in_child([] {
    goc_test::run([] {});
    return succeeds_in_child(&runtime_works) && goc_shutdown(soon()) == 0;
  }));
}

// The child's only thread has come to the end of its goroutine.
TEST_P(Fork, AChildThatReturnsFromItsGoroutineEndsWithStatus0) {
  static goc::Atom<pid_t> child;
  child = 0;
  pid_t parent = getpid();
  auto body = [](void*) {
    const pid_t forked = fork();
    if (forked != 0) child = forked;
  };
  ASSERT_EQ(goc_go(body, nullptr), GOC_OK);
  eventually([] { return child != 0; });
  EXPECT_EQ(goc_test::status_of(child), 0);
  EXPECT_EQ(getpid(), parent);
}

// --- Who waits ------------------------------------------------------------------------------------

bool somebody_waits_in(goc_chan* chan) {
  return static_cast<goc::Channel*>(reinterpret_cast<goc::Object*>(chan))->has_waiters();
}

// Receives what a goroutine of its own sends.
bool passes_a_value(goc_chan* chan) {
  goc_test::go([chan] {
    const int64_t seven = 7;
    goc_chan_send(chan, &seven, soon());
  });
  int64_t value = 0;
  return goc_chan_recv(chan, &value, soon()) == GOC_OK && value == 7;
}

TEST_P(Fork, WhoReceivesInTheParentTakesNothingFromTheChild) {
  Chan to_goroutine(8, 0);
  Chan to_thread(8, 0);
  auto receive_zero = [](goc_chan* chan) {
    int64_t value = -1;
    EXPECT_EQ(goc_chan_recv(chan, &value, soon()), GOC_OK);
    EXPECT_EQ(value, 0);
  };
  Group receiving;
  receiving.go([&] { receive_zero(to_goroutine); });
  std::thread thread([&] { receive_zero(to_thread); });
  eventually([&] { return somebody_waits_in(to_goroutine) && somebody_waits_in(to_thread); });
  EXPECT_TRUE(succeeds_in_child([&] {
    return passes_a_value(to_goroutine) && passes_a_value(to_thread) && goc_shutdown(soon()) == 0;
  }));
  const int64_t zero = 0;
  EXPECT_EQ(goc_chan_send(to_goroutine, &zero, soon()), GOC_OK);
  EXPECT_EQ(goc_chan_send(to_thread, &zero, soon()), GOC_OK);
  receiving.wait();
  thread.join();
}

TEST_P(Fork, WhoSendsInTheParentGivesNothingToTheChild) {
  Chan chan(8, 1);
  auto send = [&](int64_t value) { EXPECT_EQ(goc_chan_send(chan, &value, soon()), GOC_OK); };
  send(1);
  Group sending;
  sending.go([&] { send(2); });
  eventually([&] { return somebody_waits_in(chan); });
  auto receives = [&](int64_t expected) {
    int64_t value = 0;
    return goc_chan_recv(chan, &value, soon()) == GOC_OK && value == expected;
  };
  EXPECT_TRUE(succeeds_in_child([&] {
    return receives(1) && goc_chan_recv(chan, nullptr, GOC_NOW) == GOC_EAGAIN &&
           passes_a_value(chan) && goc_shutdown(soon()) == 0;
  })) << "what was in the buffer is there, and no more";
  EXPECT_TRUE(receives(1));
  EXPECT_TRUE(receives(2));
  sending.wait();
}

TEST_P(Fork, WhoWaitsForALockInTheParentDoesNotGetTheChilds) {
  goc_sem* sem;
  goc_rwmutex* rw;
  ASSERT_EQ(goc_sem_new(&sem, 2), GOC_OK);
  ASSERT_EQ(goc_rwmutex_new(&rw), GOC_OK);
  EXPECT_EQ(goc_sem_wait(sem, 1, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_rwmutex_rlock(rw, GOC_NOW), GOC_OK);
  Group waiting;
  waiting.go([&] { EXPECT_EQ(goc_sem_wait(sem, 2, soon()), GOC_OK); });
  waiting.go([&] {
    EXPECT_EQ(goc_rwmutex_lock(rw, soon()), GOC_OK);
    EXPECT_EQ(goc_rwmutex_unlock(rw), GOC_OK);
  });
  eventually([&] { return goc_test::blocked_on(sem) == 1 && goc_test::blocked_writers(rw) == 1; });
  EXPECT_TRUE(succeeds_in_child([&] {
    return goc_sem_wait(sem, 1, soon()) == GOC_OK && goc_sem_post(sem, 2) == GOC_OK &&
           goc_sem_wait(sem, 2, GOC_NOW) == GOC_OK && goc_rwmutex_rlock(rw, soon()) == GOC_OK &&
           runtime_works();
  }));
  EXPECT_EQ(goc_rwmutex_runlock(rw), GOC_OK);
  EXPECT_EQ(goc_sem_post(sem, 1), GOC_OK);
  waiting.wait();
  goc_sem_release(sem);
  goc_rwmutex_release(rw);
}

// Its owner may be there in the child, as its memory is: it gives the operation up and begins anew.
TEST_P(Fork, AnOperationThatIsPendingMustBeStartedAgainInTheChild) {
  Chan chan(8, 0);
  goc_test::Operation receive(1);
  goc_test::Operation sleep(2);
  goc_test::PortHandle port;
  ASSERT_EQ(receive.receive(chan, port), GOC_PENDING);
  ASSERT_EQ(goc_timer_op(goc_deadline(3600 * GOC_SECOND), &sleep, port), GOC_PENDING);
  EXPECT_TRUE(succeeds_in_child([&] {
    const int64_t word = 7;
    goc_test::Operation again(3);
    return goc_chan_send(chan, &word, GOC_NOW) == GOC_EAGAIN &&
           again.receive(chan, port) == GOC_PENDING && goc_op_cancel(&receive) == GOC_OK &&
           goc_op_cancel(&sleep) == GOC_OK && goc_chan_send(chan, &word, GOC_NOW) == GOC_OK &&
           again.value == 7 && port.poll() == std::vector<int64_t>{3};
  }));
  EXPECT_EQ(goc_op_cancel(&receive), GOC_OK);
  EXPECT_EQ(goc_op_cancel(&sleep), GOC_OK);
}

// --- The child's signals, and another program in it -------------------------------------------------

// A worker blocks signals, which the child's only thread must not.
TEST_P(Fork, OnAGoroutineTheChildHasTheSignalMaskOfThePlainThreads) {
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  auto mask_is_mine = [&mine] {
    sigset_t now;
    pthread_sigmask(SIG_SETMASK, nullptr, &now);
    for (int signal = 1; signal < 32; ++signal)
      if (sigismember(&now, signal) != sigismember(&mine, signal)) return false;
    return true;
  };
  goc_test::run([&] {
    EXPECT_FALSE(mask_is_mine()) << "the worker's";
    EXPECT_TRUE(succeeds_in_child(mask_is_mine));
    goc_blocking(
        [](void* f) { EXPECT_TRUE(succeeds_in_child(*static_cast<decltype(mask_is_mine)*>(f))); },
        &mask_is_mine);
    EXPECT_FALSE(mask_is_mine()) << "the parent's thread is a worker's as before";
  });
}

// As programs do that reset handlers in the child before any signal may come.
TEST_P(Fork, AMaskThatTheGoroutineHasSetIsKept) {
  goc_test::run([] {
    goc_lock_thread();
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    EXPECT_TRUE(succeeds_in_child([] {
      sigset_t now;
      pthread_sigmask(SIG_SETMASK, nullptr, &now);
      return sigismember(&now, SIGTERM) == 1 && sigismember(&now, SIGSEGV) == 1;
    }));
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    goc_unlock_thread();
  });
}

// The status of a shell that takes a signal from itself, and goes on if that is blocked.
int status_of_shell() {
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", "kill -TERM $$; exit 3", nullptr);
    _exit(127);
  }
  return goc_test::status_of(child);
}

TEST_P(Fork, AnotherProgramMayBeExecutedAndGetsItsSignals) {
  start_load();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(status_of_shell(), -SIGTERM) << "from a plain thread";
    goc_test::run([] { EXPECT_EQ(status_of_shell(), -SIGTERM) << "from a goroutine"; });
  }
  stop_load();
}

}  // namespace

#endif
