// What the tests of golang.org/x/sync/singleflight show of a flight.
#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "chan_tools.h"

namespace {

using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

class FlightOfGo : public goc_test::Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_flight_new(&flight_), GOC_OK);
  }
  void TearDown() override {
    goc_flight_release(flight_);
    Procs::TearDown();
  }

  using Find = std::function<int(void**)>;
  static int call(void* find, void** value) { return (*static_cast<Find*>(find))(value); }

  goc_flight_result share(const std::string& key, Find find) {
    goc_flight_result result{};
    EXPECT_EQ(goc_flight_do(flight_, key.data(), key.size(), &call, &find, &result, soon()),
              GOC_OK);
    return result;
  }
  // `find` must live until the result is there.
  goc_chan* start(const std::string& key, Find& find) {
    goc_chan* channel = nullptr;
    EXPECT_EQ(goc_flight_start(flight_, key.data(), key.size(), &call, &find, &channel), GOC_OK);
    return channel;
  }
  static goc_flight_result receive(goc_chan* channel) {
    goc_flight_result result{};
    EXPECT_EQ(goc_chan_recv(channel, &result, soon()), GOC_OK);
    goc_chan_release(channel);
    return result;
  }
  // Those who have come to the call with the key, its first caller included.
  int waiting() const { return static_cast<int>(entered_.load()); }

  goc_flight* flight_ = nullptr;
  std::atomic<int> entered_{0};
};
GOC_FOR_1_2_4(FlightOfGo);

char g_bar[] = "bar";

TEST_P(FlightOfGo, Do) {
  const goc_flight_result result = share("key", [](void** value) {
    *value = g_bar;
    return 0;
  });
  EXPECT_EQ(result.value, g_bar);
  EXPECT_EQ(result.error, 0);
  EXPECT_EQ(result.callers, 1);
}

TEST_P(FlightOfGo, DoErr) {
  const goc_flight_result result = share("key", [](void**) { return 7; });
  EXPECT_EQ(result.value, nullptr);
  EXPECT_EQ(result.error, 7);
}

TEST_P(FlightOfGo, DoDupSuppress) {
  constexpr int kCallers = 10;
  std::atomic<int> calls{0};
  goc_test::Chan begun(0, 0);
  goc_test::Chan go_on(0, 0);
  const auto find = [&](void** value) {
    if (++calls == 1) goc_chan_close(begun);
    EXPECT_EQ(goc_chan_recv(go_on, nullptr, soon()), GOC_ECLOSED);
    *value = g_bar;
    return 0;
  };
  std::atomic<int64_t> callers{0};
  Group group;
  const auto ask = [&] {
    ++entered_;
    const goc_flight_result result = share("key", find);
    EXPECT_EQ(result.value, g_bar);
    callers = result.callers;
  };
  group.go(ask);
  EXPECT_EQ(goc_chan_recv(begun, nullptr, soon()), GOC_ECLOSED);
  for (int i = 1; i < kCallers; ++i) group.go(ask);
  eventually([&] { return waiting() == kCallers; });
  goc_chan_close(go_on);
  group.wait();
  EXPECT_GE(calls, 1);
  EXPECT_LT(calls, kCallers) << "calls at the same time are shared";
  EXPECT_GE(callers, 1);
}

// With those who are seen to wait the count is exact: one execution, and all get the number.
TEST_P(FlightOfGo, AllWhoWaitGetTheResultAndTheirNumber) {
  Find find = [this](void** value) {
    eventually([this] { return entered_ == 1; });
    *value = g_bar;
    return 0;
  };
  std::vector<goc_chan*> channels;
  for (int i = 0; i < 5; ++i) channels.push_back(start("key", find));
  entered_ = 1;
  int64_t callers = 0;
  for (goc_chan* channel : channels) {
    const goc_flight_result result = receive(channel);
    EXPECT_EQ(result.value, g_bar);
    callers += result.callers;
  }
  EXPECT_EQ(callers, 25);
}

TEST_P(FlightOfGo, DifferentKeysAreDifferentCalls) {
  Find inner = [](void**) { return 2; };
  const goc_flight_result outer =
      share("outer", [&](void**) { return share("inner", inner).error + 1; });
  EXPECT_EQ(outer.error, 3);
  EXPECT_EQ(share("", [](void**) { return 4; }).error, 4) << "a key may be empty";
  EXPECT_EQ(share(std::string("a\0b", 3), [&](void**) { return share("a", inner).error; }).error,
            2);
}

