// goc_dump(): what it says of each goroutine.
#include <fcntl.h>

#include <optional>
#include <thread>

#include "dump_text.h"
#include "fixture.h"

namespace goc_test {
namespace {

// Waits until the one of that name is in that state, which begins so.
Paragraph once_in(const char* name, const std::string& state) {
  Paragraph found;
  eventually([&] {
    found = dumped().named(name);
    return found.state.starts_with(state);
  });
  return found;
}

void wait_for_close(void* end) {
  EXPECT_EQ(goc_chan_recv(static_cast<goc_chan*>(end), nullptr, soon()), GOC_ECLOSED);
}

class Dump : public Procs {
 protected:
  void TearDown() override {
    goc_chan_close(end_);
    others_.wait();
    Procs::TearDown();
  }

  // Started in a group that must have ended before the end of the test.
  void start(const char* name, std::function<void()> f) {
    others_.go([name, f = std::move(f)] {
      goc_set_name(name);
      f();
    });
  }
  void until_end() { wait_for_close(end_); }

  Chan end_{0, 0};
  Group others_;
};

TEST_P(Dump, SaysWhatEachWaitsForInWords) {
  goc_mutex* mutex;
  goc_rwmutex* rw;
  goc_cond* cond;
  goc_sem* sem;
  goc_once* once;
  goc_flight* flight;
  goc_wg* wg;
  ASSERT_EQ(goc_mutex_new(&mutex), GOC_OK);
  ASSERT_EQ(goc_rwmutex_new(&rw), GOC_OK);
  ASSERT_EQ(goc_cond_new(&cond), GOC_OK);
  ASSERT_EQ(goc_sem_new(&sem, 1), GOC_OK);
  ASSERT_EQ(goc_once_new(&once), GOC_OK);
  ASSERT_EQ(goc_flight_new(&flight), GOC_OK);
  ASSERT_EQ(goc_wg_new(&wg), GOC_OK);
  goc_mutex* of_cond;
  ASSERT_EQ(goc_mutex_new(&of_cond), GOC_OK);
  ASSERT_EQ(goc_mutex_lock(mutex, soon()), GOC_OK);
  ASSERT_EQ(goc_rwmutex_lock(rw, soon()), GOC_OK);
  ASSERT_EQ(goc_sem_wait(sem, 1, soon()), GOC_OK);
  goc_wg_add(wg, 1);
  Chan full(0, 0);
  Chan never(0, 0);

  start("receives", [&] { goc_chan_recv(end_, nullptr, soon()); });
  start("sends", [&] { goc_chan_send(full, nullptr, soon()); });
  start("sleeps", [&] {
    while (!goc_chan_is_closed(end_)) goc_sleep(10 * GOC_MILLISECOND);
  });
  start("selects", [&] {
    goc_case cases[] = {{end_, GOC_RECV, 0, nullptr}, {never, GOC_SEND, 0, nullptr}};
    goc_select(cases, 2, soon());
  });
  start("joins", [&] { goc_wg_wait(wg, soon()); });
  start("locks", [&] {
    goc_mutex_lock(mutex, soon());
    goc_mutex_unlock(mutex);
  });
  start("reads", [&] {
    goc_rwmutex_rlock(rw, soon());
    goc_rwmutex_runlock(rw);
  });
  start("writes", [&] {
    goc_rwmutex_lock(rw, soon());
    goc_rwmutex_unlock(rw);
  });
  start("condition", [&] {
    goc_mutex_lock(of_cond, soon());
    goc_cond_wait(cond, of_cond, soon());
    goc_mutex_unlock(of_cond);
  });
  start("acquires", [&] { goc_sem_wait(sem, 1, soon()); });
  start("nothing", [&] {
    while (!goc_chan_is_closed(end_)) goc_select(nullptr, 0, goc_deadline(10 * GOC_MILLISECOND));
  });
  start("first", [&] { goc_once_do(once, wait_for_close, end_); });
  once_in("first", "channel receive");
  start("second", [&] {
    goc_once_do(
        once, [](void*) {}, nullptr);
  });
  const auto fly = [&] {
    const auto call = [](void* end, void**) {
      wait_for_close(end);
      return 0;
    };
    goc_flight_do(flight, "key", 3, call, end_, nullptr, soon());
  };
  start("flies", fly);
  once_in("flies", "channel receive");
  start("joins flight", fly);

  const std::pair<const char*, const char*> expected[] = {{"receives", "channel receive 0x"},
                                                          {"sends", "channel send 0x"},
                                                          {"sleeps", "sleep"},
                                                          {"selects", "select of 2"},
                                                          {"joins", "wait group 0x"},
                                                          {"locks", "mutex 0x"},
                                                          {"reads", "read lock 0x"},
                                                          {"writes", "write lock 0x"},
                                                          {"condition", "condition 0x"},
                                                          {"acquires", "semaphore 0x"},
                                                          {"nothing", "select without a channel"},
                                                          {"second", "once 0x"},
                                                          {"joins flight", "flight 0x"}};
  // One dump tells of all: where there is much debug information it takes long.
  std::string missing;
  eventually([&] {
    missing.clear();
    const DumpText dump = dumped();
    for (const auto& [name, state] : expected)
      if (!dump.named(name).state.starts_with(state)) missing += name + std::string("; ");
    return missing.empty();
  });
  EXPECT_EQ(missing, "");

  goc_chan_recv(full, nullptr, soon());
  goc_wg_add(wg, -1);
  goc_mutex_unlock(mutex);
  goc_rwmutex_unlock(rw);
  goc_cond_broadcast(cond);
  goc_sem_post(sem, 1);
  goc_chan_close(end_);
  others_.wait();
  goc_mutex_release(mutex);
  goc_mutex_release(of_cond);
  goc_rwmutex_release(rw);
  goc_cond_release(cond);
  goc_sem_release(sem);
  goc_once_release(once);
  goc_flight_release(flight);
  goc_wg_release(wg);
}

TEST_P(Dump, NamesAChannelThatHasAName) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.name = "jobs";
  goc_chan* jobs;
  ASSERT_EQ(goc_chan_new_with(&jobs, &options), GOC_OK);
  start("worker", [&] { EXPECT_EQ(goc_chan_recv(jobs, nullptr, soon()), GOC_ECLOSED); });
  once_in("worker", "channel receive \"jobs\"");
  goc_chan_close(jobs);
  others_.wait();
  goc_chan_release(jobs);
}

TEST_P(Dump, OneThatRunsIsRunning) {
  goc::Atom<bool> stop{false};
  start("spins", [&] {
    while (!stop.load()) goc::cpu_relax();
  });
  const Paragraph spins = once_in("spins", "running");
  EXPECT_EQ(spins.frames.front(), "...") << "no stack is shown";
  stop = true;
  others_.wait();
}

TEST_P(Dump, OneThatBlocksItsThreadIsInABlockingCall) {
  goc::Atom<bool> stop{false};
  const auto block = [&] {
    while (!stop.load()) std::this_thread::yield();
  };
  start("says so", [&] {
    goc_blocking_begin();
    block();
    goc_blocking_end();
  });
  start("on a thread's stack", [&] {
    std::function<void()> f = block;
    goc_blocking([](void* f) { (*static_cast<std::function<void()>*>(f))(); }, &f);
  });
  once_in("says so", "in a blocking call");
  once_in("on a thread's stack", "in a blocking call");
  stop = true;
  others_.wait();
}

TEST_P(Dump, TheCallerIsRunningAndHasAStack) {
  run([] {
    goc_set_name("caller");
    const Paragraph caller = dumped().named("caller");
    EXPECT_EQ(caller.state, "running");
    EXPECT_TRUE(caller.contains("dumped")) << testing::PrintToString(caller.frames);
  });
}

// Names of C are not taken for those of C++, in whose symbols they would be types.
extern "C" __attribute__((visibility("default"), used, noinline)) void m(void* end) {
  wait_for_close(end);
}

TEST_P(Dump, AFunctionOfCHasItsName) {
  ASSERT_EQ(goc_go(m, end_), GOC_OK);
  eventually([] {
    const DumpText dump = dumped();
    return dump.goroutines() == 1 && dump.paragraphs[0].frames.back().starts_with("m at ");
  });
}

TEST_P(Dump, OneThatKeepsItsThreadSaysSo) {
  start("locked", [&] {
    goc_lock_thread();
    until_end();
  });
  const Paragraph locked = once_in("locked", "channel receive");
  EXPECT_TRUE(locked.state.ends_with(", locked to its thread")) << locked.state;
}

TEST_P(Dump, ThoseThatAreAlikeStandTogether) {
  constexpr int kMany = 37;
  for (int i = 0; i < kMany; ++i) start("alike", [this] { until_end(); });
  eventually([] {
    const Paragraph alike = dumped().named("alike");
    return alike.count == kMany && alike.state.starts_with("channel receive");
  });
  const std::string ids = dumped().named("alike").ids;
  EXPECT_LT(ids.size(), 30U) << "they follow each other: " << ids;
}

// What the state says of how long one waits, in milliseconds; none if it says nothing.
std::optional<int64_t> ms_waited(const std::string& state) {
  std::smatch found;
  if (!std::regex_search(state, found, std::regex(", (\\d+) (ms|s)$"))) return std::nullopt;
  return std::stoll(found[1]) * (found[2] == "s" ? 1000 : 1);
}

TEST_P(Dump, TellsForHowLongOneWaits) {
  start("waits", [this] { until_end(); });
  eventually([] { return ms_waited(dumped().named("waits").state).has_value(); });
}

// The monitor sleeps while nothing runs, and the clock of waits with it.
TEST_P(Dump, AWaitThatBeginsAfterAPauseIsNotOlder) {
  constexpr uint32_t kPause = 50;  // 500 ms
  eventually([] {
    const goc::Guard guard(goc::g_runtime.idle.lock);
    return goc::g_runtime.monitor.asleep() &&
           goc::coarse(goc_now()) - goc::g_coarse_clock.load() > kPause;
  });
  const int64_t before = goc_now();
  start("waits", [this] { until_end(); });
  const std::string state = once_in("waits", "channel receive").state;
  const int64_t most = goc_now() - before + goc::kCoarse;
  EXPECT_LE(ms_waited(state).value_or(0), most / GOC_MILLISECOND) << state;
}

TEST_P(Dump, WaitsForAPipeThatIsFull) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  while (write(ends[1], "x", 1) == 1) {
  }
  std::thread dumper([fd = ends[1]] {
    EXPECT_EQ(goc_dump(fd), GOC_OK);
    close(fd);
  });
  std::string text;
  char some[4096];
  for (ssize_t n; (n = read(ends[0], some, sizeof some)) != 0;)
    n > 0 ? (void)text.append(some, static_cast<size_t>(n)) : std::this_thread::yield();
  dumper.join();
  close(ends[0]);
  EXPECT_EQ(text.substr(text.find_first_not_of('x')), "goconc: 0 goroutines\n");
}

