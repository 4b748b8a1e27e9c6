// Option structs and plain numbers of the C ABI: sizes, zero, limits, huge values; stacks; names.
// What the options of the runtime and of goroutines do is the subject of runtime_test.cc.
#include <string>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::kSanitized;
using goc_test::run;
using goc_test::soon;

template <class Options>
std::vector<size_t> unknown_sizes() {
  return {0, 1, sizeof(Options) - 1, sizeof(Options) + 1, 2 * sizeof(Options), SIZE_MAX};
}

// --- goc_options ---------------------------------------------------------------------------------

goc_options with(int max_procs, int max_threads, size_t stack_size) {
  return {sizeof(goc_options), max_procs, max_threads, stack_size, 0, 0};
}
goc_options with(int deadlock, int time) { return {sizeof(goc_options), 0, 0, 0, deadlock, time}; }

TEST(InitOptions, OutOfRangeStartNothing) {
  const int threads = goc_test::threads_of_process();
  std::vector<goc_options> bad = {with(-1, 0, 0),
                                  with(1025, 0, 0),
                                  with(INT32_MAX, 0, 0),
                                  with(INT32_MIN, 0, 0),
                                  with(0, -1, 0),
                                  with(0, 10001, 0),
                                  with(0, INT32_MAX, 0),
                                  with(0, 0, (size_t{1} << 30) + 1),
                                  with(0, 0, SIZE_MAX),
                                  with(-1, 0),
                                  with(4, 0),
                                  with(0, -1),
                                  with(0, 3),
                                  with(INT32_MAX, 0)};
  for (const size_t size : unknown_sizes<goc_options>()) bad.push_back({size, 0, 0, 0, 0, 0});
  for (const goc_options& options : bad) {
    EXPECT_EQ(goc_init(&options), GOC_EINVAL);
    // Fewer: a thread of the test before may still have been listed.
    EXPECT_LE(goc_test::threads_of_process(), threads);
  }
  EXPECT_EQ(goc_shutdown(GOC_NOW), 0) << "nothing runs";
}

void expect_start(const goc_options* options) {
  EXPECT_EQ(goc_init(options), GOC_OK);
  run([] {});
  EXPECT_EQ(goc_shutdown(soon()), 0);
}

TEST(InitOptions, ZeroMeansTheDefault) {
  const goc_options zero = GOC_OPTIONS_INIT;
  expect_start(&zero);
  expect_start(nullptr);
}

TEST(InitOptions, LimitsAreInRange) {
  for (const goc_options& options :
       {with(1, 1, 1), with(1024, 10000, size_t{1} << 20), with(2, 1, SIZE_MAX >> 34),
        with(GOC_DEADLOCK_FATAL, GOC_TIME_REAL), with(GOC_DEADLOCK_OFF, GOC_TIME_VIRTUAL)})
    expect_start(&options);
}

// What its struct does not have is not read.
TEST(InitOptions, OfTheFirstReleaseAreShorter) {
  constexpr size_t kFirstSize = 24;
  goc_options options = with(INT32_MAX, INT32_MAX);
  options.size = kFirstSize;
  options.max_procs = 3;
  EXPECT_EQ(goc_init(&options), GOC_OK);
  EXPECT_EQ(goc_max_procs(), 3);
  EXPECT_EQ(goc_shutdown(soon()), 0);
  options.max_procs = -1;
  EXPECT_EQ(goc_init(&options), GOC_EINVAL);
}

class Options : public goc_test::Runtime {};

// --- goc_chan_options ----------------------------------------------------------------------------

TEST_F(Options, OfAChannelOfUnknownSizeAreRefused) {
  auto* untouched = reinterpret_cast<goc_chan*>(&goc_now);
  goc_chan* ch = untouched;
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  for (const size_t size : unknown_sizes<goc_chan_options>()) {
    options.size = size;
    EXPECT_EQ(goc_chan_new_with(&ch, &options), GOC_EINVAL);
  }
  EXPECT_EQ(goc_chan_new_with(&ch, nullptr), GOC_EINVAL);
  EXPECT_EQ(ch, untouched);
}

TEST_F(Options, AChannelThatNoMemoryCouldHoldIsRefused) {
  auto* untouched = reinterpret_cast<goc_chan*>(&goc_now);
  goc_chan* ch = untouched;
  EXPECT_EQ(goc_chan_new(&ch, SIZE_MAX, 2), GOC_EINVAL);
  EXPECT_EQ(goc_chan_new(&ch, size_t{1} << 32, size_t{1} << 32), GOC_EINVAL);
  EXPECT_EQ(goc_chan_new(&ch, 1, size_t{PTRDIFF_MAX} + 1), GOC_EINVAL);
  EXPECT_EQ(ch, untouched);
  if (kSanitized) return;  // their malloc ends the process
  EXPECT_EQ(goc_chan_new(&ch, 1, PTRDIFF_MAX), GOC_ENOMEM);
  EXPECT_EQ(ch, untouched);
}

TEST_F(Options, AChannelOfNothingMayHaveAnyCapacity) {
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 0, SIZE_MAX), GOC_OK);
  EXPECT_EQ(goc_chan_cap(ch), SIZE_MAX);
  EXPECT_EQ(goc_chan_send(ch, nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_chan_len(ch), 1U);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_EAGAIN);
  goc_chan_release(ch);
}

