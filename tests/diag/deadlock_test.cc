// Deadlocks: what is one is told, by Go's words and status, and nothing else is.
#include <goconc/io.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "child.h"
#include "failing_calls.h"
#include "fixture.h"
#include "sched/hooks.h"

namespace {

using goc_test::Chan;
using goc_test::Child;
using goc_test::eventually;
using goc_test::soon;

constexpr char kMessage[] = "fatal error: all goroutines are asleep - deadlock!\n";

// --- Programs -------------------------------------------------------------------------------------

std::unique_ptr<Child> start(const char* name, std::vector<std::string> environment = {}) {
  return std::make_unique<Child>(GOC_TEST_DEADLOCKS, std::vector<std::string>{name},
                                 std::move(environment));
}

struct Case {
  const char* name;
  std::vector<std::string> environment;
};

// All at once: most of what they do is to wait.
template <class Check>
void for_each_end(const std::vector<Case>& cases, Check check) {
  std::vector<std::unique_ptr<Child>> children;
  for (const Case& each : cases) children.push_back(start(each.name, each.environment));
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].name);
    const int status = children[i]->status();
    check(status, children[i]->printed());
  }
}

TEST(Deadlock, EndsTheProgramWithStatusTwo) {
  const std::vector<Case> deadlocks = {
    {"two_wait_for_each_other", {}},
    {"two_wait_for_each_other", {"GOCONC_DEADLOCK=fatal"}},
    {"two_wait_for_each_other", {"GOCONC_TIME=virtual"}},
    {"two_wait_for_each_other", {"GOCONC_PROCS=1"}},
    {"main_goroutine", {}},
    {"nil_channel", {}},
#if !defined(GOC_TSAN)  // its own thread is counted, but not there before another one is
    {"thread_alone", {}},
    {"thread_alone", {"GOCONC_TIME=virtual"}},
#endif
    {"nobody_unlocks", {}},
    {"locked_to_its_thread", {}},
    {"threads_and_goroutines", {}},
    {"thread_leaves_late", {}},
    {"thread_leaves_late", {"GOCONC_TIME=virtual"}},
    {"thread_alone_when_others_have_left", {}},
    {"after_a_sleep", {}},
#if !defined(GOC_TSAN)  // which bears no threads in a child
    {"in_a_child", {}},
#endif
  };
  for_each_end(deadlocks, [](int status, const std::string& printed) {
    EXPECT_EQ(status, 2);
    EXPECT_EQ(printed.rfind(kMessage, 0), 0U) << printed;
  });
}

TEST(Deadlock, IsNotWhereThereIsHope) {
  const std::vector<Case> live = {
    {"goroutine_sleeps", {}},
    {"goroutine_has_a_deadline", {}},
    {"function_is_due", {}},
    {"ticker_ticks", {}},
    {"thread_has_a_deadline", {}},
    {"thread_is_elsewhere", {}},
    {"thread_is_elsewhere", {"GOCONC_TIME=virtual"}},
    {"goroutine_keeps_its_thread", {}},
    {"goroutine_blocks", {}},
    {"locked_goroutine_runs", {}},
    {"goroutine_computes", {}},
    {"port_is_open", {}},
    {"events_are_expected", {}},
#if !defined(GOC_TSAN)
    {"child_sleeps", {}},
#endif
    {"shutdown_waits", {}},
    {"until_an_alarm", {"GOCONC_DEADLOCK=off"}},
    {"until_an_alarm", {"GOCONC_DEADLOCK=off", "GOCONC_TIME=virtual"}},
  };
  for_each_end(live, [](int status, const std::string& printed) {
    EXPECT_EQ(status, 0);
    EXPECT_EQ(printed, "");
  });
}

TEST(Deadlock, ListsTheGoroutines) {
  const auto child = start("two_wait_for_each_other");
  EXPECT_EQ(child->status(), 2);
  EXPECT_NE(child->printed().find("righty"), std::string::npos) << child->printed();
  const std::string reason = "[channel receive";
  const size_t first = child->printed().find(reason);
  ASSERT_NE(first, std::string::npos) << child->printed();
  EXPECT_NE(child->printed().find(reason, first + 1), std::string::npos) << child->printed();
}

