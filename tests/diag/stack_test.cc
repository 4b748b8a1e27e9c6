// The stacks of a dump, and where goroutines were started: functions, files and lines.
#include <string>

#include "dump_text.h"
#include "fixture.h"

namespace goc_test {
namespace {

#define LINE_BEFORE ("stack_test.cc:" + std::to_string(__LINE__ - 1))

class DumpStack : public Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_chan_new(&end_, 0, 0), GOC_OK);
  }
  void TearDown() override {
    goc_chan_close(end_);
    eventually([] { return goc_num_goroutines() == 0; });
    goc_chan_release(end_);
    Procs::TearDown();
  }
  // All goroutines, once so many wait for the end of the test.
  static DumpText once_waiting(size_t count) {
    DumpText dump;
    eventually([&] {
      dump = dumped();
      size_t waiting = 0;
      for (const Paragraph& p : dump.paragraphs)
        waiting += p.state.starts_with("channel receive") ? p.count : 0;
      return waiting == count;
    });
    return dump;
  }

  goc_chan* end_ = nullptr;
};

// Frames that no compiler may put together.
__attribute__((noinline)) void wait_for_end(goc_chan* end) {
  goc_chan_recv(end, nullptr, GOC_FOREVER);
  __asm__ volatile("" ::: "memory");
}
__attribute__((noinline)) void climb(goc_chan* end, int depth) {
  depth == 0 ? wait_for_end(end) : climb(end, depth - 1);
  __asm__ volatile("" ::: "memory");
}
void climb_a_little(void* end) {
  climb(static_cast<goc_chan*>(end), 3);
  __asm__ volatile("" ::: "memory");
}
void climb_far(void* end) {
  climb(static_cast<goc_chan*>(end), 1000);
  __asm__ volatile("" ::: "memory");
}
void wait_at_once(void* end) {
  wait_for_end(static_cast<goc_chan*>(end));
  __asm__ volatile("" ::: "memory");
}

TEST_P(DumpStack, HasTheCallsOfTheProgramFromTheLatestOn) {
  ASSERT_EQ(goc_go(climb_a_little, end_), GOC_OK);
  const Paragraph p = once_waiting(1).paragraphs.front();
  size_t at = 0;
  while (at < p.frames.size() && p.frames[at].find("wait_for_end") == std::string::npos) ++at;
  ASSERT_EQ(at + 6, p.frames.size()) << testing::PrintToString(p.frames);
  for (size_t i = 1; i <= 4; ++i)
    EXPECT_NE(p.frames[at + i].find("climb("), std::string::npos) << p.frames[at + i];
  EXPECT_NE(p.frames.back().find("climb_a_little"), std::string::npos) << p.frames.back();
  for (const std::string& frame : p.frames)
    EXPECT_EQ(frame.find("goc::"), std::string::npos) << "of the runtime: " << frame;
  EXPECT_NE(p.frames[at].find("stack_test.cc:"), std::string::npos) << p.frames[at];
}

TEST_P(DumpStack, OneThatIsDeepIsCut) {
  ASSERT_EQ(goc_go(climb_far, end_), GOC_OK);
  const Paragraph p = once_waiting(1).paragraphs.front();
  EXPECT_TRUE(p.contains("wait_for_end"));
  EXPECT_GT(p.frames.size(), 50U);
  EXPECT_LE(p.frames.size(), 101U);
}

TEST_P(DumpStack, OthersThanTheCallersAreApart) {
  ASSERT_EQ(goc_go(climb_a_little, end_), GOC_OK);
  ASSERT_EQ(goc_go(wait_at_once, end_), GOC_OK);
  ASSERT_EQ(goc_go(wait_at_once, end_), GOC_OK);
  const DumpText dump = once_waiting(3);
  EXPECT_EQ(dump.paragraphs.size(), 3U) << "different stacks, or started at different places";
  for (const Paragraph& p : dump.paragraphs) EXPECT_EQ(p.count, 1U);
}

