// goc_lock_thread and pinned goroutines: a thread of their own, which nobody else uses.
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

long this_thread() { return syscall(SYS_gettid); }

class LockedThread : public goc_test::Procs {
 protected:
  // Goroutines that yield until told to stop, and see that they are never on the thread `taken_`.
  void start_others(int count) {
    for (int i = 0; i < count; ++i)
      others_.go([this] {
        for (; !stop_; goc_yield()) {
          trespasses_ += this_thread() == taken_;
          ++turns_;
        }
      });
    eventually([this] { return turns_ != 0; });
  }
  void stop_others() {
    stop_ = true;
    others_.wait();
    EXPECT_EQ(trespasses_, 0) << "others ran on the locked thread";
  }
  // The calling goroutine switches in every way; it must come back to `thread`.
  static void expect_to_stay_on(long thread) {
    Chan chan(0, 0);
    for (int i = 0; i < 20; ++i) {
      goc_yield();
      ASSERT_EQ(this_thread(), thread) << "after a yield";
      goc_test::go([&chan] { EXPECT_EQ(goc_chan_send(chan, nullptr, soon()), GOC_OK); });
      ASSERT_EQ(goc_chan_recv(chan, nullptr, soon()), GOC_OK);
      ASSERT_EQ(this_thread(), thread) << "after a receive";
    }
    goc_sleep(GOC_MILLISECOND / 10);
    ASSERT_EQ(this_thread(), thread) << "after a sleep";
    goc_blocking([](void* t) { EXPECT_EQ(this_thread(), *static_cast<long*>(t)); }, &thread);
    ASSERT_EQ(this_thread(), thread) << "after a blocking call";
  }

  goc::Atom<long> taken_{0};
  goc::Atom<int64_t> turns_{0};

 private:
  Group others_;
  goc::Atom<bool> stop_{false};
  goc::Atom<int64_t> trespasses_{0};
};
GOC_FOR_ALL_PROCS(LockedThread);

TEST_P(LockedThread, StaysOnItsThreadAndNobodyElseRunsThere) {
  start_others(10);
  Group group;
  group.go([&] {
    ASSERT_EQ(goc_lock_thread(), GOC_OK);
    taken_ = this_thread();
    expect_to_stay_on(taken_);
    taken_ = 0;
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
  });
  group.wait();
  stop_others();
}

TEST_P(LockedThread, LocksNest) {
  start_others(10);
  Group group;
  group.go([&] {
    for (int i = 0; i < 3; ++i) ASSERT_EQ(goc_lock_thread(), GOC_OK);
    taken_ = this_thread();
    for (int i = 0; i < 2; ++i) {
      ASSERT_EQ(goc_unlock_thread(), GOC_OK);
      expect_to_stay_on(taken_);
    }
    taken_ = 0;
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
    EXPECT_EQ(goc_unlock_thread(), GOC_EPERM) << "there is nothing left to undo";
  });
  group.wait();
  stop_others();
}

TEST_P(LockedThread, IsForGoroutinesOnly) {
  EXPECT_EQ(goc_lock_thread(), GOC_EPERM);
  EXPECT_EQ(goc_unlock_thread(), GOC_EPERM);
  goc_test::run([] { EXPECT_EQ(goc_unlock_thread(), GOC_EPERM); });
}

TEST_P(LockedThread, EachHasAThreadOfItsOwn) {
  constexpr size_t kMany = 20;
  std::vector<long> threads(kMany);
  goc::Atom<size_t> locked{0};
  Group group;
  for (long& mine : threads)
    group.go([&] {
      ASSERT_EQ(goc_lock_thread(), GOC_OK);
      mine = this_thread();
      for (++locked; locked != kMany;) goc_yield();
      EXPECT_EQ(this_thread(), mine);
    });
  group.wait();
  std::sort(threads.begin(), threads.end());
  EXPECT_EQ(std::adjacent_find(threads.begin(), threads.end()), threads.end());
}

TEST_P(LockedThread, EndsWithTheGoroutine) {
  for (int i = 0; i < 100; ++i) goc_test::run([] { ASSERT_EQ(goc_lock_thread(), GOC_OK); });
  goc_test::run([] { EXPECT_EQ(goc_unlock_thread(), GOC_EPERM) << "inherited from another"; });
  Group group;
  for (int i = 0; i < 100; ++i) group.go([] { goc_yield(); });
  group.wait();
}

