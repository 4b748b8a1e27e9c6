// Each call on each kind of descriptor: what it gives at once, and after it has waited.
#include <sys/ioctl.h>
#include <termios.h>

#include <functional>
#include <string>
#include <vector>

#include "descriptors.h"

namespace {

using goc_test::Ends;
using goc_test::expect_system_error;
using goc_test::Fd;
using goc_test::Group;
using goc_test::plain;
using goc_test::read_text;
using goc_test::run;
using goc_test::soon;
using goc_test::until_blocked;
using goc_test::write_text;

Ends nonblocking(Ends ends) {
  for (const int fd : {int(ends.in), int(ends.out)})
    EXPECT_EQ(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
  return ends;
}

// Raw, so that bytes pass as they are.
Ends terminal() {
  Fd master(posix_openpt(O_RDWR | O_NOCTTY));
  EXPECT_EQ(grantpt(master), 0);
  EXPECT_EQ(unlockpt(master), 0);
  Fd slave(open(ptsname(master), O_RDWR | O_NOCTTY));
  termios mode{};
  EXPECT_EQ(tcgetattr(slave, &mode), 0);
  cfmakeraw(&mode);
  EXPECT_EQ(tcsetattr(slave, TCSANOW, &mode), 0);
  return {std::move(master), std::move(slave)};
}

struct Kind {
  const char* name;
  std::function<Ends()> make;
  friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }
};
const Kind kKinds[] = {
    {"SocketPair", [] { return goc_test::socket_pair(); }},
    {"NonblockingSocketPair", [] { return nonblocking(goc_test::socket_pair()); }},
    {"Tcp", [] { return goc_test::tcp_pair(); }},
    {"Pipe", [] { return goc_test::pipe_ends(); }},
    {"NonblockingPipe", [] { return nonblocking(goc_test::pipe_ends()); }},
    {"Terminal", [] { return terminal(); }},
    {"NonblockingTerminal", [] { return nonblocking(terminal()); }},
};

class EveryKind : public goc_test::Runtime, public testing::WithParamInterface<Kind> {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    ends_ = GetParam().make();
  }
  void TearDown() override {
    ends_ = Ends();
    Runtime::TearDown();
  }
  static bool is_terminal() {
    return std::string(GetParam().name).find("Terminal") != std::string::npos;
  }
  Ends ends_;
};
INSTANTIATE_TEST_SUITE_P(Of, EveryKind, testing::ValuesIn(kKinds),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EveryKind, WhatIsThereIsReadAtOnce) {
  run([&] {
    write_text(ends_.in, "abc");
    char data[8];
    EXPECT_EQ(goc_read(ends_.out, data, sizeof data, GOC_NOW), 3);
    EXPECT_EQ(std::string(data, 3), "abc");
    EXPECT_EQ(goc_read(ends_.out, data, sizeof data, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_read(ends_.out, data, sizeof data, goc_deadline(0)), GOC_ETIMEDOUT);
  });
}

TEST_P(EveryKind, AReadWaitsForAWrite) {
  Group group;
  group.go([&] { EXPECT_EQ(read_text(ends_.out, 3), "abc"); });
  until_blocked(ends_.out, GOC_READ);
  write_text(ends_.in, "abc");
  group.wait();
}

TEST_P(EveryKind, APlainThreadWaitsToo) {
  Group group;
  group.go([&] {
    until_blocked(ends_.out, GOC_READ);
    write_text(ends_.in, "abc");
  });
  EXPECT_EQ(read_text(ends_.out, 3), "abc");
  group.wait();
}

TEST_P(EveryKind, ADeadlineEndsAWaitThatHasReadNothing) {
  run([&] {
    char byte;
    EXPECT_EQ(goc_read(ends_.out, &byte, 1, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    EXPECT_EQ(goc_fd_wait(ends_.out, GOC_READ, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  });
  char byte;
  EXPECT_EQ(goc_read(ends_.out, &byte, 1, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  write_text(ends_.in, "a");
  EXPECT_EQ(read_text(ends_.out, 1), "a");
}

// More than any of them holds.
TEST_P(EveryKind, AWriteWritesAll) {
  std::string text;
  for (int i = 0; text.size() < 3'000'000; ++i) text += std::to_string(i) + ' ';
  if (is_terminal()) text.resize(100'000);  // which is slow
  Group group;
  group.go([&] { write_text(ends_.in, text); });
  EXPECT_TRUE(read_text(ends_.out, text.size()) == text);
  group.wait();
}

TEST_P(EveryKind, WritesAndReadsOfSeveralParts) {
  const std::string words[] = {"alpha", "", "beta", "gamma"};
  iovec parts[4];
  for (int i = 0; i < 4; ++i) parts[i] = {const_cast<char*>(words[i].data()), words[i].size()};
  Group group;
  group.go([&] { EXPECT_EQ(goc_writev(ends_.in, parts, 4, soon()), 14); });
  group.wait();
  goc_test::eventually([&] {  // terminals take their time
    int there = 0;
    return ioctl(ends_.out, FIONREAD, &there) == 0 && there == 14;
  });
  char first[3];
  char rest[100];
  const iovec into[] = {{first, 3}, {rest, sizeof rest}};
  EXPECT_EQ(goc_readv(ends_.out, into, 2, soon()), 14);
  EXPECT_EQ(std::string(first, 3) + std::string(rest, 11), "alphabetagamma");
  EXPECT_EQ(goc_readv(ends_.out, into, 2, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_writev(ends_.in, parts, 0, GOC_NOW), 0);
}

TEST_P(EveryKind, ManyPartsThatDoNotFitAtOnceArriveInOrder) {
  const size_t len = is_terminal() ? 201 : 20'001;
  std::vector<std::string> words(100);
  std::vector<iovec> parts;
  std::string all;
  for (size_t i = 0; i < words.size(); ++i) {
    words[i].assign(len + i, static_cast<char>('a' + i % 26));
    parts.push_back({words[i].data(), words[i].size()});
    all += words[i];
  }
  Group group;
  group.go([&] {
    EXPECT_EQ(goc_writev(ends_.in, parts.data(), static_cast<int>(parts.size()), soon()),
              static_cast<int64_t>(all.size()));
  });
  EXPECT_TRUE(read_text(ends_.out, all.size()) == all);
  group.wait();
}

TEST_P(EveryKind, AWriteThatHasToStopTellsHowFarItCame) {
  const std::string text(10'000'000, 'x');
  run([&] {
    int64_t written = goc_write(ends_.in, text.data(), text.size(), GOC_NOW);
    EXPECT_GT(written, 0);
    EXPECT_LT(written, static_cast<int64_t>(text.size()));
    // Terminals and TCP move on what they have taken, and have room again.
    int64_t more;
    while ((more = goc_write(ends_.in, text.data(), text.size(),
                             goc_deadline(5 * GOC_MILLISECOND))) > 0)
      written += more;
    EXPECT_EQ(more, GOC_ETIMEDOUT);
    EXPECT_EQ(read_text(ends_.out, static_cast<size_t>(written)),
              std::string(static_cast<size_t>(written), 'x'));
  });
}

TEST_P(EveryKind, ReadinessIsWaitedForAndLeftThere) {
  EXPECT_EQ(goc_fd_wait(ends_.out, GOC_READ, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_fd_wait(ends_.in, GOC_WRITE, GOC_NOW), GOC_WRITE);
  Group group;
  group.go([&] {
    EXPECT_EQ(goc_fd_wait(ends_.out, GOC_READ, soon()), GOC_READ);
    EXPECT_EQ(goc_fd_wait(ends_.out, GOC_READ, soon()), GOC_READ) << "nobody has read";
  });
  until_blocked(ends_.out, GOC_READ);
  write_text(ends_.in, "a");
  group.wait();
  EXPECT_EQ(read_text(ends_.out, 1), "a");
}

TEST_P(EveryKind, ItsFlagsStayAsTheyAre) {
  const int flags = fcntl(ends_.out, F_GETFL);
  run([&] {
    char byte;
    EXPECT_EQ(goc_read(ends_.out, &byte, 1, goc_deadline(1000)), GOC_ETIMEDOUT);
    write_text(ends_.in, "a");
    EXPECT_EQ(read_text(ends_.out, 1), "a");
  });
  EXPECT_EQ(fcntl(ends_.out, F_GETFL), flags);
}

TEST_P(EveryKind, TheEndIsReadAsNothing) {
  Group group;
  group.go([&] {
    char byte;
    const int64_t got = goc_read(ends_.out, &byte, 1, soon());
    if (is_terminal() && got == GOC_ESYSTEM) {
      EXPECT_EQ(errno, EIO) << "the other side of a terminal has hung up";
    } else {
      EXPECT_EQ(got, 0);
    }
    EXPECT_EQ(goc_fd_wait(ends_.out, GOC_READ, soon()), GOC_READ);
  });
  until_blocked(ends_.out, GOC_READ);
  ends_.in.reset();
  group.wait();
}

TEST_P(EveryKind, CloseWakesWhoWaits) {
  Group group;
  for (int i = 0; i < 3; ++i)
    group.go([&, i] {
      char byte;
      EXPECT_EQ(goc_read(ends_.out, &byte, 1, i == 0 ? GOC_FOREVER : soon()), GOC_EFDCLOSED);
    });
  group.go([&] { EXPECT_EQ(goc_fd_wait(ends_.out, GOC_READ, GOC_FOREVER), GOC_EFDCLOSED); });
  const int fd = ends_.out;
  until_blocked(fd, GOC_READ, 4);
  ends_.out.reset();
  group.wait();
  char byte;
  expect_system_error(goc_read(fd, &byte, 1, GOC_FOREVER), EBADF);
}

// --- Others ----------------------------------------------------------------------------------------

class Others : public goc_test::WithDescriptors {};
GOC_FOR_1_2_4(Others);

TEST_P(Others, AnEventDescriptorCounts) {
  for (const int flags : {0, int{EFD_NONBLOCK}}) {
    const Fd event(eventfd(0, flags));
    uint64_t count = 7;
    EXPECT_EQ(goc_read(event, &count, sizeof count, GOC_NOW), GOC_EAGAIN);
    Group group;
    group.go([&] { EXPECT_EQ(goc_read(event, &count, sizeof count, soon()), 8); });
    until_blocked(event, GOC_READ);
    const uint64_t three = 3;
    run([&] { EXPECT_EQ(goc_write(event, &three, sizeof three, soon()), 8); });
    group.wait();
    EXPECT_EQ(count, 3U);
  }
}

TEST_P(Others, ARegularFileIsAlwaysReady) {
  std::string name = testing::TempDir() + "goconc-XXXXXX";
  const Fd file(mkstemp(name.data()));
  unlink(name.c_str());
  run([&] {
    const std::string text(100'000, 't');
    write_text(file, text);
    EXPECT_EQ(goc_fd_wait(file, GOC_READ | GOC_WRITE, GOC_NOW), GOC_READ | GOC_WRITE);
    EXPECT_EQ(lseek(file, 0, SEEK_SET), 0);
    EXPECT_EQ(read_text(file, text.size()), text);
    char byte;
    EXPECT_EQ(goc_read(file, &byte, 1, GOC_NOW), 0) << "at the end";
  });
  const iovec parts[] = {{const_cast<char*>("ab"), 2}, {const_cast<char*>("c"), 1}};
  EXPECT_EQ(lseek(file, 0, SEEK_SET), 0);
  EXPECT_EQ(goc_writev(file, parts, 2, GOC_NOW), 3);
  EXPECT_EQ(lseek(file, 0, SEEK_SET), 0);
  EXPECT_EQ(read_text(file, 4), "abct");
}

TEST_P(Others, ADirectoryCannotBeRead) {
  const Fd directory(open("/", O_RDONLY | O_DIRECTORY));
  char byte;
  run([&] { expect_system_error(goc_read(directory, &byte, 1, soon()), EISDIR); });
}

TEST_P(Others, WhatIsNoOpenDescriptorIsSaid) {
  const int closed = goc_test::socket_pair().in;
  for (const int fd : {closed, -1, INT_MIN, INT_MAX}) {
    char byte = 0;
    sockaddr_in address = goc_test::loopback();
    const auto all = [&] {
      expect_system_error(goc_read(fd, &byte, 1, GOC_FOREVER), EBADF);
      expect_system_error(goc_write(fd, &byte, 1, GOC_FOREVER), EBADF);
      expect_system_error(goc_recv(fd, &byte, 1, 0, GOC_FOREVER), EBADF);
      expect_system_error(goc_send(fd, &byte, 1, 0, GOC_FOREVER), EBADF);
      expect_system_error(goc_accept(fd, nullptr, nullptr, GOC_FOREVER), EBADF);
      expect_system_error(goc_connect(fd, plain(address), sizeof address, GOC_FOREVER), EBADF);
      expect_system_error(goc_fd_wait(fd, GOC_READ, GOC_FOREVER), EBADF);
      expect_system_error(goc_fd_close(fd), EBADF);
    };
    all();
    run(all);
  }
}

TEST_P(Others, WhatMakesNoSenseIsRefused) {
  const Ends ends = goc_test::socket_pair();
  char byte;
  EXPECT_EQ(goc_read(ends.out, nullptr, 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_read(ends.out, &byte, SIZE_MAX, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_write(ends.in, nullptr, 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_readv(ends.out, nullptr, 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_readv(ends.out, nullptr, -1, GOC_NOW), GOC_EINVAL);
  const iovec nowhere{nullptr, 1};
  EXPECT_EQ(goc_writev(ends.in, &nowhere, 1, GOC_NOW), GOC_EINVAL);
  const std::vector<iovec> many(1025, iovec{&byte, 1});
  expect_system_error(goc_readv(goc_test::pipe_ends().out, many.data(), 1025, GOC_NOW), EINVAL);
  for (const int events : {0, 4, -1, INT_MAX})
    EXPECT_EQ(goc_fd_wait(ends.in, events, GOC_NOW), GOC_EINVAL);
}

}  // namespace