TEST_F(Options, AChannelNameOfAnyLengthIsTaken) {
  const std::string names[] = {"", "c", std::string(63, 'x'), std::string(1000, 'x')};
  for (const std::string& name : names) {
    goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
    std::string copy = name;
    options.name = copy.c_str();
    goc_chan* ch = nullptr;
    EXPECT_EQ(goc_chan_new_with(&ch, &options), GOC_OK);
    goc_chan_release(ch);
  }
}

// --- goc_go_options ------------------------------------------------------------------------------

void never(void*) { ADD_FAILURE() << "called"; }

TEST_F(Options, OfAGoroutineThatAreBadStartNothing) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = &never;
  for (const size_t size : unknown_sizes<goc_go_options>()) {
    options.size = size;
    EXPECT_EQ(goc_go_with(&options, &never, nullptr), GOC_EINVAL);
  }
  options.size = sizeof options;
  for (const size_t stack_size : {(size_t{1} << 30) + 1, SIZE_MAX / 2, SIZE_MAX}) {
    options.stack_size = stack_size;
    EXPECT_EQ(goc_go_with(&options, &never, nullptr), GOC_EINVAL);
  }
  options.stack_size = 0;
  EXPECT_EQ(goc_go_with(&options, nullptr, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_num_goroutines(), 0);
}

// Runs f as a goroutine with these options and waits for its end.
void run_with(goc_go_options options, std::function<void()> f) {
  goc_test::Group group;
  auto body = [&] {
    f();
    goc_wg_done(group.wg());
  };
  goc_wg_add(group.wg(), 1);
  ASSERT_EQ(goc_go_with(
                &options, [](void* b) { (*static_cast<decltype(body)*>(b))(); }, &body),
            GOC_OK);
  group.wait();
}

goc_go_options with_stack(size_t bytes) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.stack_size = bytes;
  return options;
}

TEST_F(Options, StacksAreRoundedUpToAPowerOfTwo) {
  const auto size = [](size_t asked) {
    size_t result = 0;
    run_with(with_stack(asked), [&] { result = goc::current_goroutine()->stack->size(); });
    return result;
  };
  constexpr size_t kKib = 1024;
  EXPECT_EQ(size(0), 256 * kKib);
  EXPECT_EQ(size(1), 16 * kKib);
  EXPECT_EQ(size(16 * kKib), 16 * kKib);
  EXPECT_EQ(size(16 * kKib + 1), 32 * kKib);
  EXPECT_EQ(size(1000 * kKib), 1024 * kKib);
  EXPECT_EQ(size(1024 * kKib * kKib), 1024 * kKib * kKib);
}

TEST_F(Options, ALargeStackMayBeUsed) {
  run_with(with_stack(16 << 20), [] {
    volatile char deep[8 << 20];
    for (size_t i = 0; i < sizeof deep; i += 4096) deep[i] = 1;
    EXPECT_EQ(deep[4096], 1);
  });
}

TEST_F(Options, ANameIsCopiedAndCutAt63Bytes) {
  std::string name = "reader";
  const auto named = [&] {
    goc_go_options options = GOC_GO_OPTIONS_INIT;
    options.name = name.c_str();
    std::string seen;
    run_with(options, [&] { seen = goc::current_goroutine()->name(); });
    return seen;
  };
  EXPECT_EQ(named(), "reader");
  name = std::string(63, 'x');
  EXPECT_EQ(named(), name);
  name = std::string(5000, 'x');
  EXPECT_EQ(named(), std::string(63, 'x'));
  name = "";
  EXPECT_EQ(named(), "");
}

TEST_F(Options, APinnedGoroutineStaysOnItsThread) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.pinned = 1;
  run_with(options, [] {
    const pthread_t thread = pthread_self();
    for (int i = 0; i < 100; ++i) {
      goc_yield();
      EXPECT_TRUE(pthread_equal(pthread_self(), thread));
    }
    EXPECT_EQ(goc_unlock_thread(), GOC_OK);
    EXPECT_EQ(goc_unlock_thread(), GOC_EPERM);
  });
}

// --- Times ---------------------------------------------------------------------------------------

TEST(Deadlines, Saturate) {
  EXPECT_EQ(goc_deadline(INT64_MAX), GOC_FOREVER);
  EXPECT_EQ(goc_deadline(INT64_MAX - 1), GOC_FOREVER);
  for (const int64_t past : {INT64_C(0), INT64_C(-1), INT64_MIN}) {
    const int64_t deadline = goc_deadline(past);
    EXPECT_GT(deadline, GOC_NOW) << "it has passed, but it is tried once";
    EXPECT_LE(deadline, goc_now());
  }
}

TEST(Deadlines, LieAheadByWhatWasAsked) {
  const int64_t before = goc_now();
  const int64_t deadline = goc_deadline(GOC_SECOND);
  EXPECT_GE(deadline, before + GOC_SECOND);
  EXPECT_LE(deadline, goc_now() + GOC_SECOND);
}

TEST_F(Options, SleepsUntilThePastEndAtOnce) {
  const auto sleep = [] {
    for (const int64_t ns : {INT64_C(0), INT64_C(-1), INT64_MIN}) goc_sleep(ns);
    for (const int64_t at : {GOC_NOW, INT64_C(1), INT64_C(-1), INT64_MIN}) goc_sleep_until(at);
  };
  sleep();
  run(sleep);
  SUCCEED() << "it has returned";
}

}  // namespace
