// goconc::select: its cases, their values, the position of the one that fired.
#include <goconc/goconc.hpp>

#include <string>

#include "counted.h"
#include "fixture.h"

namespace {

using goc_test::Counted;
using goc_test::effort;
using goconc::after;
using goconc::chan;
using goconc::otherwise;
using goconc::recv;
using goconc::select;
using goconc::send;
using namespace std::chrono_literals;

class CppSelect : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppSelect);

const auto kNever = [](auto&&...) { ADD_FAILURE() << "called"; };

TEST_P(CppSelect, ReceivesWhatIsThere) {
  chan<int> empty(1);
  chan<std::string> full(1);
  full.send("here");
  std::string got;
  const auto position = select(recv(empty, kNever), recv(full, [&](auto v) { got = *v; }));
  EXPECT_EQ(position, 1U);
  EXPECT_EQ(got, "here");
}

TEST_P(CppSelect, SendsWhereThereIsRoom) {
  chan<std::string> full(1);
  full.send("first");
  chan<std::string> open(1);
  int sent = 0;
  const auto position = select(send(full, "second", kNever), send(open, "third", [&] { ++sent; }));
  EXPECT_EQ(position, 1U);
  EXPECT_EQ(sent, 1);
  EXPECT_EQ(open.recv(), "third");
  EXPECT_EQ(full.len(), 1U);
}

TEST_P(CppSelect, CasesNeedNoFunction) {
  chan<int> ch(1);
  EXPECT_EQ(select(recv(ch), send(ch, 1)), 1U);
  EXPECT_EQ(select(recv(ch), send(ch, 2)), 0U);
  EXPECT_EQ(select(recv(ch), after(1ms)), 1U);
  EXPECT_EQ(select(otherwise(), recv(ch)), 0U);
}

TEST_P(CppSelect, TakesTheDefaultWhenNothingIsReady) {
  chan<int> ch;
  int defaults = 0;
  EXPECT_EQ(select(recv(ch, kNever), send(ch, 1, kNever), otherwise([&] { ++defaults; })), 2U);
  EXPECT_EQ(select(otherwise([&] { ++defaults; })), 0U);
  EXPECT_EQ(defaults, 2);
}

TEST_P(CppSelect, LeavesTheDefaultWhenSomethingIsReady) {
  chan<int> ch(1);
  ch.send(1);
  int got = 0;
  EXPECT_EQ(select(otherwise(kNever), recv(ch, [&](auto v) { got = *v; })), 1U);
  EXPECT_EQ(got, 1);
}

TEST_P(CppSelect, GivesUpAfterTheTimeGiven) {
  chan<int> ch;
  int times = 0;
  EXPECT_EQ(select(after(1ms, [&] { ++times; }), recv(ch, kNever)), 0U);
  EXPECT_EQ(select(recv(ch, kNever), after(0s, [&] { ++times; })), 1U);
  EXPECT_EQ(select(recv(ch, kNever), after(-1h, [&] { ++times; })), 1U);
  EXPECT_EQ(select(after(1ms, [&] { ++times; })), 0U);
  EXPECT_EQ(times, 4);
}

TEST_P(CppSelect, IsInTimeWhenSomethingIsReadyAtOnce) {
  chan<int> ch(1);
  ch.send(1);
  EXPECT_EQ(select(recv(ch), after(0s, kNever)), 0U);
  ch.send(1);
  EXPECT_EQ(select(recv(ch), after(std::chrono::hours::max(), kNever)), 0U);
}

TEST_P(CppSelect, WaitsForTheFirstThatBecomesReady) {
  chan<Counted> requests;
  chan<Counted> answers;
  goconc::go([=] { requests.send(Counted(5)); });
  int got = 0;
  const auto take = [&](std::optional<Counted> v) { got = v->value(); };
  EXPECT_EQ(select(recv(answers, kNever), recv(requests, take), after(20s, kNever)), 1U);
  EXPECT_EQ(got, 5);
  goconc::go([&, answers] { got = answers.recv()->value(); });
  EXPECT_EQ(select(recv(requests, kNever), send(answers, Counted(6)), after(20s, kNever)), 1U);
  goc_test::eventually([] { return goc_num_goroutines() == 0; });
  EXPECT_EQ(got, 6);
}