TEST(Deadlock, IsOnlyReportedIfThatIsWanted) {
  const auto child = start("two_wait_for_each_other", {"GOCONC_DEADLOCK=report"});
  EXPECT_TRUE(child->prints(kMessage)) << child->printed();
  child->signal(SIGTERM);
  EXPECT_EQ(child->status(), -SIGTERM) << "it went on";
}

TEST(Deadlock, ABadWordInTheEnvironmentIsTold) {
  const auto child = start("nil_channel", {"GOCONC_DEADLOCK=perhaps", "GOCONC_TIME=summer"});
  EXPECT_EQ(child->status(), 2) << "the default holds";
  const std::string told =
      "goconc: GOCONC_TIME is neither real nor virtual: summer\n"
      "goconc: GOCONC_DEADLOCK is neither fatal, report nor off: perhaps\n";
  EXPECT_EQ(child->printed().rfind(told + kMessage, 0), 0U) << child->printed();
}

// --- In this process -------------------------------------------------------------------------------

goc::Atom<int> g_reports{0};
goc::Atom<goc_chan*> g_lifeline{nullptr};

// Deadlocks are reported, and whoever waits for the lifeline is saved then. The list of goroutines is
// written when nothing moves, and for this process it is an event from outside.
class Reported : public goc_test::Runtime {
 protected:
  void SetUp() override {
    goc::Runtime::Options options;
    options.max_procs = 2;
    options.on_deadlock = goc::OnDeadlock::kReport;
    start(options);
    ASSERT_EQ(goc_chan_new(&lifeline_, 0, 0), GOC_OK);
    g_lifeline = lifeline_;
    g_reports = 0;
    list_ = goc::g_hooks.on_deadlock;
    goc::g_hooks.on_deadlock = [] {
      ++g_reports;
      EXPECT_EQ(goc_chan_send(g_lifeline, nullptr, GOC_NOW), GOC_OK) << "nobody waits";
    };
    testing::internal::CaptureStderr();
  }
  void TearDown() override {
    const std::string printed = testing::internal::GetCapturedStderr();
    EXPECT_EQ(printed.find(kMessage) != std::string::npos, g_reports != 0) << printed;
    goc::g_hooks.on_deadlock = list_;
    goc_chan_release(lifeline_);
    Runtime::TearDown();
  }

  void wait_for_lifeline() { EXPECT_EQ(goc_chan_recv(lifeline_, nullptr, GOC_FOREVER), GOC_OK); }
  // As it is asked all the time when something comes to rest.
  static int reports_after_asking() {
    for (int i = 0; i < 100; ++i) goc::g_runtime.rest.ask();
    return g_reports;
  }

  goc_chan* lifeline_ = nullptr;

 private:
  void (*list_)() = nullptr;
};

TEST_F(Reported, OnceForEachRest) {
  for (int rests = 1; rests <= 3; ++rests) {
    wait_for_lifeline();
    EXPECT_EQ(g_reports, rests);
  }
}

TEST_F(Reported, OfGoroutinesAndThreads) {
  goc_test::run([this] { wait_for_lifeline(); });
  EXPECT_EQ(g_reports, 1);
  goc_test::Group saved;
  goc_wg_add(saved.wg(), 1);
  std::thread thread([&] {
    wait_for_lifeline();
    goc_wg_done(saved.wg());
  });
  EXPECT_EQ(goc_wg_wait(saved.wg(), GOC_FOREVER), GOC_OK);
  thread.join();
  EXPECT_EQ(g_reports, 2);
}

// Whoever asks is awake itself, and no proof can be had.
TEST_F(Reported, NotWhileAThreadIsElsewhere) {
  goc_test::go([this] { wait_for_lifeline(); });
  eventually([] {
    const goc::Guard guard(goc::g_runtime.idle.lock);
    return goc::g_runtime.monitor.asleep();
  });
  EXPECT_EQ(reports_after_asking(), 0);
  EXPECT_EQ(goc_chan_send(lifeline_, nullptr, soon()), GOC_OK);
}

