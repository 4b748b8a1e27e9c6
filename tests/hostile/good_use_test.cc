// Every function of the C ABI with what it asks for: on a thread, on a goroutine, and once more after
// the runtime has been stopped, with handles from before.
#include "declarations.h"
#include "functions.h"

namespace {

using goc_test::Function;
using goc_test::soon;

class GoodUse : public goc_test::Runtime, public testing::WithParamInterface<Function> {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    argument_ = goc_test::make(GetParam().takes);
  }
  void TearDown() override {
    goc_test::discard(GetParam().takes, argument_);
    Runtime::TearDown();
  }
  void expect(int64_t result) {
    EXPECT_EQ(GetParam().call(argument_), result);
    EXPECT_TRUE(goc_test::documented(GetParam().name, result)) << goc_error_name(result);
  }

  void* argument_ = nullptr;
};
INSTANTIATE_TEST_SUITE_P(Of, GoodUse, testing::ValuesIn(goc_test::functions()), goc_test::by_name);

TEST_P(GoodUse, OnAThread) { expect(GetParam().on_thread); }

TEST_P(GoodUse, OnAGoroutine) {
  goc_test::run([this] { expect(GetParam().on_goroutine); });
}

// It works, starts a new runtime, or tells why not.
TEST_P(GoodUse, AfterShutdown) {
  ASSERT_EQ(goc_shutdown(soon()), 0);
  expect(GetParam().after_shutdown);
  EXPECT_EQ(goc::g_runtime.started(), GetParam().starts_runtime);
  EXPECT_EQ(goc_shutdown(soon()), 0);
  goc_test::run([] {});  // there can be another one
}

class AfterShutdown : public goc_test::Runtime, public testing::WithParamInterface<Function> {
 protected:
  // The runtime is stopped; what was alive or released before is so still.
  void SetUp() override {
    Runtime::SetUp();
    alive_ = goc_test::make_handles();
    released_ = goc_test::make_released(1);
    goc_timer_stop(goc_test::timer(alive_[goc_test::kTimer]));
    ASSERT_EQ(goc_shutdown(soon()), 0);
  }
  void TearDown() override {
    goc_timer_reset(goc_test::timer(alive_[goc_test::kTimer]), INT64_MAX);
    goc_test::expect_untouched(alive_);
    goc_test::release_handles(alive_);
    Runtime::TearDown();
  }

  goc_test::Handles alive_{};
  goc_test::Handles released_{};
};
INSTANTIATE_TEST_SUITE_P(Of, AfterShutdown, testing::ValuesIn(goc_test::functions()),
                         goc_test::by_name);

TEST_P(AfterShutdown, MisuseIsAnswered) {
  const Function& f = GetParam();
  if (f.takes == goc_test::kNothing) return;
  EXPECT_EQ(f.call(nullptr), f.with_null);
  for (int type = 0; type < goc_test::kHandles && f.takes < goc_test::kHandles; ++type)
    EXPECT_EQ(f.call(type == f.takes ? released_[type] : alive_[type]), f.with_bad_handle);
  EXPECT_FALSE(goc::g_runtime.started());
}

}  // namespace