TEST_P(CppSelect, GivesNothingForAClosedChannel) {
  chan<std::string> ch(1);
  ch.send("last");
  ch.close();
  std::vector<std::optional<std::string>> got;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(select(recv(ch, [&](auto v) { got.push_back(std::move(v)); })), 0U);
  EXPECT_EQ(got[0], "last");
  EXPECT_EQ(got[1], std::nullopt);
}

TEST_P(CppSelect, SendingOnAClosedChannelThrowsAndDestroysTheValue) {
  chan<Counted> ch(1);
  ch.close();
  EXPECT_THROW(select(send(ch, Counted(1), kNever)), goconc::closed_error);
  EXPECT_THROW(select(send(ch, Counted(1), kNever), otherwise(kNever)), goconc::closed_error);
  EXPECT_EQ(Counted::alive(), 0);
}

TEST_P(CppSelect, AValueThatWasNotSentIsDestroyed) {
  chan<Counted> full(1);
  full.send(Counted(1));
  EXPECT_EQ(select(send(full, Counted(2), kNever), otherwise()), 1U);
  EXPECT_EQ(select(send(full, Counted(3), kNever), after(1ms)), 1U);
  EXPECT_EQ(Counted::alive(), 1);
  EXPECT_EQ(select(send(full, Counted(4), kNever), recv(full)), 1U);
  EXPECT_EQ(Counted::alive(), 0);
}

TEST_P(CppSelect, AMoveOnlyValueIsMovedThrough) {
  chan<std::unique_ptr<int>> ch(1);
  auto value = std::make_unique<int>(9);
  int* const address = value.get();
  EXPECT_EQ(select(send(ch, std::move(value)), otherwise(kNever)), 0U);
  EXPECT_EQ(value, nullptr);
  int* received = nullptr;
  const auto take = [&](std::optional<std::unique_ptr<int>> v) {
    received = v->get();
    value = *std::move(v);
  };
  EXPECT_EQ(select(recv(ch, take)), 0U);
  EXPECT_EQ(received, address);
}

TEST_P(CppSelect, AFunctionMayBeMoveOnlyAndMayThrow) {
  chan<Counted> ch(1);
  ch.send(Counted(1));
  auto ticket = std::make_unique<int>(3);
  auto fail = [ticket = std::move(ticket)](std::optional<Counted> v) {
    throw std::out_of_range(std::to_string(*ticket + v->value()));
  };
  EXPECT_THROW(select(recv(ch, std::move(fail))), std::out_of_range);
  EXPECT_EQ(Counted::alive(), 0);
}

TEST_P(CppSelect, TheSameChannelMayStandInSeveralCases) {
  chan<int> ch(1);
  int sum = 0;
  for (int i = 0; i < 100; ++i)
    select(send(ch, 1), recv(ch, [&](auto v) { sum += *v; }), recv(ch, [&](auto v) { sum += *v; }));
  EXPECT_EQ(sum, 50);
}

TEST_P(CppSelect, StressValuesAreNeitherLostNorDoubled) {
  const int64_t each = effort(5000);
  chan<Counted> left(1);
  chan<Counted> right;
  goconc::wait_group senders;
  for (int s = 0; s < 3; ++s)
    senders.go([=] {
      for (int64_t sent = 0; sent < each;) {
        const auto position = select(send(left, Counted(1)), after(20us), send(right, Counted(1)));
        sent += position != 1;
      }
    });
  std::atomic<int64_t> sum{0};
  chan<int> stop;
  goconc::wait_group receivers;
  for (int r = 0; r < 3; ++r)
    receivers.go([&, left, right, stop] {
      const auto count = [&](std::optional<Counted> v) { sum += v->value(); };
      while (select(recv(left, count), recv(right, count), recv(stop)) != 2) continue;
    });
  ASSERT_TRUE(senders.wait_for(50s));
  goc_test::eventually([&] { return sum == 3 * each; });
  stop.close();
  ASSERT_TRUE(receivers.wait_for(20s));
  EXPECT_EQ(Counted::alive(), 0);
}

}  // namespace