// Goroutines that wait behind the locked one must not wait for it.
TEST_P(LockedThread, OthersGoOnWhileItIsBlocked) {
  Chan gate(0, 0);
  Group locked;
  for (int i = 0; i < 5; ++i)
    locked.go([&] {
      ASSERT_EQ(goc_lock_thread(), GOC_OK);
      Group children;
      for (int c = 0; c < 10; ++c) children.go([] { goc_yield(); });
      EXPECT_EQ(goc_chan_recv(gate, nullptr, soon()), GOC_ECLOSED);
      children.wait();
    });
  Group others;
  for (int i = 0; i < 100; ++i) others.go([] { goc_yield(); });
  others.wait();
  goc_chan_close(gate);
  locked.wait();
}

TEST_P(LockedThread, OthersRunWhileManyAreAlwaysReady) {
  goc::Atom<bool> stop{false};
  goc::Atom<int> locked{0};
  Group group;
  for (int i = 0; i < GetParam() + 2; ++i)
    group.go([&] {
      ASSERT_EQ(goc_lock_thread(), GOC_OK);
      for (++locked; !stop;) goc_yield();
    });
  eventually([&] { return locked == GetParam() + 2; });
  for (int i = 0; i < 100; ++i) {
    Group other;
    other.go([] { goc_yield(); });
    other.wait();
  }
  stop = true;
  group.wait();
}

TEST_P(LockedThread, IsWokenByThreadsAndByOneAnother) {
  const int64_t rounds = effort(2000);
  Chan ping(0, 0);
  Chan pong(0, 0);
  Group group;
  auto player = [&](goc_chan* in, goc_chan* out) {
    ASSERT_EQ(goc_lock_thread(), GOC_OK);
    while (goc_chan_recv(in, nullptr, soon()) == GOC_OK)
      ASSERT_EQ(goc_chan_send(out, nullptr, soon()), GOC_OK);
    goc_chan_close(out);
  };
  Chan middle(0, 0);
  group.go([&] { player(ping, middle); });
  group.go([&] { player(middle, pong); });
  for (int64_t i = 0; i < rounds; ++i) {
    ASSERT_EQ(goc_chan_send(ping, nullptr, soon()), GOC_OK);
    ASSERT_EQ(goc_chan_recv(pong, nullptr, soon()), GOC_OK);
  }
  goc_chan_close(ping);
  group.wait();
}

// Starts f as a pinned goroutine; f stays the caller's.
void go_pinned(std::function<void()>& f) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.pinned = 1;
  auto body = [](void* f) { (*static_cast<std::function<void()>*>(f))(); };
  ASSERT_EQ(goc_go_with(&options, body, &f), GOC_OK);
}

TEST_P(LockedThread, APinnedGoroutineIsLockedFromItsStart) {
  start_others(10);
  Group group;
  std::function<void()> pinned = [&] {
    taken_ = this_thread();
    expect_to_stay_on(taken_);
    taken_ = 0;
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
    EXPECT_EQ(goc_unlock_thread(), GOC_EPERM);
    goc_wg_done(group.wg());
  };
  goc_wg_add(group.wg(), 1);
  go_pinned(pinned);
  group.wait();
  stop_others();
}

TEST_P(LockedThread, ManyPinnedGoroutinesRun) {
  Group group;
  std::function<void()> pinned = [&] {
    goc_yield();
    goc_wg_done(group.wg());
  };
  goc_wg_add(group.wg(), 100);
  for (int i = 0; i < 100; ++i) go_pinned(pinned);
  group.wait();
}

TEST_P(LockedThread, StressLockingAndUnlockingUnderLoad) {
  start_others(5);
  Group group;
  for (int g = 0; g < 5; ++g)
    group.go([] {
      for (int64_t i = 0; i < effort(500); ++i) {
        ASSERT_EQ(goc_lock_thread(), GOC_OK);
        const long thread = this_thread();
        goc_yield();
        ASSERT_EQ(this_thread(), thread);
        ASSERT_EQ(goc_unlock_thread(), GOC_OK);
        goc_yield();
      }
    });
  group.wait();
  stop_others();
}

}  // namespace
