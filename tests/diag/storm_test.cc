// Dumps while goroutines come and go, wait in all ways, change threads; and while the runtime starts
// and stops. Each has the form of a dump, and knows those that hold still.
#include <sys/wait.h>

#include <set>
#include <thread>

#include "dump_text.h"
#include "fixture.h"

namespace goc_test {
namespace {

class DumpStorm : public Procs {
 protected:
  static constexpr int kStill = 20;

  void SetUp() override {
    Procs::SetUp();
    for (int i = 0; i < kStill; ++i)
      still_.go([this] {
        goc_set_name("still");
        EXPECT_EQ(goc_chan_recv(end_, nullptr, GOC_FOREVER), GOC_ECLOSED);
      });
    // They hold still once a dump has seen all of them.
    eventually([] {
      const Paragraph p = dumped().named("still");
      return p.count == kStill && p.state.starts_with("channel receive");
    });
    for (int i = 0; i < 4; ++i) {
      moving_.go([this] { come_and_go(); });
      moving_.go([this] { sleep_and_select(); });
      moving_.go([this] { talk(); });
    }
  }
  void TearDown() override {
    stop_ = true;
    moving_.wait();
    goc_chan_close(end_);
    still_.wait();
    Procs::TearDown();
  }

  void come_and_go() {
    while (!stop_) {
      Group group;
      for (int i = 0; i < 20; ++i) group.go([i] { deep(i % 7); });
      group.wait();
    }
  }
  static int deep(int n) {
    volatile char frame[512];
    frame[0] = static_cast<char>(n);
    goc_yield();
    return n > 0 ? deep(n - 1) + frame[0] : 0;
  }
  void sleep_and_select() {
    Chan never(0, 0);
    while (!stop_) {
      goc_case cases[] = {{never, GOC_RECV, 0, nullptr}, {end_, GOC_SEND, 0, nullptr}};
      goc_select(cases, 1, goc_deadline(100 * GOC_MICROSECOND));
      goc_sleep(GOC_MICROSECOND);
      goc_blocking([](void*) { std::this_thread::yield(); }, nullptr);
    }
  }
  // Each pair exchanges values until the end; names change meanwhile.
  void talk() {
    Chan to(sizeof(int), 0);
    Group partner;
    partner.go([&] {
      for (int n; goc_chan_recv(to, &n, soon()) == GOC_OK;)
        goc_set_name(("partner " + std::to_string(n % 3)).c_str());
    });
    for (int n = 0; !stop_; ++n) EXPECT_EQ(goc_chan_send(to, &n, soon()), GOC_OK);
    goc_chan_close(to);
    partner.wait();
  }

  static void expect_good_dump() {
    const DumpText dump = dumped();
    const Paragraph still = dump.named("still");
    EXPECT_EQ(still.count, kStill);
    EXPECT_TRUE(still.state.starts_with("channel receive")) << still.state;
    EXPECT_EQ(dump.title, "goconc: " + std::to_string(dump.goroutines()) + " goroutines");
    EXPECT_GE(dump.goroutines(), kStill + 12U) << "and those that move";
  }

  Chan end_{0, 0};
  goc::Atom<bool> stop_{false};
  Group still_, moving_;
};

TEST_P(DumpStorm, AThreadSeesThoseThatHoldStill) {
  for (int64_t i = effort(30); i > 0; --i) expect_good_dump();
}

TEST_P(DumpStorm, ManyDumpAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([] {
      for (int64_t i = effort(4); i > 0; --i) expect_good_dump();
    });
  Group group;
  for (int g = 0; g < 3; ++g)
    group.go([] {
      for (int64_t i = effort(4); i > 0; --i) expect_good_dump();
    });
  group.wait();
  for (std::thread& thread : threads) thread.join();
}

TEST_P(DumpStorm, StatisticsStayWithinTheirBounds) {
  for (int64_t i = effort(20000); i > 0; --i) {
    goc_stats_t s = GOC_STATS_INIT;
    ASSERT_EQ(goc_stats(&s), GOC_OK);
    EXPECT_GE(s.created, s.ended);
    EXPECT_GE(s.parks, s.wakeups);
    EXPECT_GE(s.waiting, 0);
    EXPECT_GE(s.stacks, 0);
    EXPECT_LE(s.threads_idle, s.threads);
  }
}

GOC_FOR_1_2_4(DumpStorm);

TEST(DumpWhileTheRuntimeStartsAndStops, SeesWhatThereIs) {
  goc::Atom<bool> stop{false};
  std::thread dumper([&] {
    while (!stop) {
      dumped();
      EXPECT_GE(goc_leaks(-1), 0);
      goc_stats_t s = GOC_STATS_INIT;
      EXPECT_EQ(goc_stats(&s), GOC_OK);
    }
  });
  for (int64_t i = effort(100); i > 0; --i) {
    for (int n = 0; n < 20; ++n) go([n] { n % 2 == 0 ? goc_yield() : goc_sleep(GOC_MICROSECOND); });
    EXPECT_EQ(goc_shutdown(soon()), 0);
  }
  stop = true;
  dumper.join();
}

#if !defined(GOC_TSAN)  // which does not like a fork with threads
TEST(DumpFork, AChildOfAForkDuringADumpMakesItsOwn) {
  goc::Atom<bool> stop{false};
  std::thread dumper([&] {
    while (!stop) dumped();
  });
  for (int i = 0; i < 20 && !HasFailure(); ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      const int fd = memfd_create("child", 0);
      _exit(goc_dump(fd) == GOC_OK ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  stop = true;
  dumper.join();
}

// Each process here loads libdw for its first dump, in one thread, while another one forks.
TEST(DumpFork, AChildOfAForkDuringTheFirstDumpMakesItsOwn) {
  const auto exit_with = [](bool good) { _exit(good ? 0 : 1); };
  const auto ends_well = [](pid_t child) {
    int status = -1;
    return waitpid(child, &status, 0) == child && status == 0;
  };
  for (int i = 0; i < 20 && !HasFailure(); ++i) {
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      std::thread dumper([] { goc_dump(memfd_create("first", 0)); });
      const pid_t grandchild = fork();
      if (grandchild == 0) exit_with(goc_dump(memfd_create("own", 0)) == GOC_OK);
      const bool good = ends_well(grandchild);
      dumper.join();
      exit_with(good);
    }
    EXPECT_TRUE(ends_well(child));
  }
}
#endif

}  // namespace
}  // namespace goc_test
