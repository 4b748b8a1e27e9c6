// Timers, tickers and counted calls for tests, and a look into the heaps of the workers.
#pragma once

#include <atomic>

#include "chan_tools.h"

namespace goc_test {

inline constexpr int64_t kNever = 3600 * GOC_SECOND;

// Counts its calls.
struct Calls {
  static void add(void* c) { ++static_cast<Calls*>(c)->count; }
  std::atomic<int> count{0};
};

// A timer that is released at the end of its scope.
struct Alarm {
  explicit Alarm(int64_t ns) { EXPECT_EQ(goc_timer_new(&timer, &chan, ns), GOC_OK); }
  ~Alarm() {
    goc_timer_release(timer);
    goc_chan_release(chan);
  }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  goc_timer* timer = nullptr;
  goc_chan* chan = nullptr;
};

// A ticker likewise.
struct Ticks {
  explicit Ticks(int64_t ns) { EXPECT_EQ(goc_ticker_new(&ticker, &chan, ns), GOC_OK); }
  ~Ticks() {
    goc_ticker_release(ticker);
    goc_chan_release(chan);
  }
  Ticks(const Ticks&) = delete;
  Ticks& operator=(const Ticks&) = delete;

  goc_ticker* ticker = nullptr;
  goc_chan* chan = nullptr;
};

// No tick is there, whichever way one looks.
inline bool silent(goc_chan* ch) {
  goc_case only = receiving(ch, nullptr);
  goc_case cases[] = {receiving(ch, nullptr), receiving(nullptr, nullptr)};
  return goc_chan_recv(ch, nullptr, GOC_NOW) == GOC_EAGAIN &&
         goc_select(&only, 1, GOC_NOW) == GOC_EAGAIN && goc_select(cases, 2, GOC_NOW) == GOC_EAGAIN;
}

// No timer is in a heap.
inline bool heaps_are_empty() {
  for (uint32_t i = 0; i < goc::g_runtime.worker_count(); ++i)
    if (goc::g_runtime.worker(i).timers().earliest() != INT64_MAX) return false;
  return true;
}

// A shutdown that waits for no deadline. Idle workers may take a moment to fall asleep.
inline int shutdown_now() {
  int result = GOC_ETIMEDOUT;
  eventually([&] { return (result = goc_shutdown(goc_deadline(1))) != GOC_ETIMEDOUT; });
  return result;
}

}  // namespace goc_test
