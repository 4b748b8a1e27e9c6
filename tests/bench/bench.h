// bench.h: what the rows of goconc_bench share: checks, counts, results, channels, WaitGroups.
//
// A row is a function in the table of main.cc. It runs as a goroutine, or on the main thread where the
// table says so, does its work, checks the work's result with expect(), and calls report(). Each row
// has its twin in go/, function for function, or in go_host.c: whoever changes one changes both.
#ifndef GOCONC_TESTS_BENCH_BENCH_H
#define GOCONC_TESTS_BENCH_BENCH_H

#include <goconc/goconc.h>

#include <cstdint>

// Ends the process with the reason: a benchmark that goes on after an error measures nothing.
[[noreturn]] void fail(const char* why);

inline void must(int result) {
  if (result != GOC_OK) fail(goc_error_name(result));
}

inline void expect(bool holds, const char* what) {
  if (!holds) fail(what);
}

// Prints one result: name, unit and value, separated by tabs.
void report(const char* name, const char* unit, double value);

// Reports the nanoseconds per operation since start.
void report_per_op(const char* name, int64_t start, int64_t operations);

// Reports the microseconds per operation since start.
void report_microseconds_per_op(const char* name, int64_t start, int64_t operations);

// Reports the milliseconds since start.
void report_elapsed(const char* name, int64_t start);

// A count at scale 1 brought to the scale of this run, at least 1.
int64_t scaled(int64_t count, double scale);

// The sum 0 + 1 + ... + (n - 1): what a stream of n numbers must add up to.
constexpr int64_t sum_below(int64_t n) { return n * (n - 1) / 2; }

// A channel of int64_t.
class Channel {
 public:
  explicit Channel(size_t capacity = 0) { must(goc_chan_new(&chan_, sizeof(int64_t), capacity)); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel() { goc_chan_release(chan_); }

  goc_chan* get() const { return chan_; }
  void send(int64_t value) { must(goc_chan_send(chan_, &value, GOC_FOREVER)); }
  int64_t recv() {
    int64_t value;
    must(goc_chan_recv(chan_, &value, GOC_FOREVER));
    return value;
  }
  // False when the channel is closed and drained, as in Go's `for v := range c`.
  bool next(int64_t& value) {
    const int result = goc_chan_recv(chan_, &value, GOC_FOREVER);
    if (result == GOC_ECLOSED) return false;
    must(result);
    return true;
  }
  void close() { must(goc_chan_close(chan_)); }

 private:
  goc_chan* chan_ = nullptr;
};

class WaitGroup {
 public:
  WaitGroup() { must(goc_wg_new(&wg_)); }
  WaitGroup(const WaitGroup&) = delete;
  WaitGroup& operator=(const WaitGroup&) = delete;
  ~WaitGroup() { goc_wg_release(wg_); }

  void add(int64_t delta) { must(goc_wg_add(wg_, delta)); }
  void done() { must(goc_wg_done(wg_)); }
  void wait() { must(goc_wg_wait(wg_, GOC_FOREVER)); }
  int64_t count() const { return goc_wg_count(wg_); }

 private:
  goc_wg* wg_ = nullptr;
};

// Starts fn(&argument) as a goroutine; argument must outlive it.
template <class T>
void go(void (*fn)(void*), T& argument) {
  must(goc_go(fn, &argument));
}

// Jobs of several rows, which differ in who does them (scheduling.cc): so many round trips with a
// goroutine, and so many goroutines that end at once.
void round_trips(const char* row, int64_t rounds);
void spawn_all(const char* row, int64_t count);

// The rows, by source file.
void bench_yield(double scale);  // scheduling.cc
void bench_ping_pong(double scale);
void bench_trace(double scale);
void bench_ring(double scale);
void bench_spawn(double scale);
void bench_skynet(double scale);
void bench_wake(double scale);

void bench_spsc(double scale);  // channels.cc
void bench_mpmc(double scale);
void bench_solo(double scale);
void bench_select(double scale);
void bench_select_ready(double scale);
void bench_try(double scale);
void bench_sieve(double scale);

void bench_mutex(double scale);  // sync_time.cc
void bench_timer(double scale);
void bench_sleepers(double scale);
void bench_short_sleep(double scale);

void bench_parked_memory(double scale);  // memory.cc
void bench_park_million(double scale);
void bench_idle(double scale);

void bench_http(double scale);  // http.cc
void bench_http_idle(double scale);

void bench_thread(double scale);  // thread.cc
void bench_thread_spawn(double scale);

#endif
