// fork: the child begins with a runtime of its own that works; the parent notices nothing.
//
// Not under ThreadSanitizer: it gives up in a child of a process that has threads. Not under clang
// 14's AddressSanitizer: its allocator does not let go of its locks in the child, so one that another
// thread (a worker that begins or ends is enough) holds at that moment is never free there.
#include "fixture.h"

#if !defined(GOC_TSAN) && !defined(GOC_ASAN)

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>

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
    sigset_t none;
    sigemptyset(&none);
    pthread_sigmask(SIG_SETMASK, &none, nullptr);  // the forking thread may be a worker
    alarm(20);
    _exit(f() ? 0 : 1);
  }
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status == 0;
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
  return sum == 4950 && goc_shutdown(soon()) == 0;
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
  // Goroutines in all states, making and releasing objects all the time.
  void start_load() {
    for (int i = 0; i < 8; ++i)
      load_.go([this] {
        while (!stop_) {
          Chan chan(0, 1);
          Group child;
          child.go([&chan] { goc_chan_send(chan, nullptr, soon()); });
          goc_chan_recv(chan, nullptr, soon());
          child.wait();
          ++turns_;
        }
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
  int status = -1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "status " << status;
  EXPECT_EQ(getpid(), parent);
}

}  // namespace

#endif
