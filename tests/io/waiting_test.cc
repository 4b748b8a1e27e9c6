// Who waits for a descriptor, and what ends the wait: turns, close, numbers that are used again, plain
// threads.
#include <poll.h>
#include <signal.h>

#include <string>
#include <thread>

#include "descriptors.h"
#include "signal_storm.h"
#include "timers.h"

namespace {

using goc_test::blocked_on_fd;
using goc_test::Chan;
using goc_test::effort;
using goc_test::Ends;
using goc_test::eventually;
using goc_test::Fd;
using goc_test::Group;
using goc_test::pipe_ends;
using goc_test::read_text;
using goc_test::run;
using goc_test::socket_pair;
using goc_test::soon;
using goc_test::until_blocked;
using goc_test::write_text;

class Waiting : public goc_test::WithDescriptors {};
GOC_FOR_1_2_4(Waiting);

// --- Several waiters -------------------------------------------------------------------------------

TEST_P(Waiting, ReadersAreServedInTheOrderTheyCame) {
  const Ends ends = socket_pair();
  Chan order(sizeof(int), 10);
  Group group;
  for (int i = 0; i < 10; ++i) {
    group.go([&, i] {
      EXPECT_EQ(read_text(ends.out, 1).size(), 1U);
      EXPECT_EQ(goc_chan_send(order, &i, GOC_NOW), GOC_OK);
    });
    until_blocked(ends.out, GOC_READ, i + 1);
  }
  for (int i = 0, first = -1; i < 10; ++i) {
    write_text(ends.in, "a");
    ASSERT_EQ(goc_chan_recv(order, &first, soon()), GOC_OK);
    EXPECT_EQ(first, i);
    until_blocked(ends.out, GOC_READ, 9 - i);  // the next one has looked in vain
  }
  group.wait();
}

// There is one edge for all that comes together: each passes it on.
TEST_P(Waiting, WhatComesAtOnceIsForAll) {
  const Ends ends = socket_pair();
  Group group;
  for (int i = 0; i < 50; ++i) group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  for (int i = 0; i < 50; ++i)
    group.go([&] { EXPECT_EQ(goc_fd_wait(ends.in, GOC_WRITE, soon()), GOC_WRITE); });
  until_blocked(ends.out, GOC_READ, 50);
  write_text(ends.in, std::string(50, 'a'));
  group.wait();
}

TEST_P(Waiting, ThoseWhoOnlyWaitTakeNothingAway) {
  const Ends ends = socket_pair();
  Group group;
  for (int i = 0; i < 20; ++i)
    group.go([&] { EXPECT_EQ(goc_fd_wait(ends.out, GOC_READ, soon()), GOC_READ); });
  until_blocked(ends.out, GOC_READ, 20);
  write_text(ends.in, "a");
  group.wait();
  EXPECT_EQ(read_text(ends.out, 1), "a");
}

TEST_P(Waiting, OneWhoGivesUpLeavesTheLine) {
  const Ends ends = socket_pair();
  Group late;
  Group group;
  for (int i = 0; i < 5; ++i)
    late.go([&] {
      char byte;
      EXPECT_EQ(goc_read(ends.out, &byte, 1, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    });
  group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  late.wait();
  until_blocked(ends.out, GOC_READ);
  write_text(ends.in, "a");
  group.wait();
}

TEST_P(Waiting, StressDeadlinesAndBytesMeet) {
  const Ends ends = socket_pair();
  const int64_t rounds = effort(5'000);
  Group group;
  goc::Atom<int64_t> received{0};
  for (int i = 0; i < 4; ++i)
    group.go([&] {
      while (received < rounds) {
        char byte;
        const int64_t got = goc_read(ends.out, &byte, 1, goc_deadline(50 * GOC_MICROSECOND));
        if (got == 1)
          ++received;
        else
          ASSERT_EQ(got, GOC_ETIMEDOUT);
      }
    });
  for (int64_t i = 0; i < rounds; ++i) {
    write_text(ends.in, "a");
    if (i % 10 == 0) goc_sleep(30 * GOC_MICROSECOND);
  }
  group.wait();
  EXPECT_EQ(received, rounds);
}

// --- Close -------------------------------------------------------------------------------------------

TEST_P(Waiting, CloseWakesGoroutinesAndThreadsInBothDirections) {
  Ends ends = socket_pair();
  const std::string much(1'000'000, 'x');
  while (goc_write(ends.in, much.data(), much.size(), GOC_NOW) > 0) {
  }
  const auto wait = [&] {
    EXPECT_EQ(goc_fd_wait(ends.in, GOC_READ | GOC_WRITE, GOC_FOREVER), GOC_EFDCLOSED);
  };
  Group group;
  group.go(wait);
  group.go([&] { EXPECT_EQ(goc_write(ends.in, much.data(), much.size(), soon()), GOC_EFDCLOSED); });
  std::thread thread(wait);
  until_blocked(ends.in, GOC_READ, 2);
  until_blocked(ends.in, GOC_WRITE, 3);
  EXPECT_EQ(goc_fd_close(ends.in.release()), GOC_OK);
  thread.join();
  group.wait();
}

// Nobody sleeps on after a close, whenever it comes.
TEST_P(Waiting, StressCloseMeetsTheBeginningOfAWait) {
  // The poller gets its descriptors now, and none of the numbers that are closed below, which it knows.
  const Ends silent = socket_pair();
  const auto wait_in_vain = [](const Ends& ends) {
    char none;
    EXPECT_EQ(goc_read(ends.out, &none, 1, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  };
  wait_in_vain(silent);
  wait_in_vain(socket_pair());
  for (int64_t i = 0; i < effort(1'000); ++i) {
    Ends ends = socket_pair();
    Group group;
    for (int reader = 0; reader < 2; ++reader)
      group.go([fd = int(ends.out)] {
        char byte;
        const int64_t got = goc_read(fd, &byte, 1, soon());
        const int error = errno;
        EXPECT_TRUE(got == GOC_EFDCLOSED || (got == GOC_ESYSTEM && error == EBADF)) << got;
      });
    for (int64_t yields = i % 4; yields > 0; --yields) goc_yield();
    ends.out.reset();
    group.wait();
  }
}

// The next descriptor with the number is another one.
TEST_P(Waiting, ANumberThatIsUsedAgainAfterCloseWorksAtOnce) {
  for (int64_t i = 0; i < effort(2'000); ++i) {
    const Ends ends = i % 2 == 0 ? socket_pair() : pipe_ends();
    Group group;
    group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
    until_blocked(ends.out, GOC_READ);
    write_text(ends.in, "a");
    group.wait();
  }
}

// Of close(2) the poller is not told: it finds out by itself that the number is of another descriptor.
TEST_P(Waiting, ANumberThatWasClosedByOthersWorksAgain) {
  for (int64_t i = 0; i < effort(50); ++i) {
    Ends ends = i % 2 == 0 ? socket_pair() : pipe_ends();
    Group group;
    group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
    until_blocked(ends.out, GOC_READ);
    write_text(ends.in, "a");
    group.wait();
    close(ends.in.release());
    close(ends.out.release());
  }
}

// The old one lives on under another number, from which the poller tells of its edges.
TEST_P(Waiting, ADuplicateOfWhatHadTheNumberDoesNotDisturb) {
  Ends old = socket_pair();
  run([&] { EXPECT_EQ(goc_fd_wait(old.out, GOC_READ, goc_deadline(1000)), GOC_ETIMEDOUT); });
  const Fd kept(dup(old.out));
  const int number = old.out.release();
  close(number);
  Ends fresh = socket_pair();
  ASSERT_EQ(fresh.in, number) << "the lowest number that is free";
  Group group;
  group.go([&] { EXPECT_EQ(read_text(fresh.in, 1), "b"); });
  until_blocked(number, GOC_READ);
  for (int i = 0; i < 100; ++i) write_text(old.in, "a");
  EXPECT_EQ(blocked_on_fd(number, GOC_READ), 1);
  write_text(fresh.out, "b");
  group.wait();
  EXPECT_EQ(read_text(kept, 100), std::string(100, 'a'));
}

// --- Threads and goroutines together --------------------------------------------------------------

TEST_P(Waiting, PlainThreadsTalkThroughDescriptors) {
  const Ends ends = socket_pair();
  std::thread echo([&] {
    for (int i = 0; i < 200; ++i) write_text(ends.out, read_text(ends.out, 1));
  });
  for (int i = 0; i < 200; ++i) {
    const std::string letter(1, static_cast<char>('a' + i % 26));
    write_text(ends.in, letter);
    ASSERT_EQ(read_text(ends.in, 1), letter);
  }
  echo.join();
}

TEST_P(Waiting, AGoroutineThatIsLockedToItsThreadWaitsToo) {
  const Ends ends = socket_pair();
  Group group;
  group.go([&] {
    ASSERT_EQ(goc_lock_thread(), GOC_OK);
    for (int i = 0; i < 100; ++i) write_text(ends.out, read_text(ends.out, 1));
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
  });
  for (int i = 0; i < 100; ++i) {
    write_text(ends.in, "a");
    ASSERT_EQ(read_text(ends.in, 1), "a");
  }
  group.wait();
}

// Nobody is idle, so nobody sleeps in the poller.
TEST_P(Waiting, GoroutinesThatAlwaysRunDoNotStarveDescriptors) {
  const Ends ends = socket_pair();
  goc::Atom<bool> done{false};
  Group group;
  for (int i = 0; i < 8; ++i)
    group.go([&, i] {
      while (!done)
        if (i % 2 == 0)
          goc_yield();
        else
          goc::cpu_relax();  // for which others lose the thread
    });
  group.go([&] {
    for (int i = 0; i < 10; ++i) write_text(ends.out, read_text(ends.out, 1));
    done = true;
  });
  for (int i = 0; i < 10; ++i) {
    write_text(ends.in, "a");
    EXPECT_EQ(read_text(ends.in, 1), "a");
  }
  group.wait();
}

TEST_P(Waiting, TimersFireWhileTheLastWorkerPolls) {
  const Ends ends = socket_pair();
  Group group;
  group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  until_blocked(ends.out, GOC_READ);
  for (int i = 0; i < 20; ++i) {
    const goc_test::Alarm alarm(GOC_MILLISECOND);
    EXPECT_EQ(goc_chan_recv(alarm.chan, nullptr, soon()), GOC_OK);
  }
  run([] { goc_sleep(GOC_MILLISECOND); });
  write_text(ends.in, "a");
  group.wait();
}

// A worker that is asleep in the poller is woken for work of another kind.
TEST_P(Waiting, StressWorkFromThreadsWakesWhoPolls) {
  const Ends ends = socket_pair();
  Group reader;
  reader.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  until_blocked(ends.out, GOC_READ);
  for (int64_t i = 0; i < effort(20'000); ++i) {
    if (i % 100 == 0) goc_sleep(100 * GOC_MICROSECOND);
    run([] {});
  }
  write_text(ends.in, "a");
  reader.wait();
}

TEST_P(Waiting, SignalsDoNotInterrupt) {
  const Ends ends = socket_pair();
  const goc_test::SignalStorm storm;
  Group group;
  group.go([&] {
    for (int i = 0; i < 100; ++i) write_text(ends.out, read_text(ends.out, 1));
  });
  for (int i = 0; i < 100; ++i) {
    if (i % 10 == 0) goc_sleep(GOC_MILLISECOND);
    write_text(ends.in, "a");
    EXPECT_EQ(read_text(ends.in, 1), "a");
  }
  group.wait();
}

// --- What others ask -----------------------------------------------------------------------------------

TEST_P(Waiting, TheRuntimeKnowsHowManyGoroutinesWait) {
  const Ends ends = socket_pair();
  EXPECT_EQ(goc::g_runtime.waiting_for_descriptors(), 0);
  Group group;
  for (int i = 0; i < 3; ++i) group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  std::thread thread([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  until_blocked(ends.out, GOC_READ, 4);
  EXPECT_EQ(goc::g_runtime.waiting_for_descriptors(), 3) << "goroutines only";
  write_text(ends.in, "aaaa");
  group.wait();
  thread.join();
  eventually([] { return goc::g_runtime.waiting_for_descriptors() == 0; });
}

// A thread that nobody wakes: its processor time stands still while descriptors are waited for.
TEST_P(Waiting, AProgramThatOnlyWaitsUsesNoProcessor) {
  const Ends ends = socket_pair();
  Group group;
  for (int i = 0; i < 100; ++i) group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  until_blocked(ends.out, GOC_READ, 100);
  // Until the monitor has fallen asleep too; then two looks find the same.
  const auto used = [] {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * GOC_SECOND + time.tv_nsec;
  };
  eventually([&] {
    const int64_t before = used();
    poll(nullptr, 0, 100);
    return used() - before < GOC_MILLISECOND;
  });
  write_text(ends.in, std::string(100, 'a'));
  group.wait();
}

}  // namespace
