// Traces: what goroutines do is recorded, event for event, in an order in which it can have happened.
#include <fcntl.h>
#include <sys/eventfd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "pipe.h"
#include "recording.h"
#include "standing_monitor.h"

namespace {

using goc_test::Actor;
using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::go;
using goc_test::Group;
using goc_test::Happening;
using goc_test::Kind;
using goc_test::Pipe;
using goc_test::Recording;
using goc_test::soon;
using goc_test::TracePath;
using goc_test::Tracing;

// Goroutines that wait for each other in every way, some of them for a plain thread.
class Bustle {
 public:
  Bustle() : chan_(8, 1), mutex_(nullptr) { EXPECT_EQ(goc_mutex_new(&mutex_), GOC_OK); }
  ~Bustle() { goc_mutex_release(mutex_); }

  void run() {
    Group group;
    for (int i = 0; i < kPairs; ++i) {
      group.go([this] { send(); });
      group.go([this] { receive(); });
    }
    group.wait();
  }
  static constexpr int kGoroutines = 32;

 private:
  static constexpr int kPairs = kGoroutines / 2;
  static constexpr int64_t kValues = 20;

  void send() {
    goc_set_name("sender");
    for (int64_t i = 0; i < kValues; ++i) {
      EXPECT_EQ(goc_chan_send(chan_, &i, soon()), GOC_OK);
      EXPECT_EQ(goc_mutex_lock(mutex_, GOC_FOREVER), GOC_OK);
      if (i % 4 == 0) goc_yield();
      EXPECT_EQ(goc_mutex_unlock(mutex_), GOC_OK);
    }
    goc_blocking([](void*) {}, nullptr);
  }
  void receive() {
    int64_t value;
    for (int64_t i = 0; i < kValues; ++i) {
      if (i % 8 == 0) goc_sleep(GOC_MICROSECOND);
      goc_case c{chan_, GOC_RECV, 0, &value};
      EXPECT_EQ(goc_select(&c, 1, soon()), 0);
    }
  }