// --- Where it was started ---------------------------------------------------------------------------

void expect_created(const Paragraph& p, const std::string& by, const std::string& line) {
  EXPECT_NE(p.creator.find(by), std::string::npos) << p.creator;
  EXPECT_TRUE(p.creator.ends_with(line)) << p.creator << " is not " << line;
}

__attribute__((noinline)) std::string spawn_here(goc_chan* end) {
  EXPECT_EQ(goc_go(wait_at_once, end), GOC_OK);
  return LINE_BEFORE;
}

TEST_P(DumpStack, CreatedByAFunctionOfAThread) {
  const std::string line = spawn_here(end_);
  expect_created(once_waiting(1).paragraphs.front(), "spawn_here", line);
}

TEST_P(DumpStack, CreatedByAGoroutine) {
  std::string line;
  run([&] { line = spawn_here(end_); });
  expect_created(once_waiting(1).paragraphs.back(), "spawn_here", line);
}

TEST_P(DumpStack, KnowsAlsoWhoHasNotRunYet) {
  goc::Runtime::Options options;
  options.max_procs = options.max_threads = 1;
  ASSERT_EQ(goc_shutdown(soon()), 0);
  ASSERT_EQ(goc::g_runtime.start(options), GOC_OK);
  run([&] {
    const std::string line = spawn_here(end_);
    const DumpText dump = dumped();
    ASSERT_EQ(dump.paragraphs.size(), 2U);
    EXPECT_EQ(dump.paragraphs.back().state, "new");
    EXPECT_TRUE(dump.paragraphs.back().contains("wait_at_once")) << "its function";
    expect_created(dump.paragraphs.back(), "spawn_here", line);
  });
}

TEST_P(DumpStack, CreatedByEachFunctionThatStartsGoroutines) {
  goc_wg* wg;
  goc_group* group;
  goc_flight* flight;
  goc_timer* timer;
  goc_chan* result;
  ASSERT_EQ(goc_wg_new(&wg), GOC_OK);
  ASSERT_EQ(goc_group_new(&group), GOC_OK);
  ASSERT_EQ(goc_flight_new(&flight), GOC_OK);
  const auto task = [](void* end) {
    wait_at_once(end);
    return 0;
  };
  const auto call = [](void* end, void**) {
    wait_at_once(end);
    return 0;
  };
  const goc_go_options options = GOC_GO_OPTIONS_INIT;
  ASSERT_EQ(goc_wg_go(wg, wait_at_once, end_), GOC_OK);
  ASSERT_EQ(goc_group_go(group, task, end_, GOC_FOREVER), GOC_OK);
  ASSERT_EQ(goc_flight_start(flight, "k", 1, call, end_, &result), GOC_OK);
  ASSERT_EQ(goc_go_with(&options, wait_at_once, end_), GOC_OK);
  ASSERT_EQ(goc_after_func(&timer, 0, wait_at_once, end_), GOC_OK);
  const DumpText dump = once_waiting(5);
  int by_timer = 0;
  for (const Paragraph& p : dump.paragraphs) {
    by_timer += p.creator == "a timer";
    if (p.creator == "a timer") continue;
    EXPECT_NE(p.creator.find("CreatedByEachFunction"), std::string::npos) << p.creator;
  }
  EXPECT_EQ(by_timer, 1);
  goc_chan_close(end_);
  EXPECT_EQ(goc_wg_wait(wg, soon()), GOC_OK);
  EXPECT_EQ(goc_group_wait(group, nullptr, soon()), GOC_OK);
  goc_flight_result landed;
  EXPECT_EQ(goc_chan_recv(result, &landed, soon()), GOC_OK);
  goc_wg_release(wg);
  goc_group_release(group);
  goc_flight_release(flight);
  goc_timer_release(timer);
  goc_chan_release(result);
}

GOC_FOR_1_2_4(DumpStack);

}  // namespace
}  // namespace goc_test
