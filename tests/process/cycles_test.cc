// What comes and goes ten thousand times leaves nothing: runtimes, and threads of the program.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::soon;

// What the process has of the system.
struct Holdings {
  int threads = goc_test::threads_of_process();
  int64_t descriptors = count_descriptors();
  int64_t mappings = count_mappings();
  int64_t address_space = pages(0);
  int64_t memory = pages(1);

  static int64_t count_descriptors() {
    using Entries = std::filesystem::directory_iterator;
    return std::distance(Entries("/proc/self/fd"), Entries());
  }
  static int64_t count_mappings() {
    std::ifstream maps("/proc/self/maps");
    int64_t count = 0;
    for (std::string line; std::getline(maps, line);) ++count;
    return count;
  }
  static int64_t pages(int column) {
    std::ifstream statm("/proc/self/statm");
    int64_t value = 0;
    for (int i = 0; i <= column; ++i) statm >> value;
    return value;
  }
};

// One more worker that stands in, or a few more arenas of malloc, of 64 MiB each, are no leak; a page
// per cycle is.
void expect_no_more(const Holdings& now, const Holdings& before) {
  EXPECT_LE(now.threads, before.threads);
  EXPECT_LE(now.descriptors, before.descriptors);
  if (goc_test::kSanitized) return;  // they keep what was freed, and notes about every thread
  EXPECT_LE(now.mappings, before.mappings + 16);
  constexpr int64_t kArena = 16384;
  EXPECT_LE(now.address_space, before.address_space + 3 * kArena);
  EXPECT_LE(now.memory, before.memory + 256);
}

// Runs `cycle` so many times; from the hundredth to the last nothing must have been added.
void expect_flat(int64_t cycles, const std::function<void()>& cycle) {
  const int64_t first = std::min<int64_t>(cycles / 2, 100);
  for (int64_t i = 0; i < first; ++i) cycle();
  const Holdings before;
  for (int64_t i = first; i < cycles && !testing::Test::HasFailure(); ++i) cycle();
  eventually([&] { return goc_test::threads_of_process() <= before.threads; });
  expect_no_more(Holdings(), before);
}

// --- Runtimes ---------------------------------------------------------------------------------------

TEST(Cycles, StressOfInitAndShutdownLeaveNothing) {
  static goc_chan* never;
  ASSERT_EQ(goc_chan_new(&never, 0, 0), GOC_OK);
  const int64_t objects = goc_test::live_objects();
  expect_flat(effort(10000), [] {
    ASSERT_EQ(goc_init(nullptr), GOC_OK);
    ASSERT_EQ(goc_go([](void*) { goc_chan_recv(never, nullptr, GOC_FOREVER); }, nullptr), GOC_OK);
    Chan chan(8, 0);
    Group group;
    group.go([&] {
      const int64_t value = 7;
      goc_sleep(1);
      EXPECT_EQ(goc_chan_send(chan, &value, soon()), GOC_OK);
    });
    int64_t value = 0;
    ASSERT_EQ(goc_chan_recv(chan, &value, soon()), GOC_OK);
    ASSERT_EQ(value, 7);
    group.wait();
    ASSERT_EQ(goc_shutdown(soon()), 1);
  });
  EXPECT_EQ(goc_test::live_objects(), objects);
  goc_chan_release(never);
}

// --- Threads of the program -------------------------------------------------------------------------

class Visitors : public goc_test::Procs {
 protected:
  // A worker more than before is none for long.
  void SetUp() override {
    goc::Runtime::Options options;
    options.max_procs = GetParam();
    options.idle_life = 20 * GOC_MILLISECOND;
    start(options);
  }

  // Adds one to each number that comes, until the channel is closed.
  void serve() {
    server_.go([this] {
      int64_t value;
      while (goc_chan_recv(questions_, &value, GOC_FOREVER) == GOC_OK) {
        ++value;
        EXPECT_EQ(goc_chan_send(answers_, &value, soon()), GOC_OK);
      }
    });
  }
  void stop_serving() {
    goc_chan_close(questions_);
    server_.wait();
  }

  // The life of a thread that uses a little of everything, and waits in it.
  void visit() {
    int64_t value = 0;
    EXPECT_EQ(goc_chan_send(questions_, &value, soon()), GOC_OK);
    goc_case either[] = {{answers_, GOC_RECV, 0, &value}, {never_, GOC_RECV, 0, nullptr}};
    EXPECT_EQ(goc_select(either, 2, soon()), 0);
    EXPECT_EQ(value, 1);
    EXPECT_EQ(goc_chan_recv(never_, nullptr, goc_deadline(1)), GOC_ETIMEDOUT);
    goc_test::run([this] { ++visits_; });
    // Often enough for a lock to take to this thread: the next thread may get its thread-locals.
    for (int64_t i = 0; i < 1500; ++i) {
      EXPECT_EQ(goc_chan_send(much_used_, &i, soon()), GOC_OK);
      EXPECT_EQ(goc_chan_recv(much_used_, &value, soon()), GOC_OK);
    }
  }

  int64_t visits() const { return visits_; }

 private:
  Chan questions_{8, 0};
  Chan answers_{8, 0};
  Chan never_{0, 0};
  Chan much_used_{8, 4};
  goc::Atom<int64_t> visits_{0};
  Group server_;
};
GOC_FOR_ALL_PROCS(Visitors);

TEST_P(Visitors, StressThreadsThatComeAndGoLeaveNothing) {
  const int64_t cycles = effort(1000);
  serve();
  expect_flat(cycles, [this] {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) threads.emplace_back([this] { visit(); });
    for (std::thread& thread : threads) thread.join();
  });
  EXPECT_EQ(visits(), 3 * cycles);
  stop_serving();
}

}  // namespace