TEST_P(Dump, ADescriptorThatCannotBeWrittenIsAnError) {
  EXPECT_EQ(goc_dump(-1), GOC_EINVAL);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(goc_dump(ends[0]), GOC_EINVAL);
  close(ends[0]);
  close(ends[1]);
}

GOC_FOR_1_2_4(Dump);

// With one thread, which is busy with the dump, nothing else can begin to run.
class DumpOfOneThread : public Runtime {
 protected:
  void SetUp() override {
    goc::Runtime::Options options;
    options.max_procs = options.max_threads = 1;
    start(options);
  }
};

TEST_F(DumpOfOneThread, WhoHasNotHadItsTurnIsNewOrReady) {
  run([] {
    goc::Atom<bool> stop{false};
    Group group;
    group.go([&] {
      goc_set_name("yields");
      while (!stop) goc_yield();
    });
    while (dumped().named("yields").count == 0) goc_yield();
    goc_go_options options = GOC_GO_OPTIONS_INIT;
    options.name = "fresh";
    ASSERT_EQ(goc_go_with(
                  &options, [](void*) {}, nullptr),
              GOC_OK);
    const DumpText dump = dumped();
    EXPECT_EQ(dump.named("yields").state, "ready");
    EXPECT_EQ(dump.named("fresh").state, "new");
    stop = true;
    group.wait();
  });
}

TEST(DumpWithoutRuntime, HasNoGoroutine) {
  const DumpText dump = dumped();
  EXPECT_EQ(dump.title, "goconc: 0 goroutines");
  EXPECT_EQ(dump.goroutines(), 0U);
}

}  // namespace
}  // namespace goc_test
