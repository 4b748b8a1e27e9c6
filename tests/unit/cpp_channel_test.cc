// goconc::chan: values of C++ types, their life, closing, iteration.
#include <goconc/goconc.hpp>

#include <cstddef>
#include <numeric>
#include <string>

#include "counted.h"
#include "fixture.h"

namespace {

using goc_test::Counted;
using goc_test::effort;
using goc_test::eventually;
using goconc::chan;
using namespace std::chrono_literals;

class CppChannel : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppChannel);

TEST_P(CppChannel, CarriesIntegersStringsAndPointers) {
  chan<int> ints(1);
  ints.send(42);
  EXPECT_EQ(ints.recv(), 42);
  chan<std::string> strings(2);
  const std::string kept(100, 'x');
  strings.send(kept);
  strings.send("short");
  EXPECT_EQ(strings.recv(), kept);
  EXPECT_EQ(strings.recv(), "short");
  chan<std::unique_ptr<int>> pointers(1);
  pointers.send(std::make_unique<int>(7));
  EXPECT_EQ(**pointers.recv(), 7);
}

TEST_P(CppChannel, ARendezvousMovesTheValueToTheReceiver) {
  chan<std::unique_ptr<int>> ch;
  int* address = nullptr;
  goconc::go([&, ch] {
    auto value = std::make_unique<int>(1);
    address = value.get();
    ch.send(std::move(value));
  });
  const auto received = ch.recv_for(20s);
  ASSERT_TRUE(received.has_value());
  EXPECT_EQ(received->get(), address);
}

TEST_P(CppChannel, KeepsTheOrderOfValues) {
  chan<std::string> ch(3);
  goconc::go([=] {
    for (int i = 0; i < 100; ++i) ch.send(std::to_string(i));
    ch.close();
  });
  int next = 0;
  for (const std::string& value : ch) EXPECT_EQ(value, std::to_string(next++));
  EXPECT_EQ(next, 100);
}

TEST_P(CppChannel, RangeForEndsWhenClosedAndDrained) {
  chan<Counted> ch(5);
  for (int i = 0; i < 5; ++i) ch.send(Counted(i));
  ch.close();
  int sum = 0;
  for (Counted& value : ch) sum += value.value();
  EXPECT_EQ(sum, 10);
  for (Counted& value : ch) ADD_FAILURE() << value.value();
}

TEST_P(CppChannel, ALoopThatIsLeftEarlyLeavesTheRest) {
  const chan<Counted> ch(5);
  for (int i = 0; i < 5; ++i) ch.send(Counted(i));
  for (Counted& value : ch)
    if (value.value() == 2) break;
  EXPECT_EQ(ch.len(), 2U);
  EXPECT_EQ(Counted::alive(), 2);
  EXPECT_EQ(ch.recv()->value(), 3);
}

TEST_P(CppChannel, ItsIteratorsAreInputIterators) {
  chan<int> ch(4);
  for (int i = 1; i <= 4; ++i) ch.send(i);
  ch.close();
  EXPECT_EQ(std::accumulate(ch.begin(), ch.end(), 0), 10);
  EXPECT_EQ(ch.begin(), ch.end());
}

TEST_P(CppChannel, TryingNeverWaits) {
  chan<int> rendezvous;
  EXPECT_FALSE(rendezvous.try_send(1));
  EXPECT_EQ(rendezvous.try_recv(), std::nullopt);
  chan<int> buffered(1);
  EXPECT_TRUE(buffered.try_send(1));
  EXPECT_FALSE(buffered.try_send(2));
  EXPECT_EQ(buffered.try_recv(), 1);
  EXPECT_EQ(buffered.try_recv(), std::nullopt);
}

TEST_P(CppChannel, WaitsNoLongerThanTheTimeGiven) {
  chan<Counted> ch;
  EXPECT_FALSE(ch.send_for(Counted(1), 1ms));
  EXPECT_FALSE(ch.recv_for(1ms).has_value());
  EXPECT_FALSE(ch.recv_for(0s).has_value());
  EXPECT_FALSE(ch.recv_for(-1h).has_value());
  goconc::go([=] { EXPECT_TRUE(ch.send_for(Counted(2), 20s)); });
  EXPECT_EQ(ch.recv_for(20s)->value(), 2);
}

TEST_P(CppChannel, ATimeBeyondAllTimeIsForEver) {
  chan<int> ch;
  using hours = std::chrono::hours;
  using seconds = std::chrono::duration<double>;
  goconc::go([=] {
    EXPECT_TRUE(ch.send_for(1, hours::max()));
    EXPECT_TRUE(ch.send_for(2, seconds::max()));
    EXPECT_TRUE(ch.send_for(3, std::chrono::nanoseconds::max()));
    ch.close();
  });
  EXPECT_EQ(ch.recv_for(std::chrono::nanoseconds::max()), 1);
  EXPECT_EQ(ch.recv_for(seconds(1e300)), 2);
  EXPECT_EQ(ch.recv_for(hours::max()), 3);
  EXPECT_EQ(ch.recv_for(hours::max()), std::nullopt);
}

TEST_P(CppChannel, ATimeBeforeAllTimeIsOver) {
  chan<int> ch;
  EXPECT_FALSE(ch.send_for(1, std::chrono::hours::min()));
  EXPECT_FALSE(ch.recv_for(std::chrono::hours::min()).has_value());
  EXPECT_FALSE(ch.recv_for(std::chrono::hours::min() + 1h).has_value()) << "not in an hour";
  EXPECT_FALSE(ch.recv_for(std::chrono::duration<double>::min()).has_value());
  EXPECT_FALSE(ch.recv_for(std::chrono::nanoseconds::min()).has_value());
}

