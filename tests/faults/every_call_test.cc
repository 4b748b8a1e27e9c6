// The k-th call to the operating system fails, for every k, until the scenario passes untouched: each
// time every result is documented, nothing leaks, and the runtime can be used afterwards. Where that takes
// long, every fifth k.
#include "failing_calls.h"
#include "fixture.h"
#include "scenario.h"

namespace {

using goc::os::Call;
using goc_test::eventually;
using goc_test::FailingCalls;
using goc_test::soon;

struct Kind {
  Call call;
  const char* name;
  int least;  // how many such calls the scenario makes at least

  friend std::ostream& operator<<(std::ostream& out, const Kind& kind) { return out << kind.name; }
};

// How many calls fail one after the other.
class EveryCall : public testing::TestWithParam<std::tuple<Kind, int>> {
 protected:
  void SetUp() override {
    objects_ = goc_test::live_objects();
    threads_ = goc_test::threads_of_process();
  }
  void expect_as_before() const {
    EXPECT_FALSE(goc::g_runtime.started());
    EXPECT_EQ(goc_num_goroutines(), 0);
    EXPECT_EQ(goc::g_runtime.stacks.in_use(), 0);
    EXPECT_EQ(goc_test::live_objects(), objects_) << "handles are left";
    eventually([this] { return goc_test::threads_of_process() <= threads_; });
  }

 private:
  int64_t objects_ = 0;
  int threads_ = 0;
};

const Kind kKinds[] = {
    {Call::kMap, "Map", 5},
    {Call::kGuard, "Guard", 3},
    {Call::kThread, "Thread", 3},
    {Call::kAllocate, "Allocate", 50},
    {Call::kDescriptor, "Descriptor", 3},
    {Call::kClock, "Clock", 1},
};
std::string name_of(const testing::TestParamInfo<std::tuple<Kind, int>>& info) {
  const auto& [kind, failing] = info.param;
  return kind.name + std::string("Times") + std::to_string(failing);
}
INSTANTIATE_TEST_SUITE_P(Fails, EveryCall,
                         testing::Combine(testing::ValuesIn(kKinds), testing::Values(1, 10)),
                         name_of);

void expect_usable() {
  goc_test::run([] {
    goc_test::Chan chan(sizeof(int), 0);
    goc_test::Group group;
    group.go([&] { EXPECT_EQ(goc_chan_send(chan, "abc", soon()), GOC_OK); });
    EXPECT_EQ(goc_chan_recv(chan, nullptr, soon()), GOC_OK);
    group.wait();
  });
  EXPECT_EQ(goc_shutdown(soon()), 0);
}

TEST_P(EveryCall, LeavesNothingBehindAndTheRuntimeUsable) {
  const auto& [kind, failing] = GetParam();
  const int step = goc_test::effort(5) == 5 ? 1 : 5;
  int k = 0;
  for (bool touched = true; touched && !HasFailure(); k += step) {
    SCOPED_TRACE("k = " + std::to_string(k));
    {
      const FailingCalls calls(kind.call, k, failing);
      goc_test::run_scenario();
      touched = FailingCalls::failures() != 0;
    }
    expect_as_before();
    expect_usable();
    expect_as_before();
  }
  EXPECT_GT(k, kind.least) << "a hook is not asked any more";
}

// Without failures every part comes to its end: what they show is no void.
TEST(Scenario, IsCarriedOutWhole) {
  const goc_test::Completed before = goc_test::completed();
  goc_test::run_scenario();
  const goc_test::Completed after = goc_test::completed();
  EXPECT_EQ(after.channels - before.channels, 8);
  EXPECT_EQ(after.goroutines - before.goroutines, 3);
  EXPECT_EQ(after.selects - before.selects, 2);
  EXPECT_EQ(after.timers - before.timers, 2);
  EXPECT_EQ(after.locks - before.locks, 2);
  EXPECT_EQ(after.groups - before.groups, 4);
  EXPECT_EQ(after.contexts - before.contexts, 2);
  EXPECT_EQ(after.ports - before.ports, 2);
  EXPECT_EQ(after.stand_ins - before.stand_ins, 1);
  EXPECT_EQ(after.descriptors - before.descriptors, 2);
}

}  // namespace
