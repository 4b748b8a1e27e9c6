// What Go's sync/cond_test.go shows of Cond.
#include <atomic>
#include <vector>

#include "chan_tools.h"
#include "lock_fixtures.h"
#include "waiters.h"

namespace {

using goc_test::blocked_on;
using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

class CondOfGo : public goc_test::WithCond {
 protected:
  void wait() { ASSERT_EQ(goc_cond_wait(cond_, mu_, soon()), GOC_OK); }
};
GOC_FOR_1_2_4(CondOfGo);

TEST_P(CondOfGo, Signal) {
  Chan running(0, 2);
  Chan awake(0, 2);
  Group group;
  for (int i = 0; i < 2; ++i)
    group.go([&] {
      lock();
      EXPECT_EQ(goc_chan_send(running, nullptr, soon()), GOC_OK);
      wait();
      EXPECT_EQ(goc_chan_send(awake, nullptr, soon()), GOC_OK);
      unlock();
    });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(goc_chan_recv(running, nullptr, soon()), GOC_OK);
  for (int left = 2; left > 0; --left) {
    EXPECT_EQ(goc_chan_recv(awake, nullptr, GOC_NOW), GOC_EAGAIN) << "nobody has signalled";
    lock();
    goc_cond_signal(cond_);
    unlock();
    EXPECT_EQ(goc_chan_recv(awake, nullptr, soon()), GOC_OK);
    EXPECT_EQ(goc_chan_recv(awake, nullptr, GOC_NOW), GOC_EAGAIN) << "one signal, one waiter";
  }
  goc_cond_signal(cond_);
  group.wait();
}

// First in, first out: a hundred times one waits and the one before is signalled.
TEST_P(CondOfGo, SignalGenerations) {
  constexpr int kWaiters = 100;
  Chan running(0, kWaiters);
  Chan awake(sizeof(int64_t), kWaiters);
  Group group;
  for (int i = 0; i < kWaiters; ++i) {
    group.go([&, i] {
      lock();
      EXPECT_EQ(goc_chan_send(running, nullptr, soon()), GOC_OK);
      wait();
      EXPECT_EQ(goc_test::put(awake, i), GOC_OK);
      unlock();
    });
    if (i > 0) {
      EXPECT_EQ(goc_test::take(awake), i - 1);
    }
    EXPECT_EQ(goc_chan_recv(running, nullptr, soon()), GOC_OK);
    lock();
    goc_cond_signal(cond_);
    unlock();
  }
  group.wait();
}

TEST_P(CondOfGo, Broadcast) {
  constexpr int kWaiters = 200;
  Chan running(0, kWaiters);
  Chan awake(0, kWaiters);
  bool exit = false;
  Group group;
  for (int i = 0; i < kWaiters; ++i)
    group.go([&] {
      lock();
      while (!exit) {
        EXPECT_EQ(goc_chan_send(running, nullptr, soon()), GOC_OK);
        wait();
        EXPECT_EQ(goc_chan_send(awake, nullptr, soon()), GOC_OK);
      }
      unlock();
    });
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < kWaiters; ++i) EXPECT_EQ(goc_chan_recv(running, nullptr, soon()), GOC_OK);
    EXPECT_EQ(goc_chan_recv(awake, nullptr, GOC_NOW), GOC_EAGAIN);
    lock();
    exit = round == 9;
    goc_cond_broadcast(cond_);
    unlock();
    for (int i = 0; i < kWaiters; ++i) EXPECT_EQ(goc_chan_recv(awake, nullptr, soon()), GOC_OK);
    EXPECT_EQ(goc_chan_recv(awake, nullptr, GOC_NOW), GOC_EAGAIN);
  }
  group.wait();
}

// Three who hand a number on, without knowing when the others wait.
TEST_P(CondOfGo, Race) {
  int x = 0;
  Group group;
  group.go([&] {
    lock();
    x = 1;
    wait();
    EXPECT_EQ(x, 2);
    x = 3;
    goc_cond_signal(cond_);
    unlock();
  });
  group.go([&] {
    for (bool done = false; !done; goc_yield()) {
      lock();
      if (x == 1 && blocked_on(cond_) == 1) {
        x = 2;
        goc_cond_signal(cond_);
        done = true;
      }
      unlock();
    }
  });
  group.go([&] {
    for (bool done = false; !done; goc_yield()) {
      lock();
      if (x == 2)
        goc_cond_signal(cond_);
      else
        done = x == 3;
      unlock();
    }
  });
  group.wait();
}

// A signal must not be taken by one who begins to wait after it (golang.org/issue/8691).
TEST_P(CondOfGo, SignalStealing) {
  for (int64_t round = 0, rounds = effort(1000); round < rounds; ++round) {
    Chan ready(0, 0);
    Group group;
    bool second_told = false;
    group.go([&] {
      lock();
      EXPECT_EQ(goc_chan_send(ready, nullptr, soon()), GOC_OK);
      wait();  // the first: the signal is for it
      unlock();
    });
    EXPECT_EQ(goc_chan_recv(ready, nullptr, soon()), GOC_OK);
    lock();  // it waits now
    unlock();
    Chan served(0, 0);
    group.go([&] {
      lock();
      while (!second_told) wait();
      unlock();
      goc_chan_close(served);
    });
    goc_cond_signal(cond_);
    eventually([&] {
      lock();
      second_told = true;
      unlock();
      goc_cond_broadcast(cond_);
      return goc_chan_is_closed(served) != 0;
    });
    group.wait();
  }
}

}  // namespace
