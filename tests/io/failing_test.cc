// What waiting for descriptors does without memory, threads or descriptors for itself.
#include <gtest/gtest.h>

#include "descriptors.h"
#include "failing_calls.h"

namespace {

using goc::os::Call;
using goc_test::Ends;
using goc_test::FailingCalls;
using goc_test::Group;
using goc_test::read_text;
using goc_test::soon;
using goc_test::until_blocked;
using goc_test::write_text;

class FailingIo : public goc_test::WithDescriptors {
 protected:
  // It works as soon as there is what was missing.
  static void expect_usable(const Ends& ends) {
    Group group;
    group.go([&] { EXPECT_EQ(read_text(ends.out, 1), "a"); });
    until_blocked(ends.out, GOC_READ);
    write_text(ends.in, "a");
    group.wait();
  }
};
GOC_FOR_1_2_4(FailingIo);

TEST_P(FailingIo, WithoutADescriptorForThePollerAWaitIsRefused) {
  const Ends ends = goc_test::socket_pair();
  for (int spared : {0, 1}) {
    const int open = goc_test::open_descriptors();
    goc_test::run([&] {
      const FailingCalls none(Call::kDescriptor, spared);
      char byte;
      EXPECT_EQ(goc_read(ends.out, &byte, 1, GOC_FOREVER), GOC_EAGAIN);
      EXPECT_EQ(FailingCalls::failures(), 1);
    });
    EXPECT_EQ(goc_test::open_descriptors(), open) << "the other one is left";
  }
  expect_usable(ends);
}

// What is there needs no waiting.
TEST_P(FailingIo, WithoutADescriptorForThePollerWhatIsThereIsRead) {
  const Ends ends = goc_test::socket_pair();
  const FailingCalls none(Call::kDescriptor);
  write_text(ends.in, "a");
  EXPECT_EQ(read_text(ends.out, 1), "a");
}

TEST_P(FailingIo, WithoutMemoryForItsRecordAWaitIsRefused) {
  const goc_test::Fd far(fcntl(goc_test::socket_pair().out, F_DUPFD, 15'000 + 600 * GetParam()));
  const Ends ends = goc_test::socket_pair();
  expect_usable(ends);
  goc_test::run([&] {
    const FailingCalls none(Call::kMap);
    EXPECT_EQ(goc_fd_wait(far, GOC_READ, GOC_NOW), GOC_READ) << "its other side is gone";
  });
  const Ends other = goc_test::socket_pair();
  const goc_test::Fd silent(fcntl(other.out, F_DUPFD, 17'000 + 600 * GetParam()));
  goc_test::run([&] {
    const FailingCalls none(Call::kMap);
    EXPECT_EQ(goc_fd_wait(silent, GOC_READ, soon()), GOC_ENOMEM);
    EXPECT_GT(FailingCalls::failures(), 0);
  });
  EXPECT_EQ(goc_fd_wait(silent, GOC_READ, goc_deadline(1000)), GOC_ETIMEDOUT);
}

TEST_P(FailingIo, WithoutMemoryForItsDeadlineAWaitHasTimedOut) {
  const Ends ends = goc_test::socket_pair();
  goc_test::run([&] {
    const FailingCalls none(Call::kAllocate);
    char byte;
    EXPECT_EQ(goc_read(ends.out, &byte, 1, soon()), GOC_ETIMEDOUT);
    EXPECT_GT(FailingCalls::failures(), 0);
  });
  expect_usable(ends);
}

TEST(FailingIoStart, WithoutAThreadAPlainThreadIsRefused) {
  const Ends ends = goc_test::socket_pair();
  {
    const FailingCalls none(Call::kThread);
    char byte;
    EXPECT_EQ(goc_read(ends.out, &byte, 1, GOC_FOREVER), GOC_EAGAIN);
  }
  EXPECT_EQ(goc_fd_wait(ends.out, GOC_READ, goc_deadline(1000)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_shutdown(soon()), 0);
}

}  // namespace
