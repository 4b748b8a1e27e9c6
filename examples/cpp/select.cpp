// select.cpp: waits for the first of several sends and receives, with a default or a time-out.
#include <goconc/goconc.hpp>

#include <chrono>
#include <cstdio>
#include <optional>
#include <utility>

using namespace std::chrono_literals;
using goconc::after, goconc::otherwise, goconc::recv, goconc::select, goconc::send;

// Sends Fibonacci numbers until quit is closed.
static void fibonacci(goconc::chan<long> numbers, goconc::chan<bool> quit) {
  long a = 0, b = 1;
  bool running = true;
  while (running) {
    select(send(numbers, a, [&] { a = std::exchange(b, a + b); }),
           recv(quit, [&](auto) { running = false; }));
  }
  std::printf("quit\n");
}

int main() {
  goconc::chan<long> numbers(0);
  goconc::chan<bool> quit(0);
  const auto print = [](std::optional<long> n) { std::printf("received %ld\n", *n); };

  select(recv(numbers, print), otherwise([] { std::printf("default: nothing is ready\n"); }));
  select(recv(numbers, print), after(10ms, [] { std::printf("time-out: nothing came\n"); }));

  goconc::wait_group wg;
  wg.go([=] { fibonacci(numbers, quit); });
  for (int i = 0; i < 10; i++) select(recv(numbers, print));
  quit.close();
  wg.wait();
}