// Where the system does not tell how many threads there are.
TEST_F(Reported, NotWithoutProof) {
  const goc_test::FailingCalls some(goc::os::Call::kThreadCount, 0, 3);
  wait_for_lifeline();
  EXPECT_EQ(g_reports, 1);
  EXPECT_EQ(goc_test::FailingCalls::failures(), 3) << "it was asked again until it was told";
}

// As long as there is hope from outside, which `end` ends when the question is asked for the third time.
class Hopes {
 public:
  explicit Hopes(void (*end)()) {
    asked_ = 0;
    end_ = end;
    goc::os::inject_failure.store([](goc::os::Call call) {
      if (call == goc::os::Call::kThreadCount && ++asked_ == 3) end_.load()();
      return false;
    });
  }
  ~Hopes() { goc::os::inject_failure.store(nullptr); }
  static int asked() { return asked_; }

 private:
  static inline goc::Atom<int> asked_{0};
  static inline goc::Atom<void (*)()> end_{nullptr};
};

TEST_F(Reported, NotWithAnOpenPort) {
  static goc_port* port;
  ASSERT_EQ(goc_port_new(&port), GOC_OK);
  const Hopes hopes([] { goc_port_release(port); });
  wait_for_lifeline();
  EXPECT_EQ(g_reports, 1);
  EXPECT_EQ(Hopes::asked(), 3);
}

TEST_F(Reported, NotWhileEventsAreExpected) {
  goc_expect_external_events(2);
  const Hopes hopes([] { goc_expect_external_events(0); });
  wait_for_lifeline();
  EXPECT_EQ(g_reports, 1);
  EXPECT_EQ(Hopes::asked(), 3);
}

TEST_F(Reported, NotWhileSomebodyWaitsForADescriptor) {
  static int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  goc_test::go([] {
    char byte;
    EXPECT_EQ(goc_read(ends[0], &byte, 1, GOC_FOREVER), 1);
  });
  const Hopes hopes([] { EXPECT_EQ(write(ends[1], "", 1), 1); });
  wait_for_lifeline();
  EXPECT_EQ(g_reports, 1);
  EXPECT_GT(Hopes::asked(), 3);
  for (const int end : ends) EXPECT_EQ(goc_fd_close(end), GOC_OK);
}

// When our threads have ended, others may be as many as they were.
TEST_F(Reported, NotInTheMidstOfAShutdown) {
  const auto hook = std::exchange(goc::g_hooks.before_abandon, [] {
    goc::Atom<bool> stop{false};
    std::vector<std::thread> others;
    for (int i = 0; i < 4; ++i) {
      others.emplace_back([&] {
        while (!stop) std::this_thread::yield();
      });
      goc::g_runtime.rest.ask();
    }
    stop = true;
    for (std::thread& other : others) other.join();
  });
  EXPECT_EQ(goc_shutdown(soon()), 0);
  goc::g_hooks.before_abandon = hook;
  EXPECT_EQ(g_reports, 0);
}

// Threads that talk to each other without a pause, and workers that come and go.
TEST_F(Reported, NeverInTheMidstOfLife) {
  const int64_t rounds = goc_test::effort(20000);
  Chan there(sizeof(int64_t), 0);
  Chan back(sizeof(int64_t), 0);
  std::thread asker([&] {
    int64_t value;
    while (goc_chan_recv(there, &value, GOC_FOREVER) == GOC_OK) {
      goc::g_runtime.rest.ask();
      goc_chan_send(back, &value, GOC_FOREVER);
    }
  });
  for (int64_t i = 0, value; i < rounds; ++i) {
    if (i % 2 == 0) goc_test::go([] { goc_yield(); });
    goc_chan_send(there, &i, GOC_FOREVER);
    goc::g_runtime.rest.ask();
    goc_chan_recv(back, &value, GOC_FOREVER);
    ASSERT_EQ(value, i);
  }
  goc_chan_close(there);
  asker.join();
  EXPECT_EQ(g_reports, 0);
}

}  // namespace
