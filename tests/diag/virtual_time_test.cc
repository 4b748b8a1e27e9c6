// Virtual time: whatever waits for a time has it exactly, and nobody waits for it.
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "child.h"
#include "fixture.h"
#include "ops.h"
#include "pipe.h"

namespace {

using goc_test::Chan;
using goc_test::Child;
using goc_test::Group;
using goc_test::run;

constexpr int64_t kHour = 3600 * GOC_SECOND;

// An hour is sooner than soon().
void wait_for_all(const Group& group) { EXPECT_EQ(goc_wg_wait(group.wg(), GOC_FOREVER), GOC_OK); }

class VirtualTime : public goc_test::Procs {
 protected:
  void SetUp() override {
    goc::Runtime::Options options;
    options.max_procs = GetParam();
    options.time = goc::Runtime::Time::kVirtual;
    start(options);
    start_ = goc_now();
  }
  int64_t elapsed() const { return goc_now() - start_; }

 private:
  int64_t start_ = 0;
};
GOC_FOR_1_2_4(VirtualTime);

// --- Goroutines -------------------------------------------------------------------------------------

TEST_P(VirtualTime, StartsAtTheSameTimeEachTime) {
  EXPECT_EQ(goc_now(), goc::clock::kVirtualStart);
}

TEST_P(VirtualTime, AnHourOfSleepIsExactlyThat) {
  run([] { goc_sleep(kHour); });
  EXPECT_EQ(elapsed(), kHour);
}

TEST_P(VirtualTime, SleepsEndInTheOrderOfTheirTimes) {
  std::vector<int64_t> ends;
  Group group;
  Chan ended(sizeof(int64_t), 0);
  for (const int64_t hours : {5, 1, 4, 2, 3})
    group.go([&, hours] {
      goc_sleep(hours * kHour);
      goc_chan_send(ended, &hours, GOC_FOREVER);
    });
  for (int64_t hours, i = 1; i <= 5; ++i) {
    ASSERT_EQ(goc_chan_recv(ended, &hours, GOC_FOREVER), GOC_OK);
    EXPECT_EQ(hours, i);
    EXPECT_EQ(elapsed(), hours * kHour);
  }
  wait_for_all(group);
}

TEST_P(VirtualTime, DeadlinesPass) {
  run([this] {
    Chan nobody(sizeof(int), 0);
    EXPECT_EQ(goc_chan_recv(nobody, nullptr, goc_deadline(kHour)), GOC_ETIMEDOUT);
    EXPECT_EQ(elapsed(), kHour);
    goc_case none = {nobody, GOC_RECV, 0, nullptr};
    EXPECT_EQ(goc_select(&none, 1, goc_deadline(kHour)), GOC_ETIMEDOUT);
    EXPECT_EQ(elapsed(), 2 * kHour);
    EXPECT_EQ(goc_select(nullptr, 0, goc_deadline(-kHour)), GOC_ETIMEDOUT);
    EXPECT_EQ(elapsed(), 2 * kHour) << "that had passed";
  });
}

TEST_P(VirtualTime, TickersLoseNoTickOfWhoeverKeepsUp) {
  goc_ticker* ticker = nullptr;
  goc_chan* ticks = nullptr;
  ASSERT_EQ(goc_ticker_new(&ticker, &ticks, kHour), GOC_OK);
  const int64_t start = goc_now();
  for (int64_t i = 1, at; i <= 1000; ++i) {
    ASSERT_EQ(goc_chan_recv(ticks, &at, GOC_FOREVER), GOC_OK);
    ASSERT_EQ(at, start + i * kHour);
    ASSERT_EQ(goc_now(), at);
  }
  goc_chan_release(ticks);
  goc_ticker_release(ticker);
}

TEST_P(VirtualTime, FunctionsAreCalledOnTime) {
  struct Call {
    int64_t at = 0;
    Chan called{0, 0};
  } call;
  const auto fn = [](void* c) {
    static_cast<Call*>(c)->at = goc_now();
    goc_chan_send(static_cast<Call*>(c)->called, nullptr, GOC_FOREVER);
  };
  const int64_t due = goc_deadline(kHour);
  ASSERT_EQ(goc_after_func(nullptr, kHour, fn, &call), GOC_OK);
  EXPECT_EQ(goc_chan_recv(call.called, nullptr, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(call.at, due);
}

TEST_P(VirtualTime, AGoroutineLockedToItsThreadSleeps) {
  run([] {
    ASSERT_EQ(goc_lock_thread(), GOC_OK);
    goc_sleep(kHour);
    goc_unlock_thread();
  });
  EXPECT_EQ(elapsed(), kHour);
}

TEST_P(VirtualTime, ABlockingCallMaySleepWithUs) {
  Group group;
  group.go([] { goc_blocking([](void*) { goc_sleep(2 * kHour); }, nullptr); });
  group.go([] { goc_sleep(kHour); });
  wait_for_all(group);
  EXPECT_EQ(elapsed(), 2 * kHour);
}

// --- Plain threads ------------------------------------------------------------------------------------

TEST_P(VirtualTime, AThreadSleeps) {
  goc_sleep(kHour);
  EXPECT_EQ(elapsed(), kHour);
}

TEST_P(VirtualTime, ADeadlineOfAThreadPasses) {
  Chan nobody(sizeof(int), 0);
  EXPECT_EQ(goc_chan_recv(nobody, nullptr, goc_deadline(kHour)), GOC_ETIMEDOUT);
  EXPECT_EQ(elapsed(), kHour);
}

TEST_P(VirtualTime, ThreadsAndGoroutinesTakeTurns) {
  constexpr int64_t kTurns = 50;
  std::thread thread([] {
    for (int i = 0; i < kTurns; ++i) goc_sleep(3 * GOC_SECOND);
  });
  Group group;
  group.go([] {
    for (int i = 0; i < 2 * kTurns; ++i) goc_sleep(2 * GOC_SECOND);
  });
  EXPECT_EQ(goc_wg_wait(group.wg(), goc_deadline(kHour)), GOC_OK);
  EXPECT_GE(elapsed(), 4 * kTurns * GOC_SECOND);
  thread.join();
}

TEST_P(VirtualTime, APortWaitsUntilItsDeadline) {
  goc_port* port = nullptr;
  ASSERT_EQ(goc_port_new(&port), GOC_OK);
  int64_t token = 0;
  EXPECT_EQ(goc_port_wait(port, &token, 1, goc_deadline(kHour)), GOC_ETIMEDOUT);
  EXPECT_EQ(elapsed(), kHour);
  goc_op op{};
  op.token = 7;
  ASSERT_EQ(goc_timer_op(goc_deadline(kHour), &op, port), GOC_PENDING);
  EXPECT_EQ(goc_port_wait(port, &token, 1, GOC_FOREVER), 1);
  EXPECT_EQ(token, 7);
  EXPECT_EQ(elapsed(), 2 * kHour);
  goc_port_release(port);
}

TEST_P(VirtualTime, StandsStillWhileAThreadIsElsewhere) {
  Group group;
  group.go([] { goc_sleep(kHour); });
  goc_test::Pipe pipe;
  int64_t before = 0;
  std::thread elsewhere([&] {
    pipe.read_one();
    before = goc_now();
    goc_sleep(0);
  });
  Chan asked(0, 0);
  group.go([&] {  // time to go wrong: every worker has fallen asleep once
    for (int i = 0; i < 100; ++i) goc_chan_recv(asked, nullptr, GOC_FOREVER);
    pipe.write_one();
  });
  for (int i = 0; i < 100; ++i) goc_chan_send(asked, nullptr, GOC_FOREVER);
  const int64_t start = goc::clock::kVirtualStart;
  elsewhere.join();
  EXPECT_EQ(before, start);
  wait_for_all(group);
  EXPECT_EQ(elapsed(), kHour);
}

TEST_P(VirtualTime, StandsStillWhileAGoroutineRuns) {
  Group group;
  goc::Atom<bool> asleep{false};
  group.go([&] {
    asleep = true;
    goc_sleep(kHour);
  });
  group.go([&] {
    while (!asleep) goc_yield();
    for (int i = 0; i < 1000; ++i) goc_yield();
    EXPECT_EQ(elapsed(), 0);
  });
  wait_for_all(group);
  EXPECT_EQ(elapsed(), kHour);
}

TEST_P(VirtualTime, AShutdownWaitsForThoseWhoSleep) {
  goc::Atom<int> woke{0};
  goc_test::go([&] {
    goc_sleep(kHour);
    ++woke;
  });
  EXPECT_EQ(goc_shutdown(goc_deadline(2 * kHour)), 0);
  EXPECT_EQ(woke, 1);
  SetUp();
}

TEST_P(VirtualTime, AShutdownGivesUpAtItsDeadline) {
  goc_test::go([] { goc_sleep(2 * kHour); });
  EXPECT_EQ(goc_shutdown(goc_deadline(kHour)), 1);
  SetUp();
}

TEST(VirtualTimeOption, EndsWithItsRuntime) {
  goc_options options = GOC_OPTIONS_INIT;
  options.time = GOC_TIME_VIRTUAL;
  const int64_t before = goc_now();
  ASSERT_EQ(goc_init(&options), GOC_OK);
  EXPECT_EQ(goc_now(), goc::clock::kVirtualStart);
  run([] { goc_sleep(kHour); });
  EXPECT_EQ(goc_shutdown(GOC_FOREVER), 0);
  EXPECT_GE(goc_now(), before);
  EXPECT_LT(goc_now(), before + kHour) << "the system's again";
}

// --- Programs ------------------------------------------------------------------------------------------

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    lines.push_back(text.substr(at, end - at));
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(VirtualTimeProgram, TheWorkersOfTheExamplePrintTheSame) {
  Child real(GOC_TEST_WORKERS, {}, {"GOCONC_TIME=real"});
  Child in_no_time(GOC_TEST_WORKERS, {}, {"GOCONC_TIME=virtual"});
  EXPECT_EQ(in_no_time.status(), 0);
  EXPECT_EQ(real.status(), 0);
  EXPECT_EQ(sorted_lines(in_no_time.printed()).size(), 10U) << in_no_time.printed();
  EXPECT_EQ(sorted_lines(in_no_time.printed()), sorted_lines(real.printed()));
  const size_t last_start = in_no_time.printed().rfind("Starting");
  EXPECT_LT(last_start, in_no_time.printed().find("Done")) << "all sleep at the same time";
}

}  // namespace
