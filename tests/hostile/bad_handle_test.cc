// Every function of the C ABI with NULL, with a released handle, and with handles of other types.
#include <set>

#include "declarations.h"
#include "functions.h"

namespace {

using goc_test::Function;
using goc_test::functions;
using goc_test::Handles;

class Misuse : public goc_test::Runtime, public testing::WithParamInterface<Function> {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    alive_ = goc_test::make_handles();
    released_ = goc_test::make_released(1);  // beside that of goc_run()
    calls_ = goc_test::calls();
  }
  void TearDown() override {
    goc_test::expect_untouched(alive_);
    EXPECT_EQ(goc_test::calls(), calls_);
    goc_test::release_handles(alive_);
    Runtime::TearDown();
  }
  // Calls the function from a thread and from a goroutine.
  static void expect(int64_t result, void* argument) {
    EXPECT_EQ(GetParam().call(argument), result);
    goc_test::run([=] { EXPECT_EQ(GetParam().call(argument), result) << "in a goroutine"; });
    EXPECT_TRUE(goc_test::documented(GetParam().name, result)) << goc_error_name(result);
  }

  Handles alive_{};
  Handles released_{};

 private:
  int calls_ = 0;
};

template <class Condition>
auto functions_that(Condition condition) {
  std::vector<Function> chosen;
  for (const Function& f : functions())
    if (condition(f)) chosen.push_back(f);
  return testing::ValuesIn(chosen);
}

INSTANTIATE_TEST_SUITE_P(Of, Misuse, functions_that([](const Function& f) {
                           return f.takes != goc_test::kNothing;
                         }),
                         goc_test::by_name);

TEST_P(Misuse, NullIsAnswered) { expect(GetParam().with_null, nullptr); }

using MisuseOfHandle = Misuse;
INSTANTIATE_TEST_SUITE_P(Of, MisuseOfHandle, functions_that([](const Function& f) {
                           return f.takes < goc_test::kHandles;
                         }),
                         goc_test::by_name);

TEST_P(MisuseOfHandle, AReleasedOneIsAnswered) {
  expect(GetParam().with_bad_handle, released_[GetParam().takes]);
}

TEST_P(MisuseOfHandle, AnotherTypeIsAnswered) {
  for (int type = 0; type < goc_test::kHandles; ++type)
    if (type != GetParam().takes) expect(GetParam().with_bad_handle, alive_[type]);
}

TEST(HostileTable, NamesEveryFunctionOfTheHeaders) {
  std::set<std::string> listed;
  for (const Function& f : functions()) listed.insert(f.name);
  std::set<std::string> declared;
  for (const auto& d : goc_test::declarations()) declared.insert(d.name);
  EXPECT_GT(declared.size(), 50U);
  EXPECT_EQ(listed, declared);
  EXPECT_EQ(listed.size(), functions().size()) << "one is listed twice";
}

using MisuseOfMore = goc_test::Runtime;

TEST_F(MisuseOfMore, FunctionsAndValuesThatAreNull) {
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 1, 1), GOC_OK);
  EXPECT_EQ(goc_chan_send(ch, nullptr, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_chan_len(ch), 0U);
  goc_case to_send = {ch, GOC_SEND, 0, nullptr};
  EXPECT_EQ(goc_select(&to_send, 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_select(nullptr, 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_select(nullptr, 0, GOC_NOW), GOC_EAGAIN);
  goc_chan_release(ch);
}

TEST_F(MisuseOfMore, ASelectWithOneBadCaseDoesNothing) {
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 1, 1), GOC_OK);
  char value = 'x';
  goc_case cases[] = {{ch, GOC_SEND, 0, &value}, {ch, 3, 0, &value}};
  EXPECT_EQ(goc_select(cases, 2, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_select(cases, GOC_SELECT_MAX + 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_chan_len(ch), 0U);
  goc_chan_release(ch);
}

TEST_F(MisuseOfMore, ACondWithoutAMutexOfItsCaller) {
  goc_cond* cond = nullptr;
  ASSERT_EQ(goc_cond_new(&cond), GOC_OK);
  goc_mutex* mutex = nullptr;
  ASSERT_EQ(goc_mutex_new(&mutex), GOC_OK);
  EXPECT_EQ(goc_cond_wait(cond, nullptr, GOC_FOREVER), GOC_EINVAL);
  EXPECT_EQ(goc_cond_wait(cond, mutex, GOC_FOREVER), GOC_EPERM) << "it is not locked";
  goc_mutex_release(mutex);
  EXPECT_EQ(goc_cond_wait(cond, mutex, GOC_FOREVER), GOC_EBADHANDLE);
  goc_cond_release(cond);
}

TEST_F(MisuseOfMore, WhatIsForGoroutinesIsRefusedOnAThread) {
  EXPECT_EQ(goc_set_name("main"), GOC_EPERM);
  EXPECT_EQ(goc_lock_thread(), GOC_EPERM);
  EXPECT_EQ(goc_unlock_thread(), GOC_EPERM);
  EXPECT_EQ(goc_self(), 0U);
  EXPECT_EQ(goc_on_goroutine(), 0);
  goc_test::run([] {
    EXPECT_EQ(goc_unlock_thread(), GOC_EPERM) << "without a lock to undo";
    EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EPERM);
    EXPECT_EQ(goc_blocking([](void*) { EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EPERM); }, nullptr),
              GOC_OK);
  });
}

}  // namespace
