// Sockets: accept and connect, datagrams, both directions of one at the same time.
#include <sys/un.h>

#include <string>
#include <vector>

#include "descriptors.h"

namespace {

using goc_test::Ends;
using goc_test::expect_system_error;
using goc_test::Fd;
using goc_test::Group;
using goc_test::Listener;
using goc_test::plain;
using goc_test::read_text;
using goc_test::run;
using goc_test::soon;
using goc_test::until_blocked;
using goc_test::write_text;

class Sockets : public goc_test::WithDescriptors {};
GOC_FOR_1_2_4(Sockets);

TEST_P(Sockets, AcceptAndConnectWaitForEachOther) {
  const Listener listener;
  Group group;
  sockaddr_in seen{};
  Fd server;
  group.go([&] {
    socklen_t len = sizeof seen;
    server = Fd(goc_accept(listener.fd, plain(seen), &len, soon()));
  });
  until_blocked(listener.fd, GOC_READ);
  const Fd client = listener.connected();
  group.wait();
  sockaddr_in own{};
  socklen_t len = sizeof own;
  ASSERT_EQ(getsockname(client, plain(own), &len), 0);
  EXPECT_EQ(seen.sin_port, own.sin_port);
  EXPECT_NE(fcntl(server, F_GETFD) & FD_CLOEXEC, 0);
  write_text(client, "ping");
  EXPECT_EQ(read_text(server, 4), "ping");
}

TEST_P(Sockets, AcceptGivesUpAtItsDeadline) {
  const Listener listener;
  EXPECT_EQ(goc_accept(listener.fd, nullptr, nullptr, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_accept(listener.fd, nullptr, nullptr, goc_deadline(1000)), GOC_ETIMEDOUT);
  run([&] {
    EXPECT_EQ(goc_accept(listener.fd, nullptr, nullptr, goc_deadline(1000)), GOC_ETIMEDOUT);
  });
}

TEST_P(Sockets, AConnectionThatIsRefusedSaysSo) {
  sockaddr_in nobody = goc_test::loopback();
  { nobody = goc_test::Bound(SOCK_STREAM).address; }  // its port is free again
  run([&] {
    const Fd client(socket(AF_INET, SOCK_STREAM, 0));
    const int flags = fcntl(client, F_GETFL);
    expect_system_error(goc_connect(client, plain(nobody), sizeof nobody, soon()), ECONNREFUSED);
    EXPECT_EQ(fcntl(client, F_GETFL), flags);
  });
}

TEST_P(Sockets, ASecondConnectionOfASocketIsRefused) {
  const Listener listener;
  const Fd client = listener.connected();
  expect_system_error(goc_connect(client, plain(listener.address), sizeof(sockaddr_in), soon()),
                      EISCONN);
  EXPECT_EQ(goc_connect(client, nullptr, 0, soon()), GOC_EINVAL);
}

// The system answers no more once the queue of a listener is full.
TEST_P(Sockets, AConnectionThatIsNotAcceptedTimesOut) {
  const Listener listener(0);
  std::vector<Fd> clients;
  int last = GOC_OK;
  run([&] {
    for (int i = 0; i < 10 && last == GOC_OK; ++i) {
      clients.emplace_back(socket(AF_INET, SOCK_STREAM, 0));
      last = goc_connect(clients.back(), plain(listener.address), sizeof(sockaddr_in),
                         goc_deadline(20 * GOC_MILLISECOND));
    }
  });
  EXPECT_EQ(last, GOC_ETIMEDOUT);
}

TEST_P(Sockets, AFullQueueOfASocketInTheFileSystemIsWaitedFor) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "goconc-test-" + std::to_string(getpid());  // abstract
  memcpy(address.sun_path + 1, name.data(), name.size());
  const auto* at = reinterpret_cast<const sockaddr*>(&address);
  const Fd listener(socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(bind(listener, at, sizeof address), 0);
  ASSERT_EQ(listen(listener, 0), 0);
  const Fd first(socket(AF_UNIX, SOCK_STREAM, 0));
  const Fd second(socket(AF_UNIX, SOCK_STREAM, 0));
  EXPECT_EQ(goc_connect(first, at, sizeof address, soon()), GOC_OK);
  EXPECT_EQ(goc_connect(second, at, sizeof address, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_connect(second, at, sizeof address, goc_deadline(3 * GOC_MILLISECOND)),
            GOC_ETIMEDOUT);
  Group group;
  group.go([&] { EXPECT_EQ(goc_connect(second, at, sizeof address, soon()), GOC_OK); });
  const Fd one(goc_accept(listener, nullptr, nullptr, soon()));
  const Fd other(goc_accept(listener, nullptr, nullptr, soon()));
  group.wait();
}

TEST_P(Sockets, DatagramsKeepTheirBoundsAndTellFromWhere) {
  const goc_test::Bound one(SOCK_DGRAM);
  const goc_test::Bound other(SOCK_DGRAM);
  Group group;
  group.go([&] {
    char data[16];
    sockaddr_in from{};
    socklen_t len = sizeof from;
    EXPECT_EQ(goc_recvfrom(other.fd, data, sizeof data, 0, plain(from), &len, soon()), 5);
    EXPECT_EQ(std::string(data, 5), "hello");
    EXPECT_EQ(from.sin_port, one.address.sin_port);
    EXPECT_EQ(goc_recv(other.fd, data, sizeof data, 0, soon()), 0) << "an empty one";
    EXPECT_EQ(goc_recv(other.fd, data, 2, 0, soon()), 2);
    EXPECT_EQ(goc_recv(other.fd, data, sizeof data, 0, goc_deadline(1000)), GOC_ETIMEDOUT);
  });
  until_blocked(other.fd, GOC_READ);
  const sockaddr* to = plain(other.address);
  EXPECT_EQ(goc_sendto(one.fd, "hello", 5, 0, to, sizeof(sockaddr_in), soon()), 5);
  EXPECT_EQ(goc_sendto(one.fd, nullptr, 0, 0, to, sizeof(sockaddr_in), soon()), 0);
  ASSERT_EQ(goc_connect(one.fd, to, sizeof(sockaddr_in), soon()), GOC_OK);
  EXPECT_EQ(goc_send(one.fd, "abc", 3, 0, soon()), 3);
  group.wait();
}

TEST_P(Sockets, FlagsArePassedOn) {
  const Ends ends = goc_test::socket_pair();
  EXPECT_EQ(goc_send(ends.in, "ab", 2, 0, soon()), 2);
  char data[2];
  EXPECT_EQ(goc_recv(ends.out, data, 2, MSG_PEEK, soon()), 2);
  EXPECT_EQ(goc_recv(ends.out, data, 2, 0, soon()), 2);
  EXPECT_EQ(goc_recv(ends.out, data, 2, MSG_PEEK, goc_deadline(0)), GOC_ETIMEDOUT);
}

TEST_P(Sockets, WritingToOneThatIsGoneRaisesNoSignal) {
  Ends ends = goc_test::socket_pair();
  ends.out.reset();
  expect_system_error(goc_write(ends.in, "a", 1, soon()), EPIPE);
  expect_system_error(goc_send(ends.in, "a", 1, 0, soon()), EPIPE);
  run([&] { expect_system_error(goc_write(ends.in, "a", 1, soon()), EPIPE); });
  run([] {
    Ends pipe = goc_test::pipe_ends();
    pipe.out.reset();
    expect_system_error(goc_write(pipe.in, "a", 1, soon()), EPIPE);
  });
}

TEST_P(Sockets, BothDirectionsOfOneAreWaitedForAtTheSameTime) {
  const Ends ends = goc_test::socket_pair();
  const std::string much(1'000'000, 'x');
  Group group;
  group.go([&] { write_text(ends.in, much); });
  group.go([&] { EXPECT_EQ(read_text(ends.in, 2), "ok"); });
  until_blocked(ends.in, GOC_READ);
  until_blocked(ends.in, GOC_WRITE);
  write_text(ends.out, "ok");
  EXPECT_EQ(read_text(ends.out, much.size()), much);
  group.wait();
}

TEST_P(Sockets, EitherDirectionIsWaitedFor) {
  const Ends ends = goc_test::socket_pair();
  const std::string much(1'000'000, 'x');
  const int64_t filled = goc_write(ends.in, much.data(), much.size(), GOC_NOW);
  ASSERT_GT(filled, 0);
  constexpr int kEither = GOC_READ | GOC_WRITE;
  EXPECT_EQ(goc_fd_wait(ends.in, kEither, goc_deadline(1000)), GOC_ETIMEDOUT);
  Group group;
  group.go([&] { EXPECT_EQ(goc_fd_wait(ends.in, kEither, soon()), GOC_READ); });
  until_blocked(ends.in, GOC_READ);
  until_blocked(ends.in, GOC_WRITE);
  write_text(ends.out, "a");
  group.wait();
  EXPECT_EQ(blocked_on_fd(ends.in, GOC_WRITE), 0);
  read_text(ends.out, static_cast<size_t>(filled));
  EXPECT_EQ(goc_fd_wait(ends.in, kEither, soon()), kEither);
}

}  // namespace