TEST_P(FlightOfGo, Forget) {
  goc_test::Chan first_begun(0, 0);
  goc_test::Chan first_may_end(0, 0);
  Find first = [&](void**) {
    goc_chan_close(first_begun);
    EXPECT_EQ(goc_chan_recv(first_may_end, nullptr, soon()), GOC_ECLOSED);
    return 1;
  };
  Find second = [&](void**) {
    eventually([this] { return entered_ == 1; });
    return 2;
  };
  Find third = [](void**) { return 3; };
  goc_chan* first_result = start("key", first);
  EXPECT_EQ(goc_chan_recv(first_begun, nullptr, soon()), GOC_ECLOSED);
  EXPECT_EQ(goc_flight_forget(flight_, "key", 3), GOC_OK);
  goc_chan* second_result = start("key", second);
  goc_chan_close(first_may_end);
  EXPECT_EQ(receive(first_result).error, 1);
  goc_chan* third_result =
      start("key", third);  // shares the second: the first's end took nothing off
  entered_ = 1;
  EXPECT_EQ(receive(second_result).error, 2);
  EXPECT_EQ(receive(third_result).error, 2);
  EXPECT_EQ(goc_flight_forget(flight_, "key", 3), GOC_OK) << "nothing is under way";
}

TEST_P(FlightOfGo, DoChan) {
  Find find = [](void** value) {
    *value = g_bar;
    return 0;
  };
  const goc_flight_result result = receive(start("key", find));
  EXPECT_EQ(result.value, g_bar);
  EXPECT_EQ(result.error, 0);
  EXPECT_EQ(result.callers, 1);
}

// An exit ends the caller who runs the function; the others learn of it.
TEST_P(FlightOfGo, GoexitDo) {
  goc_test::Chan go_on(0, 0);
  Find exits = [&](void**) {
    EXPECT_EQ(goc_chan_recv(go_on, nullptr, soon()), GOC_ECLOSED);
    return goc_exit_goroutine();
  };
  goc_chan* result = start("key", exits);
  goc_chan* shared = start("key", exits);
  goc_chan_close(go_on);
  EXPECT_EQ(receive(result).error, GOC_ECANCELED);
  EXPECT_EQ(receive(shared).error, GOC_ECANCELED);
  bool went_on = false;
  goc_test::run([&] {
    share("key", exits);
    went_on = true;
  });
  EXPECT_FALSE(went_on);
}

TEST_P(FlightOfGo, WaitingForAnothersCallGivesUpAtItsDeadline) {
  goc_test::Chan go_on(0, 0);
  Find find = [&](void**) { return goc_chan_recv(go_on, nullptr, soon()); };
  goc_chan* slow = start("key", find);
  goc_flight_result result{};
  const auto ask = [&](int64_t deadline) {
    return goc_flight_do(flight_, "key", 3, &call, &find, &result, deadline);
  };
  EXPECT_EQ(ask(GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(ask(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  goc_test::run([&] { EXPECT_EQ(ask(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT); });
  goc_chan_close(go_on);
  EXPECT_EQ(receive(slow).callers, 1) << "those who gave up do not count";
}

TEST_P(FlightOfGo, AskingForItselfIsRefused) {
  goc_test::on_both([this] {
    Find inner = [](void**) { return 0; };
    const goc_flight_result result = share("key", [&](void**) {
      return goc_flight_do(flight_, "key", 3, &call, &inner, nullptr, soon());
    });
    EXPECT_EQ(result.error, GOC_EDEADLK);
  });
}

TEST_P(FlightOfGo, CallsKeepTheFlight) {
  goc_test::Chan go_on(0, 0);
  Find find = [&](void**) { return goc_chan_recv(go_on, nullptr, soon()); };
  goc_chan* result = start("key", find);
  const int64_t before = goc::Flight::live_count();
  goc_flight_release(std::exchange(flight_, nullptr));
  EXPECT_EQ(goc::Flight::live_count(), before);
  goc_chan_close(go_on);
  EXPECT_EQ(receive(result).error, GOC_ECLOSED);
  eventually([&] { return goc::Flight::live_count() == before - 1; });
}

TEST_P(FlightOfGo, StressEveryResultIsCountedOff) {
  struct Value {
    std::atomic<int64_t> taken{0};
  };
  std::atomic<int64_t> alive{0};
  const auto find = [&](void** value) {
    *value = new Value;
    ++alive;
    goc_yield();
    return 0;
  };
  goc_test::Crew crew;
  for (int member = 0; member < 8; ++member)
    crew.start([&] {
      for (int64_t i = 0, rounds = effort(3000); i < rounds; ++i) {
        const goc_flight_result result = share(i % 3 == 0 ? "a" : "b", find);
        auto* value = static_cast<Value*>(result.value);
        if (++value->taken != result.callers) continue;
        delete value;  // as its last user
        --alive;
      }
    });
  crew.wait();
  EXPECT_EQ(alive, 0);
}

}  // namespace