  Chan chan_;
  goc_mutex* mutex_;
};

struct TraceProcs : goc_test::Procs {};
GOC_FOR_1_2_4(TraceProcs);

TEST_P(TraceProcs, EveryGoroutineIsToldFromItsCreationToItsExit) {
  const Tracing tracing;
  Bustle().run();
  eventually([] { return goc_num_goroutines() == 0; });
  const Recording recording;
  recording.expect_legal();
  EXPECT_FALSE(recording.lost());
  EXPECT_EQ(recording.count(Kind::kCreate), Bustle::kGoroutines);
  EXPECT_EQ(recording.count(Kind::kExit), Bustle::kGoroutines);
  EXPECT_EQ(recording.count(Kind::kStart),
            recording.count(Kind::kPark) + recording.count(Kind::kExit));
  for (const Happening& h : recording.all())
    if (h.kind == Kind::kReady || h.kind == Kind::kCreate) {
      EXPECT_NE(h.actor, Actor::kUnknown);
    }
}

TEST_P(TraceProcs, ItsFileCanBeRead) {
  const TracePath path("file");
  ASSERT_EQ(goc_trace_start(path.c_str()), GOC_OK);
  Bustle().run();
  EXPECT_EQ(goc_trace_stop(), GOC_OK);
  EXPECT_TRUE(path.valid());
}

TEST_P(TraceProcs, WhenMemoryIsShortTheNewestIsKeptAndMakesSense) {
  const Tracing tracing(4096);
  Bustle bustle;
  for (int i = 0; i < 50; ++i) bustle.run();
  uint64_t last = 0;
  goc_test::run([&] { last = goc_self(); });
  eventually([] { return goc_num_goroutines() == 0; });
  const Recording recording;
  EXPECT_TRUE(recording.lost());
  recording.expect_legal();
  const std::vector<Happening> its = recording.of(last);
  ASSERT_FALSE(its.empty());
  EXPECT_EQ(its.back().kind, Kind::kExit);
}

// While goroutines run, recordings begin and end, and are written in between.
TEST_P(TraceProcs, StressItStartsAndStopsUnderLoad) {
  const TracePath path("under_load");
  std::atomic<bool> stop{false};
  Group group;
  for (int i = 0; i < 3; ++i)
    group.go([&] {
      while (!stop.load(std::memory_order_relaxed)) Bustle().run();
    });
  for (int64_t i = 0; i < effort(40); ++i) {
    goc_trace_options options = GOC_TRACE_OPTIONS_INIT;
    options.memory = i % 2 == 0 ? 4096 : 32768;
    ASSERT_EQ(goc_trace_start_with(&options), GOC_OK);
    eventually([] { return goc::trace::words_recorded() > 500; });
    if (i % 20 == 0) {
      EXPECT_EQ(goc_trace_write(path.c_str()), GOC_OK);
      EXPECT_TRUE(path.valid({"--partly"}));
    }
    Recording().expect_legal(Recording::kInTheirMidst);
    ASSERT_EQ(goc_trace_stop(), GOC_OK);
  }
  stop = true;
  group.wait();
}

struct Trace : goc_test::Runtime {};

// By the numbers of its turns what a goroutine has done on several threads is put in order.
TEST_F(Trace, EachYieldBeginsATurn) {
  ASSERT_EQ(goc_set_max_procs(1), GOC_OK);
  const Tracing tracing;
  std::atomic<uint64_t> id{0};
  Group group;
  group.go([&] {
    id = goc_self();
    group.go([] { goc_yield(); });
    for (int i = 0; i < 2; ++i) goc_yield();
  });
  group.wait();
  std::vector<uint32_t> turns;
  for (const goc::trace::Stream& stream : goc::trace::snapshot().streams)
    for (const goc::trace::Word word : stream.words)
      if ((word.kind() == Kind::kSwitch || word.kind() == Kind::kStart) && word.goroutine() == id)
        turns.push_back(word.turn());
  EXPECT_EQ(turns, (std::vector<uint32_t>{0, 1, 2}));
}

// The first time that the goroutine was made ready.
Happening first_wake(const Recording& recording, uint64_t goroutine) {
  for (const Happening& h : recording.of(goroutine))
    if (h.kind == Kind::kReady) return h;
  ADD_FAILURE() << "it was not woken";
  return {};
}

TEST_F(Trace, TellsWhoHasWokenWhom) {
  const Tracing tracing;
  Chan from_goroutine(8, 0), from_thread(8, 0);
  std::atomic<uint64_t> sender{0}, receiver{0}, sleeper{0}, host{0}, reader{0};
  const int event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  const auto receive = [](goc_chan* chan) {
    int64_t value;
    EXPECT_EQ(goc_chan_recv(chan, &value, soon()), GOC_OK);
  };
  const auto send = [](goc_chan* chan) {
    const int64_t value = 1;
    EXPECT_EQ(goc_chan_send(chan, &value, soon()), GOC_OK);
  };
  const auto parked = [](const std::atomic<uint64_t>& id) {
    return [&id] {
      const std::vector<Happening> its = Recording().of(id.load());
      return !its.empty() && its.back().kind == Kind::kPark;
    };
  };
  Group group;
  group.go([&] { receiver = goc_self(), receive(from_goroutine); });
  group.go([&] { host = goc_self(), receive(from_thread); });
  group.go([&] { sleeper = goc_self(), goc_sleep(GOC_MILLISECOND); });
  group.go([&] {
    eventfd_t count;
    reader = goc_self();
    EXPECT_EQ(goc_read(event, &count, sizeof count, soon()), int64_t{sizeof count});
  });
  eventually(parked(receiver));
  eventually(parked(host));
  eventually(parked(reader));
  group.go([&] { sender = goc_self(), send(from_goroutine); });
  send(from_thread);
  EXPECT_EQ(eventfd_write(event, 1), 0);
  group.wait();
  EXPECT_EQ(goc_fd_close(event), GOC_OK);

  const Recording recording;
  EXPECT_EQ(first_wake(recording, receiver).actor, Actor::kGoroutine);
  EXPECT_EQ(first_wake(recording, receiver).actor_id, sender);
  EXPECT_EQ(first_wake(recording, host).actor, Actor::kThread);
  EXPECT_EQ(first_wake(recording, host).actor_id, static_cast<uint64_t>(gettid()));
  EXPECT_EQ(first_wake(recording, sleeper).actor, Actor::kTimer);
  EXPECT_GE(recording.count(Kind::kTimer), 1);
  EXPECT_EQ(first_wake(recording, reader).actor, Actor::kPoll);
  EXPECT_EQ(recording.of(receiver)[2].reason, static_cast<int>(goc::WaitReason::kReceive));
}

// Its mutex is unlocked when the goroutine that waits for the Cond has left its stack, and another may
// run by then.
TEST_F(Trace, AMutexThatACondHasUnlockedIsTheDoingOfWhoWaits) {
  const Tracing tracing;
  goc_mutex* mutex = nullptr;
  goc_cond* cond = nullptr;
  ASSERT_EQ(goc_mutex_new(&mutex), GOC_OK);
  ASSERT_EQ(goc_cond_new(&cond), GOC_OK);
  std::atomic<uint64_t> waiter{0}, locker{0};
  ASSERT_EQ(goc_set_max_procs(1), GOC_OK);
  Group group;
  group.go([&] {
    waiter = goc_self();
    EXPECT_EQ(goc_mutex_lock(mutex, GOC_FOREVER), GOC_OK);
    group.go([&] {
      locker = goc_self();
      EXPECT_EQ(goc_mutex_lock(mutex, GOC_FOREVER), GOC_OK);
      EXPECT_EQ(goc_mutex_unlock(mutex), GOC_OK);
      goc_cond_signal(cond);
    });
    group.go([] { goc_yield(); });
    while (Recording().of(locker).empty() || Recording().of(locker).back().kind != Kind::kPark)
      goc_yield();
    EXPECT_EQ(goc_cond_wait(cond, mutex, soon()), GOC_OK);
    EXPECT_EQ(goc_mutex_unlock(mutex), GOC_OK);
  });
  group.wait();
  EXPECT_EQ(first_wake(Recording(), locker).actor_id, waiter);
  goc_cond_release(cond);
  goc_mutex_release(mutex);
}

struct TraceWithoutMonitor : goc_test::WithStandingMonitor<goc_test::Runtime> {
  // Two that switch so quickly that most of what they do has no time of its own.
  static void make_stamps_rare() {
    Group group;
    for (int i = 0; i < 2; ++i)
      group.go([] {
        for (int turn = 0; turn < 2000; ++turn) goc_yield();
      });
    group.wait();
  }
  // Between its last two turns.
  static int64_t last_pause(const Recording& recording, uint64_t goroutine) {
    int64_t parked = 0, pause = 0;
    for (const Happening& h : recording.of(goroutine)) {
      if (h.kind == Kind::kPark) parked = h.at;
      if (h.kind == Kind::kStart) pause = h.at - parked;
    }
    return pause;
  }
};

TEST_F(TraceWithoutMonitor, WhoHasSleptStartsWhenItDid) {
  constexpr int64_t kSleep = 50 * GOC_MILLISECOND;
  ASSERT_EQ(goc_set_max_procs(1), GOC_OK);
  const Tracing tracing;
  uint64_t sleeper = 0;
  Group group;
  group.go([&] {
    sleeper = goc_self();
    make_stamps_rare();
    goc_sleep(kSleep);
  });
  group.wait();
  EXPECT_GE(last_pause(Recording(), sleeper), kSleep / 2);
}

TEST_F(Trace, TellsOfStallsAndOfWhoTakesOver) {
  ASSERT_EQ(goc_set_max_procs(1), GOC_OK);
  const Tracing tracing;
  const Pipe pipe;
  Group group;
  group.go([&] {
    group.go([&] { pipe.write_one(); });  // gets its turn on another thread
    pipe.read_one();
  });
  group.wait();
  const Recording recording;
  recording.expect_legal();
  EXPECT_GE(recording.count(Kind::kStall), 1);
  EXPECT_GE(recording.count(Kind::kCompensate), 1);
}

TEST_F(Trace, TellsOfWhatIsStolen) {
  const Tracing tracing;
  std::atomic<bool> stolen{false};
  pthread_t self;
  Group group;
  group.go([&] {
    self = pthread_self();
    group.go([&] { stolen = !pthread_equal(pthread_self(), self); });
    while (!stolen) {  // without a switch: another worker must come for it
      for (int i = 0; i < 16; ++i)
        group.go([&] {
          if (!pthread_equal(pthread_self(), self)) stolen = true;
        });
      for (int i = 0; i < 1000 && !stolen; ++i) goc::cpu_relax();
    }
  });
  group.wait();
  const Recording recording;
  EXPECT_GE(recording.count(Kind::kSteal) + recording.count(Kind::kCompensate), 1);
}

TEST_F(Trace, ANameMayConsistOfAnything) {
  const TracePath path("names");
  ASSERT_EQ(goc_trace_start(path.c_str()), GOC_OK);
  const char* names[] = {"\"quotes\" \\ and \n lines", "\x01\x7F", "\xC3\xA4", "\xC3",
                         "\xF5\xED\xA0\x80",           "</script>"};
  for (const char* name : names)
    goc_test::run([=] {
      EXPECT_EQ(goc_set_name(name), GOC_OK);
      goc_yield();
    });
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.name = "from the beginning, and so long that not all of it can be kept \xC3\xA4";
  goc_wg* done = nullptr;
  ASSERT_EQ(goc_wg_new(&done), GOC_OK);
  goc_wg_add(done, 1);
  goc_go_with(
      &options, [](void* wg) { goc_wg_done(static_cast<goc_wg*>(wg)); }, done);
  EXPECT_EQ(goc_wg_wait(done, soon()), GOC_OK);
  goc_wg_release(done);
  EXPECT_EQ(goc_trace_stop(), GOC_OK);
  EXPECT_TRUE(path.valid());
}

TEST_F(Trace, AFlightRecorderIsWrittenWhenAsked) {
  const TracePath first("first"), second("second");
  ASSERT_EQ(goc_trace_start(nullptr), GOC_OK);
  for (const TracePath* path : {&first, &second}) {
    Bustle().run();
    EXPECT_EQ(goc_trace_write(path->c_str()), GOC_OK);
    EXPECT_TRUE(path->valid());
  }
  EXPECT_EQ(goc_trace_stop(), GOC_OK);
}

TEST_F(Trace, AShutdownWritesWhatThereIsAndTheNextRuntimeGoesOn) {
  const TracePath path("shutdown");
  ASSERT_EQ(goc_trace_start(path.c_str()), GOC_OK);
  Bustle().run();
  EXPECT_EQ(goc_shutdown(soon()), 0);
  EXPECT_TRUE(path.valid());
  Bustle().run();
  EXPECT_EQ(goc_trace_stop(), GOC_OK);
  EXPECT_TRUE(path.valid());
}

TEST_F(Trace, MayStartAndStopOnAGoroutineAndBeforeTheRuntime) {
  EXPECT_EQ(goc_shutdown(soon()), 0);
  {
    const Tracing tracing;
    goc_test::run([] {});
    EXPECT_EQ(Recording().count(Kind::kCreate), 1);
  }
  goc_test::run([] {
    const Tracing tracing;
    Bustle().run();
    Recording().expect_legal(Recording::kInTheirMidst);
  });
}

TEST_F(Trace, AnswersMisuse) {
  EXPECT_EQ(goc_trace_stop(), GOC_EPERM);
  EXPECT_EQ(goc_trace_write("/dev/null"), GOC_EPERM);
  EXPECT_EQ(goc_trace_write(nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_trace_start("/no/such/folder/trace"), GOC_EINVAL);
  EXPECT_EQ(errno, ENOENT);
  goc_trace_options options = GOC_TRACE_OPTIONS_INIT;
  options.size = 1;
  EXPECT_EQ(goc_trace_start_with(&options), GOC_EINVAL);
  options = GOC_TRACE_OPTIONS_INIT;
  options.memory = (size_t{1} << 30) + 1;
  EXPECT_EQ(goc_trace_start_with(&options), GOC_EINVAL);
  ASSERT_EQ(goc_trace_start_with(nullptr), GOC_OK);
  EXPECT_EQ(goc_trace_start(nullptr), GOC_EALREADY);
  EXPECT_EQ(goc_trace_write("/no/such/folder/trace"), GOC_EINVAL);
  EXPECT_EQ(goc_trace_write("/dev/full"), GOC_EINVAL);
  EXPECT_EQ(errno, ENOSPC);
  EXPECT_EQ(goc_trace_stop(), GOC_OK);
  ASSERT_EQ(goc_trace_start("/dev/full"), GOC_OK);
  goc_test::run([] {});
  EXPECT_EQ(goc_trace_stop(), GOC_EINVAL);
  EXPECT_EQ(goc_trace_stop(), GOC_EPERM);
}

}  // namespace
