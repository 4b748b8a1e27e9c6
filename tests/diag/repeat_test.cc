// With virtual time and one processor a seed decides the schedule, on a busy machine too.
#include <csignal>
#include <set>
#include <string>
#include <vector>

#include "child.h"
#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::Group;

// Who did what at which time, in the order in which it happened.
struct Step {
  int who;
  int64_t what;
  int64_t when;
  bool operator==(const Step& other) const {
    return who == other.who && what == other.what && when == other.when;
  }
  bool operator<(const Step& other) const {
    return std::tie(who, what, when) < std::tie(other.who, other.what, other.when);
  }
};
using Log = std::vector<Step>;

// Goroutines that do all there is: channels with and without a buffer, selects with deadlines, sleeps,
// timers, tickers, mutexes, conditions; they start others, and end.
class Program {
 public:
  Log run() {
    EXPECT_EQ(goc_run([](void* p) { static_cast<Program*>(p)->main(); }, this), GOC_OK);
    return log_;
  }

 private:
  static constexpr int kGoroutines = 40;
  static constexpr int kRounds = 10;

  void note(int who, int64_t what) {
    log_.push_back({who, what, goc_now() - goc::clock::kVirtualStart});
  }

  void main() {
    ASSERT_EQ(goc_mutex_new(&mutex_), GOC_OK);
    Group group;
    for (int who = 0; who < kGoroutines; ++who)
      group.go([this, who] {
        for (int round = 0; round < kRounds; ++round) act(who, round);
      });
    EXPECT_EQ(goc_wg_wait(group.wg(), GOC_FOREVER), GOC_OK);
    goc_mutex_release(mutex_);
  }

  void act(int who, int round) {
    switch ((who + round) % 6) {
      case 0:
        return note(who, goc_chan_send(rendezvous_, &who, goc_deadline(who + round)));
      case 1:
        return receive(who);
      case 2:
        goc_sleep((who * 7 + round) % 5);
        return note(who, -1);
      case 3:
        return choose(who);
      case 4:
        return lock(who);
      default:
        return start(who);
    }
  }

  void receive(int who) {
    int from = -1;
    const int result = goc_chan_recv(rendezvous_, &from, goc_deadline(3));
    note(who, result == GOC_OK ? from : result);
  }

  void choose(int who) {
    goc_timer* timer = nullptr;
    goc_chan* tick = nullptr;
    ASSERT_EQ(goc_timer_new(&timer, &tick, 2), GOC_OK);
    int64_t at = 0;
    int from = -1;
    goc_case cases[] = {{buffered_, GOC_SEND, 0, &who},
                        {buffered_, GOC_RECV, 0, &from},
                        {rendezvous_, GOC_RECV, 0, &from},
                        {tick, GOC_RECV, 0, &at}};
    note(who, 100 * goc_select(cases, 4, GOC_FOREVER) + from);
    goc_chan_release(tick);
    goc_timer_release(timer);
  }

  void lock(int who) {
    goc_mutex_lock(mutex_, GOC_FOREVER);
    note(who, -2);
    if (who % 3 == 0) goc_sleep(1);
    goc_yield();
    goc_mutex_unlock(mutex_);
  }

  void start(int who) {
    Group group;
    group.go([this, who] { note(who, -3); });
    group.go([this, who] { note(who, -4); });
    EXPECT_EQ(goc_wg_wait(group.wg(), GOC_FOREVER), GOC_OK);
  }

  Log log_;
  Chan rendezvous_{sizeof(int), 0};
  Chan buffered_{sizeof(int), 3};
  goc_mutex* mutex_ = nullptr;
};

class Repeated : public goc_test::Runtime {
 protected:
  void SetUp() override {}
  void TearDown() override {}

  Log log_under(uint64_t seed) {
    goc::Runtime::Options options;
    options.max_procs = 1;
    options.chaos = seed;
    options.time = goc::Runtime::Time::kVirtual;
    start(options);
    const Log log = Program().run();
    Runtime::TearDown();
    return log;
  }
};

// Other processes that keep the processors busy.
class Load {
 public:
  Load() {
    for (pid_t& child : children_)
      if ((child = fork()) == 0)
        for (;;) goc::cpu_relax();
  }
  ~Load() {
    for (const pid_t child : children_) {
      kill(child, SIGKILL);
      EXPECT_EQ(goc_test::status_of(child), -SIGKILL);
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

 private:
  pid_t children_[4];
};

TEST_F(Repeated, ASeedGivesTheSameScheduleTwentyTimes) {
  const Log first = log_under(7);
  EXPECT_GT(first.size(), 400U);
  for (int i = 0; i < 20; ++i) ASSERT_EQ(log_under(7), first);
}

TEST_F(Repeated, OnABusyMachineToo) {
  const Log first = log_under(8);
  const Load load;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(log_under(8), first);
}

TEST_F(Repeated, AnotherSeedGivesAnother) {
  std::set<Log> logs;
  for (uint64_t seed = 1; seed <= 20; ++seed) logs.insert(log_under(seed));
  EXPECT_EQ(logs.size(), 20U);
}

}  // namespace
