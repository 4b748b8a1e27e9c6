// thread.cc: rows about a plain thread that uses goroutines, as the threads of a host program do. Their
// twins are in go_host.c.
#include "bench.h"

namespace {

struct Echo {
  Channel ping, pong;
  WaitGroup wg;
};

void echo(void* arg) {
  auto& job = *static_cast<Echo*>(arg);
  for (int64_t value; job.ping.next(value);) job.pong.send(value + 1);
  job.wg.done();
}

void done(void* arg) { static_cast<WaitGroup*>(arg)->done(); }

}  // namespace

void bench_thread(double scale) {
  const int64_t rounds = scaled(20'000, scale);
  Echo job;
  job.wg.add(1);
  go(echo, job);
  const int64_t start = goc_now();
  int64_t value = 0;
  for (int64_t i = 0; i < rounds; i++) {
    job.ping.send(value);
    value = job.pong.recv();
  }
  report_per_op("thread", start, rounds);
  expect(value == rounds, "thread: wrong value");
  job.ping.close();
  job.wg.wait();
}

void bench_thread_spawn(double scale) {
  const int64_t count = scaled(200'000, scale);
  WaitGroup wg;
  const int64_t start = goc_now();
  for (int64_t i = 0; i < count; i++) {
    wg.add(1);
    go(done, wg);
  }
  wg.wait();
  report_per_op("thread-spawn", start, count);
  expect(wg.count() == 0, "thread-spawn: the WaitGroup let go too early");
}
