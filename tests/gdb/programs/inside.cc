// Goroutines that C++ has started; and the library's own types as gdb prints them, where there is debug
// information about them.
#include <goconc/goconc.hpp>

#include <atomic>
#include <cstdlib>
#include <thread>

#include "chan/channel.h"
#include "sched/waiter.h"

const goc::Goroutine* receiver = nullptr;
goc::Channel* channel = nullptr;

__attribute__((noinline)) void look() { __asm__ volatile(""); }

int main() {
  goc_options options = GOC_OPTIONS_INIT;
  options.max_threads = 1;
  if (goc_init(&options) != GOC_OK) return 1;
  const goconc::chan<long> numbers;
  channel = static_cast<goc::Channel*>(reinterpret_cast<goc::Object*>(numbers.native()));
  const goconc::wait_group end, parked;
  std::atomic<bool> begun{false};
  end.go([&] {
    receiver = goc::current_goroutine();
    begun = true;
    if (numbers.recv() != 5) std::abort();
  });
  while (!begun) std::this_thread::yield();
  parked.go([] {});  // on the one worker, once the other one has left it
  parked.wait();
  while (goconc::num_goroutines() != 1) std::this_thread::yield();
  look();
  numbers.send(5);
  end.wait();
}
