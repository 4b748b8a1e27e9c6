// What becomes of those who wait for descriptors when the runtime ends, and in a fork's child.

#include <string>
#include <thread>

#include "child.h"
#include "descriptors.h"
#include "timers.h"

namespace {

using goc_test::blocked_on_fd;
using goc_test::effort;
using goc_test::Ends;
using goc_test::Group;
using goc_test::read_text;
using goc_test::run;
using goc_test::socket_pair;
using goc_test::soon;
using goc_test::until_blocked;
using goc_test::write_text;

class Ending : public goc_test::WithDescriptors {};
GOC_FOR_1_2_4(Ending);

TEST_P(Ending, AShutdownWaitsForWhoWaitsForDescriptorsUntilItsDeadline) {
  const Ends ends = socket_pair();
  Group group;
  group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  until_blocked(ends.out, GOC_READ);
  std::thread later([&] { write_text(ends.in, "a"); });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  later.join();
  group.wait();
}

TEST_P(Ending, AShutdownAbandonsThemAtItsDeadline) {
  struct Reader {
    int fd;
    int64_t deadline;
  };
  const Ends ends = socket_pair();
  Reader readers[] = {{ends.out, GOC_FOREVER}, {ends.out, soon()}};
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 10; ++i) {
      const auto read = [](void* r) {  // with nothing of its own, which would be lost
        char byte;
        goc_read(static_cast<Reader*>(r)->fd, &byte, 1, static_cast<Reader*>(r)->deadline);
        ADD_FAILURE() << "it has been abandoned";
      };
      EXPECT_EQ(goc_go(read, &readers[i % 2]), GOC_OK);
    }
    until_blocked(ends.out, GOC_READ, 10);
    EXPECT_EQ(goc_test::shutdown_now(), 10);
    EXPECT_EQ(blocked_on_fd(ends.out, GOC_READ), 0);
    write_text(ends.in, "a");
    EXPECT_EQ(read_text(ends.out, 1), "a") << "and it works in the next runtime";
  }
}

TEST_P(Ending, AShutdownWakesPlainThreads) {
  const Ends ends = socket_pair();
  std::thread thread([&] {
    char byte;
    EXPECT_EQ(goc_read(ends.out, &byte, 1, GOC_FOREVER), GOC_ECANCELED);
  });
  until_blocked(ends.out, GOC_READ);
  EXPECT_EQ(goc_test::shutdown_now(), 0);
  thread.join();
}

TEST_P(Ending, StressShutdownsMeetThreadsThatWait) {
  const Ends ends = socket_pair();
  goc::Atom<bool> done{false};
  std::thread thread([&] {
    while (!done) {
      char byte;
      const int64_t got = goc_read(ends.out, &byte, 1, goc_deadline(100 * GOC_MICROSECOND));
      EXPECT_TRUE(got == GOC_ECANCELED || got == GOC_ETIMEDOUT || got == GOC_EAGAIN) << got;
    }
  });
  for (int64_t i = 0; i < effort(300); ++i) {
    run([] {});
    goc_shutdown(soon());
  }
  done = true;
  thread.join();
}

// See process/fork_test.cc.
#if !defined(GOC_TSAN) && !defined(GOC_ASAN)

TEST_P(Ending, AForksChildHasAPollerOfItsOwn) {
  const Ends ends = socket_pair();
  const Ends others = socket_pair();
  Group group;
  group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
  until_blocked(ends.out, GOC_READ);
  const int open = goc_test::open_descriptors();
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const bool closed = goc_test::open_descriptors() == open - 2;
    std::string got;
    Group own;
    own.go([&] { got = read_text(others.out, 1); });
    until_blocked(others.out, GOC_READ);
    write_text(others.in, "b");
    own.wait();
    const bool good =
        closed && blocked_on_fd(ends.out, GOC_READ) == 0 && got == "b" && goc_shutdown(soon()) == 0;
    _exit(good ? 0 : 1);
  }
  EXPECT_EQ(goc_test::status_of(child), 0);
  write_text(ends.in, "a");
  group.wait();
}

TEST_P(Ending, AForkInAGoroutineLeavesItAPlainThread) {
  const Ends ends = socket_pair();
  run([&] {
    char byte;
    EXPECT_EQ(goc_read(ends.out, &byte, 1, goc_deadline(1000)), GOC_ETIMEDOUT);
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      const bool timed_out = goc_read(ends.out, &byte, 1, goc_deadline(1000)) == GOC_ETIMEDOUT;
      write_text(ends.in, "a");
      _exit(timed_out && read_text(ends.out, 1) == "a" ? 0 : 1);
    }
    EXPECT_EQ(goc_test::status_of(child), 0);
  });
}

#endif

}  // namespace
