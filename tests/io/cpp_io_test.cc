// goconc/io.hpp: what it returns and throws; io.h's tests are of what it does.
#include <chrono>
#include <string>

#include "cpp_errors.h"
#include "descriptors.h"

namespace {

using goc_test::code_of;
using goc_test::eventually;
using goc_test::Group;
using goc_test::until_blocked;
using goconc::descriptor;
using namespace std::chrono_literals;

class CppIo : public goc_test::WithDescriptors {};
GOC_FOR_1_2_4(CppIo);

struct Pair {
  descriptor in, out;
};
Pair pair() {
  goc_test::Ends ends = goc_test::socket_pair();
  return {descriptor(ends.in.release()), descriptor(ends.out.release())};
}

TEST_P(CppIo, ReadsAndWrites) {
  const Pair ends = pair();
  Group group;
  group.go([&] {
    char data[8];
    EXPECT_EQ(ends.out.read(data, sizeof data), 3U);
    EXPECT_EQ(std::string(data, 3), "abc");
    EXPECT_EQ(ends.out.wait(GOC_READ | GOC_WRITE), GOC_WRITE);
    EXPECT_EQ(ends.out.read_for(data, sizeof data, 1ms), std::nullopt);
    EXPECT_EQ(ends.out.wait_for(GOC_READ, 1ms), 0);
  });
  until_blocked(ends.out.get(), GOC_READ);
  EXPECT_EQ(ends.in.write("abc", 3), 3U);
  group.wait();
  EXPECT_EQ(ends.in.write_for("d", 1, 20s), 1U);
  char byte;
  EXPECT_EQ(ends.out.read_for(&byte, 1, 20s), 1U);
  const std::string much(10'000'000, 'x');
  EXPECT_LT(ends.in.write_for(much.data(), much.size(), 1ms), much.size());
  EXPECT_EQ(ends.in.write_for(much.data(), much.size(), 0ms), std::nullopt);
}

TEST_P(CppIo, AcceptsAndConnects) {
  goc_test::Listener bound;
  const descriptor listener(bound.fd.release());
  EXPECT_FALSE(listener.accept_for(1ms));
  Group group;
  group.go([&] {
    const descriptor client(socket(AF_INET, SOCK_STREAM, 0));
    client.connect(goc_test::plain(bound.address), sizeof bound.address);
    const descriptor other(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_TRUE(other.connect_for(goc_test::plain(bound.address), sizeof bound.address, 20s));
  });
  EXPECT_TRUE(listener.accept());
  EXPECT_TRUE(listener.accept_for(20s));
  group.wait();
}

TEST_P(CppIo, WhatTheSystemRefusesIsThrownWithItsNumber) {
  const descriptor none;
  char byte;
  try {
    none.read(&byte, 1);
    FAIL() << "nothing was thrown";
  } catch (const goconc::system_error& e) {
    EXPECT_EQ(e.code(), GOC_ESYSTEM);
    EXPECT_EQ(e.number(), EBADF);
    EXPECT_STREQ(e.what(), "Bad file descriptor");
  }
  EXPECT_EQ(code_of([&] { none.wait(7); }), GOC_EINVAL);
}

TEST_P(CppIo, CloseWakesWhoWaits) {
  Pair ends = pair();
  Group group;
  group.go([&] {
    char byte;
    EXPECT_EQ(code_of([&] { ends.out.read(&byte, 1); }), GOC_EFDCLOSED);
  });
  until_blocked(ends.out.get(), GOC_READ);
  ends.out.close();
  group.wait();
  EXPECT_FALSE(ends.out);
}

TEST_P(CppIo, ItIsMovedAndReleased) {
  Pair ends = pair();
  const int number = ends.in.get();
  descriptor moved = std::move(ends.in);
  EXPECT_EQ(moved.get(), number);
  moved = descriptor();
  EXPECT_EQ(fcntl(number, F_GETFD), -1) << "it has been closed";
  const int other = ends.out.release();
  EXPECT_EQ(close(other), 0);
}

}  // namespace