TEST_P(CppChannel, SendingOnAClosedOneThrowsAndDestroysTheValue) {
  chan<Counted> ch(1);
  EXPECT_FALSE(ch.is_closed());
  ch.close();
  EXPECT_TRUE(ch.is_closed());
  EXPECT_THROW(ch.send(Counted(1)), goconc::closed_error);
  EXPECT_THROW(ch.try_send(Counted(2)), goconc::closed_error);
  EXPECT_THROW(ch.send_for(Counted(3), 1h), goconc::closed_error);
  EXPECT_EQ(Counted::alive(), 0);
  EXPECT_FALSE(ch.recv().has_value());
  EXPECT_FALSE(ch.try_recv().has_value());
}

TEST_P(CppChannel, ASenderThatIsBlockedLearnsOfTheClose) {
  chan<Counted> ch;
  goconc::wait_group senders;
  for (int i = 0; i < 3; ++i)
    senders.go([=] { EXPECT_THROW(ch.send(Counted(i)), goconc::closed_error); });
  eventually([] { return Counted::alive() >= 3; });
  ch.close();
  EXPECT_TRUE(senders.wait_for(20s));
  EXPECT_EQ(Counted::alive(), 0);
}

TEST_P(CppChannel, ClosingTwiceThrows) {
  chan<int> ch(1);
  ch.send(1);
  ch.close();
  EXPECT_THROW(ch.close(), goconc::closed_error);
  EXPECT_EQ(ch.recv(), 1) << "what was buffered can still be received";
}

TEST_P(CppChannel, BufferedValuesDieWithTheLastHandle) {
  {
    chan<Counted> ch(10);
    for (int i = 0; i < 7; ++i) ch.send(Counted(i));
    const chan<Counted> copy = ch;
    ch = chan<Counted>(1);
    EXPECT_EQ(Counted::alive(), 7) << "the copy keeps it";
    EXPECT_EQ(copy.recv()->value(), 0);
    EXPECT_EQ(Counted::alive(), 6);
  }
  EXPECT_EQ(Counted::alive(), 0);
}

TEST_P(CppChannel, StressValuesAreNeitherLostNorDoubled) {
  const int64_t each = effort(5000);
  for (const size_t capacity : {0, 1, 7}) {
    chan<Counted> ch(capacity);
    goconc::wait_group senders;
    for (int s = 0; s < 4; ++s)
      senders.go([=] {
        for (int64_t i = 0; i < each; ++i) {
          if (i % 3 == 0)
            while (!ch.try_send(Counted(1))) goconc::yield();
          else if (i % 3 == 1)
            while (!ch.send_for(Counted(1), 10us)) continue;
          else
            ch.send(Counted(1));
        }
      });
    std::atomic<int64_t> sum{0};
    goconc::wait_group receivers;
    for (int r = 0; r < 3; ++r)
      receivers.go([&, ch] {
        for (Counted& value : ch) sum += value.value();
      });
    ASSERT_TRUE(senders.wait_for(50s));
    ch.close();
    ASSERT_TRUE(receivers.wait_for(20s));
    EXPECT_EQ(sum, 4 * each);
    EXPECT_EQ(Counted::alive(), 0);
  }
}

TEST_P(CppChannel, HandlesCompareByTheirChannel) {
  const chan<int> one;
  const chan<int> another;
  const chan<int> copy = one;
  EXPECT_TRUE(one == copy);
  EXPECT_FALSE(one != copy);
  EXPECT_TRUE(one != another);
  EXPECT_EQ(one.native(), copy.native());
}

TEST_P(CppChannel, LenAndCapTellOfTheBuffer) {
  chan<std::string> ch(3);
  EXPECT_EQ(ch.cap(), 3U);
  EXPECT_EQ(ch.len(), 0U);
  ch.send("a");
  ch.send("b");
  EXPECT_EQ(ch.len(), 2U);
  EXPECT_EQ(chan<int>().cap(), 0U);
}

TEST_P(CppChannel, MoreThanMemoryCanHoldThrows) {
  try {
    chan<std::string> ch(SIZE_MAX / 2);
    FAIL() << "it was made";
  } catch (const goconc::error& e) {
    EXPECT_EQ(e.code(), GOC_EINVAL);
  }
}

struct alignas(16) Aligned {
  std::unique_ptr<int> owner;
  bool at_home() const { return reinterpret_cast<uintptr_t>(this) % alignof(Aligned) == 0; }
  Aligned() = default;
  Aligned(Aligned&& other) noexcept : owner(std::move(other.owner)) {
    EXPECT_TRUE(at_home() && other.at_home());
  }
};

TEST_P(CppChannel, KeepsTheAlignmentOfItsValues) {
  chan<Aligned> ch(3);
  for (int round = 0; round < 5; ++round) {
    ch.send(Aligned());
    ch.send(Aligned());
    EXPECT_TRUE(ch.recv().has_value());
    EXPECT_TRUE(ch.recv().has_value());
  }
}

struct OwnNew {
  std::string text;
  static void* operator new(size_t) = delete;
};

TEST_P(CppChannel, TakesTypesWithAnOperatorNewOfTheirOwn) {
  chan<OwnNew> ch(1);
  ch.send(OwnNew{"here"});
  EXPECT_EQ(ch.recv()->text, "here");
}

}  // namespace
