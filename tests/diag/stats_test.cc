// goc_stats(): the runtime in numbers.
#include <thread>

#include "dump_text.h"
#include "fixture.h"

namespace goc_test {
namespace {

goc_stats_t stats() {
  goc_stats_t s = GOC_STATS_INIT;
  EXPECT_EQ(goc_stats(&s), GOC_OK);
  return s;
}

class Stats : public Procs {};

TEST_P(Stats, CountWhoIsStartedEndedAndWaits) {
  Chan end(0, 0);
  Group group;
  for (int i = 0; i < 10; ++i) group.go([&] { goc_chan_recv(end, nullptr, soon()); });
  for (int i = 0; i < 5; ++i) run([] {});
  // Numbers that are read while somebody is on his way need not fit together: until all have arrived.
  goc_stats_t s = GOC_STATS_INIT;
  eventually([&s] {
    s = stats();
    return s.parks == 10 && s.timers == 10 && s.waiting == 10 && s.stacks == 10;
  });
  EXPECT_EQ(s.created, 15);
  EXPECT_EQ(s.ended, 5);
  EXPECT_EQ(s.running, 0);
  EXPECT_EQ(s.ready, 0);
  EXPECT_EQ(s.wakeups, 0);
  EXPECT_GE(s.stack_bytes, 10 * (256 << 10));
  goc_chan_close(end);
  group.wait();
  eventually([] { return stats().ended == 15 && stats().stacks == 0; });
  EXPECT_EQ(stats().wakeups, 10);
  EXPECT_EQ(stats().timers, 0);
  EXPECT_GT(stats().stacks_cached, 0);
}

TEST_P(Stats, CountWhoRunsAndWhoBlocks) {
  goc::Atom<bool> stop{false};
  Group group;
  group.go([&] {
    goc_blocking_begin();
    while (!stop) std::this_thread::yield();
    goc_blocking_end();
  });
  eventually([] { return stats().blocking == 1; });
  EXPECT_EQ(stats().running, 1);
  EXPECT_GE(stats().threads, 1);
  stop = true;
  group.wait();
}

TEST_P(Stats, CountThreadsThatAreIdle) {
  run([] {});
  eventually([] { return stats().threads_idle == stats().threads; });
  EXPECT_GE(stats().threads, 1);
}

TEST_P(Stats, CountWhoIsReady) {
  run([] {
    Group group;
    for (int i = 0; i < 100; ++i) group.go([] {});
    // Whoever is not ready any more has run, or is on its way on one of the other threads.
    const goc_stats_t s = stats();
    EXPECT_EQ(s.created, 101);
    EXPECT_GE(stats().ended + s.ready, 100 - 32 * stats().threads);
    group.wait();
  });
}

TEST_P(Stats, SampleHowLongAQueueTakes) {
  Group group;
  for (int i = 0; i < 100; ++i)
    group.go([] {
      for (int n = 0; n < 1000; ++n) goc_yield();
    });
  group.wait();
  int64_t samples = 0;
  for (const int64_t n : stats().latency) samples += n;
  EXPECT_GT(samples, 10);
}

TEST_P(Stats, SampleHowLongAThreadsGoroutinesTake) {
  for (int i = 0; i < 100; ++i) run([] {});
  int64_t samples = 0;
  for (const int64_t n : stats().latency) samples += n;
  EXPECT_GT(samples, 0);
}

GOC_FOR_1_2_4(Stats);

class StatsOfTwo : public Runtime {};

TEST_F(StatsOfTwo, CountWhoIsStolen) {
  // The parent keeps its processor, so somebody else must take the children.
  run([] {
    goc::Atom<int> done{0};
    for (int i = 0; i < 10; ++i) go([&] { ++done; });
    eventually([&] { return done == 10; });
  });
  run([] {
    goc::Atom<int> done{0};
    for (int i = 0; i < 10; ++i) go([&] { ++done; });
    const int64_t deadline = soon();
    while (done != 10 && goc_now() < deadline) goc::cpu_relax();
    EXPECT_EQ(done, 10);
  });
  EXPECT_GT(stats().steals, 0);
}

TEST(StatsWithoutRuntime, AreZero) {
  const goc_stats_t s = stats();
  EXPECT_EQ(s.created + s.ended + s.threads + s.stacks + s.stack_bytes + s.parks, 0);
}

TEST(StatsOfUnknownSize, AreAnError) {
  goc_stats_t s = GOC_STATS_INIT;
  ++s.size;
  s.created = 17;
  EXPECT_EQ(goc_stats(&s), GOC_EINVAL);
  EXPECT_EQ(s.created, 17);
  EXPECT_EQ(goc_stats(nullptr), GOC_EINVAL);
}

TEST(Latencies, HaveABucketForEachPowerOfTwo) {
  using goc::Latencies;
  EXPECT_EQ(Latencies::bucket_of(0), 0);
  EXPECT_EQ(Latencies::bucket_of(999), 0);
  EXPECT_EQ(Latencies::bucket_of(1000), 1);
  EXPECT_EQ(Latencies::bucket_of(1999), 1);
  EXPECT_EQ(Latencies::bucket_of(2000), 2);
  EXPECT_EQ(Latencies::bucket_of(1 << 20), 11);
  EXPECT_EQ(Latencies::bucket_of(INT64_MAX), Latencies::kBuckets - 1);
}

}  // namespace
}  // namespace goc_test
