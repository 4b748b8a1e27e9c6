// sync_time.cc: rows about the mutex, timers and sleeping.
#include <algorithm>
#include <vector>

#include "bench.h"

namespace {

struct Counter {
  goc_mutex* mutex;
  int64_t value;
  int64_t steps;  // that each goroutine adds
  WaitGroup wg;
};

void count_up(void* arg) {
  auto& counter = *static_cast<Counter*>(arg);
  for (int64_t i = 0; i < counter.steps; i++) {
    must(goc_mutex_lock(counter.mutex, GOC_FOREVER));
    counter.value++;
    must(goc_mutex_unlock(counter.mutex));
  }
  counter.wg.done();
}

struct Sleeper {
  int64_t lateness;
  WaitGroup* wg;
};

void sleep_a_second(void* arg) {
  auto& sleeper = *static_cast<Sleeper*>(arg);
  const int64_t start = goc_now();
  goc_sleep(GOC_SECOND);
  sleeper.lateness = goc_now() - start - GOC_SECOND;
  sleeper.wg->done();
}

}  // namespace

void bench_mutex(double scale) {
  constexpr int kGoroutines = 8;
  Counter counter = {};
  must(goc_mutex_new(&counter.mutex));
  counter.steps = scaled(20'000'000, scale) / kGoroutines;
  const int64_t total = counter.steps * kGoroutines;
  const int64_t start = goc_now();
  for (int i = 0; i < kGoroutines; i++) {
    counter.wg.add(1);
    go(count_up, counter);
  }
  counter.wg.wait();
  report_per_op("mutex", start, total);
  expect(counter.value == total, "mutex: a step got lost");
  goc_mutex_release(counter.mutex);
}

void bench_timer(double scale) {
  const int64_t count = scaled(2'000'000, scale);
  int64_t stopped = 0;
  const int64_t start = goc_now();
  for (int64_t i = 0; i < count; i++) {
    goc_timer* timer;
    must(goc_timer_new(&timer, nullptr, 3600 * GOC_SECOND));
    stopped += goc_timer_stop(timer);
    goc_timer_release(timer);
  }
  report_per_op("timer", start, count);
  expect(stopped == count, "timer: not stopped");
}

void bench_short_sleep(double scale) {
  const int64_t count = scaled(1'000, scale);
  const int64_t start = goc_now();
  for (int64_t i = 0; i < count; i++) goc_sleep(50 * GOC_MICROSECOND);
  const int64_t elapsed = goc_now() - start;
  report_microseconds_per_op("short-sleep", start, count);
  expect(elapsed >= count * 50 * GOC_MICROSECOND, "short-sleep: woken too early");
}

void bench_sleepers(double scale) {
  WaitGroup wg;
  std::vector<Sleeper> sleepers(scaled(100'000, scale));
  const int64_t start = goc_now();
  for (Sleeper& sleeper : sleepers) {
    sleeper.wg = &wg;
    wg.add(1);
    go(sleep_a_second, sleeper);
  }
  wg.wait();
  report_elapsed("sleepers", start);
  const auto [earliest, latest] = std::minmax_element(
      sleepers.begin(), sleepers.end(),
      [](const Sleeper& a, const Sleeper& b) { return a.lateness < b.lateness; });
  expect(earliest->lateness >= 0, "sleepers: woken too early");
  report("lateness", "ms", static_cast<double>(latest->lateness) / GOC_MILLISECOND);
}
