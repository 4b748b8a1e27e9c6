// boost.cc: a rival of goconc_bench with Boost.Fiber, for two rows on one thread.
//
// Prints what goconc_bench prints. Boost's buffered channel holds one value less than its capacity,
// a power of two, so 2,048 comes next to the 1,024 of the row. Not here: spawn. Each fiber is given
// its stack when it is made, and a million of them do not fit.
#include <boost/fiber/all.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

using Clock = std::chrono::steady_clock;
using boost::fibers::fiber;
using boost::fibers::launch;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "boost_bench: %s\n", what);
  std::exit(EXIT_FAILURE);
}

void report_per_op(const char* name, Clock::time_point start, int64_t operations) {
  const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
  std::printf("%s\tns\t%.3f\n", name, elapsed.count() / static_cast<double>(operations));
}

void ping_pong(double scale) {
  const auto rounds = static_cast<int64_t>(2'000'000 * scale);
  boost::fibers::unbuffered_channel<int64_t> ping, pong;
  const auto start = Clock::now();
  fiber echo(launch::post, [&] {
    for (int64_t value : ping) pong.push(value + 1);
  });
  int64_t value = 0;
  for (int64_t i = 0; i < rounds; i++) {
    ping.push(value);
    value = pong.value_pop();
  }
  report_per_op("ping-pong", start, rounds);
  expect(value == rounds, "ping-pong: wrong value");
  ping.close();
  echo.join();
}

void spsc(double scale) {
  const auto count = static_cast<int64_t>(10'000'000 * scale);
  boost::fibers::buffered_channel<int64_t> channel(2048);
  const auto start = Clock::now();
  fiber producer(launch::post, [&] {
    for (int64_t i = 0; i < count; i++) channel.push(i);
  });
  int64_t sum = 0;
  for (int64_t i = 0; i < count; i++) sum += channel.value_pop();
  report_per_op("spsc", start, count);
  expect(sum == count * (count - 1) / 2, "spsc: wrong sum");
  producer.join();
}

}  // namespace

int main(int argc, char** argv) {
  const bool scaled = argc == 4 && std::strcmp(argv[2], "--scale") == 0;
  const double scale = scaled ? std::atof(argv[3]) : 1;
  expect((argc == 2 || scaled) && scale > 0, "usage: boost_bench ROW [--scale F]");
  const char* row = argv[1];
  if (std::strcmp(row, "ping-pong") == 0) {
    ping_pong(scale);
  } else if (std::strcmp(row, "spsc") == 0) {
    spsc(scale);
  } else {
    expect(false, "no such row");
  }
}
