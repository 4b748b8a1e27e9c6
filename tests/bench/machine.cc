// machine.cc: what the machine takes, without goconc, for the acts that some rows cannot do without.
//
// Prints lines as goconc_bench does: the README holds them against the rows.
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace {

int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * INT64_C(1'000'000'000) + t.tv_nsec;
}

template <class Act>
void measure(const char* name, int64_t count, Act act) {
  const int64_t start = now();
  act(count);
  const int64_t elapsed = now() - start;
  std::printf("%s\tns\t%.1f\n", name, static_cast<double>(elapsed) / static_cast<double>(count));
}

// A thread sleeps in it until another one has set it.
class Event {
 public:
  void set() {
    word_.store(1, std::memory_order_release);
    futex(FUTEX_WAKE_PRIVATE, 1);
  }
  void wait() {
    while (word_.exchange(0, std::memory_order_acquire) == 0) futex(FUTEX_WAIT_PRIVATE, 0);
  }

 private:
  void futex(int operation, uint32_t value) {
    syscall(SYS_futex, &word_, operation, value, nullptr, nullptr, 0);
  }
  std::atomic<uint32_t> word_{0};
};

void wake_each_other(int64_t count) {
  Event ping, pong;
  std::thread echo([&] {
    for (int64_t i = 0; i < count; i++) {
      ping.wait();
      pong.set();
    }
  });
  for (int64_t i = 0; i < count; i++) {
    ping.set();
    pong.wait();
  }
  echo.join();
}

void sleep_shortly(int64_t count) {
  constexpr timespec kTime = {0, 50'000};
  for (int64_t i = 0; i < count; i++) clock_nanosleep(CLOCK_MONOTONIC, 0, &kTime, nullptr);
}

std::atomic<int64_t> counter{0};

void count_alone(int64_t count) {
  for (int64_t i = 0; i < count; i++) counter.fetch_add(1);
}

void count_in_two_threads(int64_t count) {
  std::thread other(count_alone, count / 2);
  count_alone(count / 2);
  other.join();
}

constexpr size_t kPage = 4096;

char* map(size_t bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) {
    std::perror("bench_machine: mmap");
    std::exit(EXIT_FAILURE);
  }
  madvise(at, bytes, MADV_NOHUGEPAGE);
  return static_cast<char*>(at);
}

// As goconc does: a guard below, a page at the top that is populated before it is touched.
void make_stacks(int64_t count) {
  constexpr size_t kStack = size_t{256} << 10;
  char* stack = map(static_cast<size_t>(count) * kStack);
  for (int64_t i = 0; i < count; i++, stack += kStack) {
    char* top = stack + kStack - kPage;
    if (madvise(stack, kPage, MADV_GUARD_INSTALL) != 0) mprotect(stack, kPage, PROT_NONE);
    madvise(top, kPage, MADV_POPULATE_WRITE);
    *static_cast<volatile char*>(top) = 1;
  }
}

// The pages of a dense heap, in which Go's stacks lie two to a page.
void touch_pages(int64_t count) {
  volatile char* heap = map(static_cast<size_t>(count) * kPage);
  for (int64_t i = 0; i < count; i++, heap += kPage) *heap = 1;
}

}  // namespace

int main() {
  measure("two wakes of sleeping threads", 2'000, wake_each_other);
  measure("a sleep of 50,000 ns", 2'000, sleep_shortly);
  measure("an atomic addition, one thread", 10'000'000, count_alone);
  measure("an atomic addition, two threads", 10'000'000, count_in_two_threads);
  measure("a new stack of 256 KiB", 10'000, make_stacks);
  measure("a new page of a dense heap", 10'000, touch_pages);
}
