// goconc::group and flight.
#include <goconc/goconc.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include "counted.h"
#include "fixture.h"

namespace {

using goc_test::Counted;
using goc_test::effort;
using namespace std::chrono_literals;

class CppGroup : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppGroup);

std::string what_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "nothing";
}

TEST_P(CppGroup, WaitsForItsTasks) {
  const goconc::group group;
  std::atomic<int> ended{0};
  for (int i = 0; i < 50; ++i) group.go([&] { ++ended; });
  group.wait();
  EXPECT_EQ(ended, 50);
}

TEST_P(CppGroup, ThrowsWhatTheFirstThatFailedHasThrown) {
  const goconc::group group;
  group.go([] { throw std::runtime_error("first"); });
  EXPECT_EQ(what_of([&] { group.wait(); }), "first");
  group.go([] { throw std::runtime_error("second"); });
  EXPECT_EQ(what_of([&] { group.wait(); }), "first") << "it stays";
}

TEST_P(CppGroup, StartsNoMoreThanItsLimit) {
  const goconc::group group(2);
  const goconc::chan<int> leave;
  EXPECT_TRUE(group.try_go([=] { leave.recv(); }));
  group.go([=] { leave.recv(); });
  EXPECT_FALSE(group.try_go([] {}));
  EXPECT_FALSE(group.wait_for(1ms));
  leave.close();
  EXPECT_TRUE(group.wait_for(20s));
}

TEST_P(CppGroup, TasksMayBeMoveOnlyAndAreDestroyed) {
  const goconc::group group(1);
  const goconc::chan<int> leave;
  group.go([counted = Counted(1), owned = std::make_unique<int>(7), leave] {
    EXPECT_EQ(*owned, 7);
    leave.recv();
  });
  EXPECT_FALSE(group.try_go([counted = Counted(2)] {}));
  leave.close();
  group.wait();
  EXPECT_EQ(Counted::alive(), 0);
}

TEST_P(CppGroup, AFlightGivesOneResultToAll) {
  const goconc::flight<std::string> flight;
  const goconc::wait_group wg;
  std::atomic<int64_t> calls{0};
  for (int member = 0; member < 8; ++member)
    wg.go([&] {
      for (int64_t i = 0, rounds = effort(1000); i < rounds; ++i)
        EXPECT_EQ(flight.run("key",
                             [&] {
                               ++calls;
                               goconc::yield();
                               return std::string("a value too long for small strings");
                             }),
                  "a value too long for small strings");
    });
  wg.wait();
  EXPECT_GE(calls, 1);
  EXPECT_LE(calls, 8 * effort(1000));
}

// The exception is kept until all have seen it: that the last of them may free it is known to libstdc++'s
// counts alone, which ThreadSanitizer does not see.
TEST_P(CppGroup, AFlightGivesOneExceptionToAll) {
  const auto error = std::make_exception_ptr(std::runtime_error("no such key"));
  const goconc::flight<int> flight;
  const goconc::chan<int> begun;
  const goconc::chan<int> go_on;
  const auto fail = [&]() -> int {
    begun.close();
    go_on.recv();
    std::rethrow_exception(error);
  };
  const goconc::wait_group wg;
  const auto ask = [&] { EXPECT_EQ(what_of([&] { flight.run("key", fail); }), "no such key"); };
  wg.go(ask);
  begun.recv();
  std::atomic<int> ended{0};
  wg.go([&] {
    EXPECT_EQ(what_of([&] {
                flight.run("key", [&]() -> int {
                  ++ended;
                  std::rethrow_exception(error);
                });
              }),
              "no such key");
  });
  go_on.close();
  wg.wait();
  EXPECT_LE(ended, 1) << "it ran itself only if it came too late";
}

TEST_P(CppGroup, AFlightForgets) {
  const goconc::flight<int> flight;
  const int outer = flight.run("key", [&] {
    flight.forget("key");
    return flight.run("key", [] { return 1; }) + 1;
  });
  EXPECT_EQ(outer, 2);
}

}  // namespace
