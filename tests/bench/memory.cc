// memory.cc: rows about goroutines that do nothing: what they take in memory and processor time.
#include <cstdio>
#include <ctime>

#include "bench.h"

namespace {

// Goroutines that are blocked in a receive of one channel.
struct Crowd {
  Channel never;
  WaitGroup started, ended;
};

void wait_for_ever(void* arg) {
  auto& crowd = *static_cast<Crowd*>(arg);
  crowd.started.done();
  int64_t value;
  expect(!crowd.never.next(value), "parked: received a value that nobody sent");
  crowd.ended.done();
}

// Ends when all are blocked, but for those that have just said so.
void park(Crowd& crowd, int64_t count) {
  crowd.ended.add(count);
  for (int64_t i = 0; i < count; i++) {
    crowd.started.add(1);
    go(wait_for_ever, crowd);
  }
  crowd.started.wait();
}

void unpark(Crowd& crowd, int64_t count) {
  expect(crowd.ended.count() == count, "parked: a goroutine did not wait");
  crowd.never.close();
  crowd.ended.wait();
}

// Bytes of memory that this process holds: resident pages and the page tables for them.
int64_t memory_in_use() {
  std::FILE* status = std::fopen("/proc/self/status", "r");
  expect(status != nullptr, "cannot read /proc/self/status");
  int64_t kib = 0;
  for (char line[256]; std::fgets(line, sizeof line, status) != nullptr;) {
    long value;
    if (std::sscanf(line, "VmRSS: %ld kB", &value) == 1) kib += value;
    if (std::sscanf(line, "VmPTE: %ld kB", &value) == 1) kib += value;
  }
  std::fclose(status);
  return kib * 1024;
}

double cpu_milliseconds() {
  timespec used;
  expect(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) == 0, "cannot read the CPU clock");
  return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

}  // namespace

void bench_parked_memory(double scale) {
  const int64_t count = scaled(1'000'000, scale);
  Crowd crowd;
  const int64_t before = memory_in_use();
  park(crowd, count);
  const int64_t bytes = memory_in_use() - before;
  report("parked-memory", "B", static_cast<double>(bytes) / static_cast<double>(count));
  unpark(crowd, count);
}

void bench_park_million(double scale) {
  const int64_t count = scaled(1'000'000, scale);
  Crowd crowd;
  const int64_t start = goc_now();
  park(crowd, count);
  report_per_op("park-million", start, count);
  unpark(crowd, count);
}

void bench_idle(double scale) {
  constexpr int64_t kGoroutines = 1000;
  Crowd crowd;
  park(crowd, kGoroutines);
  const double before = cpu_milliseconds();
  goc_sleep(scaled(10 * GOC_SECOND, scale));
  report("idle", "ms", cpu_milliseconds() - before);
  unpark(crowd, kGoroutines);
}
