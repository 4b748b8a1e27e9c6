// What the tests of channels, select and timers share: channels of int64_t, a crew of goroutines and
// plain threads, and a look at who waits on a channel.
#pragma once

#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "fixture.h"

namespace goc_test {

// How many wait on the channel at this moment.
size_t blocked_receivers(goc_chan* ch);
size_t blocked_senders(goc_chan* ch);

[[nodiscard]] inline int put(goc_chan* ch, int64_t value, int64_t deadline = soon()) {
  return goc_chan_send(ch, &value, deadline);
}

// Sends a value; the test fails if nobody takes it.
inline void must_put(goc_chan* ch, int64_t value, int64_t deadline = soon()) {
  EXPECT_EQ(put(ch, value, deadline), GOC_OK);
}

// The next value; the test fails if there is none.
inline int64_t take(goc_chan* ch, int64_t deadline = soon()) {
  int64_t value = -1;
  EXPECT_EQ(goc_chan_recv(ch, &value, deadline), GOC_OK);
  return value;
}

inline goc_case sending(goc_chan* ch, const void* elem) {
  return {ch, GOC_SEND, 99, const_cast<void*>(elem)};
}
inline goc_case receiving(goc_chan* ch, void* elem) { return {ch, GOC_RECV, 99, elem}; }

// A time that has passed, without being GOC_NOW.
inline int64_t passed() { return goc_now() - 1; }

// Runs f on this plain thread, then as a goroutine.
inline void on_both(const std::function<void()>& f) {
  f();
  run(f);
}

// Starts f as a goroutine that shutdown will abandon; f is deleted then, too.
inline void go_for_ever(std::function<void()> f) {
  using Box = std::function<void()>;
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void* b) { delete static_cast<Box*>(b); };
  const auto call = [](void* b) { (*static_cast<Box*>(b))(); };
  ASSERT_EQ(goc_go_with(&options, call, new Box(std::move(f))), GOC_OK);
}

// Channels that live as long as it does: for programs that leave theirs to a garbage collector.
class Channels {
 public:
  goc_chan* make(size_t elem_size = 8, size_t capacity = 0) {
    const std::lock_guard guard(mutex_);
    return channels_.emplace_back(elem_size, capacity);
  }
  void clear() { channels_.clear(); }

 private:
  std::mutex mutex_;
  std::deque<Chan> channels_;
};

// Goroutines and plain threads that work on the same thing.
class Crew {
 public:
  Crew() = default;
  ~Crew() { join(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  void goroutine(std::function<void()> f) { goroutines_.go(std::move(f)); }
  void thread(std::function<void()> f) { threads_.emplace_back(std::move(f)); }
  // Goroutines and threads in turn.
  void start(std::function<void()> f) {
    (++started_ % 2 != 0) ? goroutine(std::move(f)) : thread(std::move(f));
  }
  void wait() {
    goroutines_.wait();
    join();
  }

 private:
  void join() {
    for (std::thread& t : threads_) t.join();
    threads_.clear();
  }

  Group goroutines_;
  std::vector<std::thread> threads_;
  int started_ = 0;
};

// Random numbers that are the same in every run.
class Dice {
 public:
  explicit Dice(uint64_t seed) : rand_(seed * 0x9E3779B97F4A7C15ull) {}
  int64_t below(int64_t n) { return rand_.below(static_cast<uint32_t>(n)); }
  bool one_in(int64_t n) { return below(n) == 0; }

 private:
  goc::Rand rand_;
};

}  // namespace goc_test
