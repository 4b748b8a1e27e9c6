// What the tests of golang.org/x/sync/errgroup show of a group.
#include <atomic>
#include <vector>

#include "contexts.h"

namespace {

using goc_test::effort;
using goc_test::eventually;
using goc_test::soon;

class GroupOfGo : public goc_test::Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_group_new(&group_), GOC_OK);
  }
  void TearDown() override {
    goc_group_release(group_);
    Procs::TearDown();
  }

  using Task = std::function<int()>;
  // The task is a copy that lives as long as it runs.
  int go(Task task, int64_t deadline = soon()) {
    auto* box = new Task(std::move(task));
    const auto run = [](void* b) {
      const std::unique_ptr<Task> owned(static_cast<Task*>(b));
      return (*owned)();
    };
    const int result = goc_group_go(group_, run, box, deadline);
    if (result != GOC_OK) delete box;
    return result;
  }
  int first_error() {
    int error = -77;
    EXPECT_EQ(goc_group_wait(group_, &error, soon()), GOC_OK);
    return error;
  }

  goc_group* group_ = nullptr;
};
GOC_FOR_1_2_4(GroupOfGo);

TEST_P(GroupOfGo, WithoutTasksThereIsNoError) { EXPECT_EQ(first_error(), 0); }

// After each task the error of the first that failed.
TEST_P(GroupOfGo, ZeroGroup) {
  const std::vector<std::vector<int>> tables = {{}, {0}, {5}, {5, 0}, {5, 9}, {0, 0, 9, 5}};
  for (const std::vector<int>& errors : tables) {
    int first = 0;
    for (const int error : errors) {
      EXPECT_EQ(go([error] { return error; }), GOC_OK);
      if (first == 0) first = error;
      EXPECT_EQ(first_error(), first);
    }
    EXPECT_EQ(first_error(), first) << "it stays";
    goc_group_release(group_);
    ASSERT_EQ(goc_group_new(&group_), GOC_OK);
  }
}

TEST_P(GroupOfGo, TryGo) {
  constexpr int kLimit = 42;
  EXPECT_EQ(goc_group_set_limit(group_, kLimit), GOC_OK);
  goc_test::Chan leave(0, 0);
  const auto stay = [&leave] { return goc_chan_recv(leave, nullptr, soon()) == GOC_OK ? 0 : 1; };
  for (int i = 0; i < kLimit; ++i) EXPECT_EQ(go(stay, GOC_NOW), GOC_OK) << i;
  EXPECT_EQ(go(stay, GOC_NOW), GOC_EAGAIN) << "the limit";
  EXPECT_EQ(goc_group_set_limit(group_, kLimit + 1), GOC_EPERM) << "while tasks run";
  EXPECT_EQ(goc_chan_send(leave, nullptr, soon()), GOC_OK);
  EXPECT_EQ(go(stay), GOC_OK) << "one has gone";
  for (int i = 0; i < kLimit; ++i) EXPECT_EQ(goc_chan_send(leave, nullptr, soon()), GOC_OK);
  EXPECT_EQ(first_error(), 0);

  EXPECT_EQ(goc_group_set_limit(group_, 1), GOC_OK);
  EXPECT_EQ(go([] { return 0; }, GOC_NOW), GOC_OK);
  EXPECT_EQ(first_error(), 0);
  EXPECT_EQ(goc_group_set_limit(group_, -1), GOC_OK);
  for (int i = 0; i < 2 * kLimit; ++i) EXPECT_EQ(go(stay, GOC_NOW), GOC_OK) << "no limit";
  for (int i = 0; i < 2 * kLimit; ++i) EXPECT_EQ(goc_chan_send(leave, nullptr, soon()), GOC_OK);
  EXPECT_EQ(first_error(), 0);

  EXPECT_EQ(goc_group_set_limit(group_, 0), GOC_OK);
  EXPECT_EQ(go(stay, GOC_NOW), GOC_EAGAIN) << "with 0 none can be started";
  EXPECT_EQ(go(stay, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
}

TEST_P(GroupOfGo, GoLimit) {
  constexpr int kLimit = 10;
  EXPECT_EQ(goc_group_set_limit(group_, kLimit), GOC_OK);
  std::atomic<int> active{0};
  for (int64_t i = 0, tasks = effort(1000); i < tasks; ++i)
    EXPECT_EQ(go([&] {
                EXPECT_LE(++active, kLimit);
                goc_yield();
                --active;
                return 0;
              }),
              GOC_OK);
  EXPECT_EQ(first_error(), 0);
}

// --- With a context ------------------------------------------------------------------------------

class GroupWithContextOfGo : public GroupOfGo {
 protected:
  void SetUp() override {
    GroupOfGo::SetUp();
    renew();
  }
  void TearDown() override {
    ctx_ = goc_test::Ctx();
    parent_ = goc_test::Ctx();
    GroupOfGo::TearDown();
  }
  void renew() {
    goc_group_release(group_);
    parent_ = goc_test::with_cancel(goc_ctx_background());
    goc_ctx* ctx = nullptr;
    ASSERT_EQ(goc_group_with_ctx(&group_, &ctx, parent_), GOC_OK);
    ctx_ = goc_test::Ctx(ctx);
  }

  goc_test::Ctx parent_;
  goc_test::Ctx ctx_;
};
GOC_FOR_1_2_4(GroupWithContextOfGo);

// The first error is the cause; without one it is canceled once all have ended.
TEST_P(GroupWithContextOfGo, WithContext) {
  const std::vector<std::vector<int>> tables = {{}, {0}, {5}, {5, 0}, {0, 5}, {9, 9}};
  for (const std::vector<int>& errors : tables) {
    int first = 0;
    for (const int error : errors) {
      EXPECT_EQ(go([error] { return error; }), GOC_OK);
      if (first == 0) first = error;
    }
    EXPECT_EQ(first_error(), first);
    EXPECT_TRUE(goc_test::is_done(ctx_));
    EXPECT_EQ(goc_ctx_err(ctx_), GOC_ECANCELED);
    EXPECT_EQ(goc_test::cause(ctx_), first != 0 ? first : GOC_ECANCELED);
    EXPECT_FALSE(goc_test::is_done(parent_));
    EXPECT_EQ(goc_test::count_below(parent_), 0);
    renew();
  }
}

// The others give up while the wait still goes on.
TEST_P(GroupWithContextOfGo, CancelCause) {
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(go([this] {
                goc_test::await_end(ctx_);
                return goc_test::cause(ctx_) == 7 ? 8 : 9;
              }),
              GOC_OK);
  EXPECT_EQ(goc_group_wait(group_, nullptr, GOC_NOW), GOC_EAGAIN);
  EXPECT_FALSE(goc_test::is_done(ctx_)) << "who gives up waiting cancels nothing";
  EXPECT_EQ(go([] { return 7; }), GOC_OK);
  EXPECT_EQ(first_error(), 7);
  EXPECT_EQ(goc_test::cause(ctx_), 7);
}

TEST_P(GroupWithContextOfGo, TheParentEndsIt) {
  EXPECT_EQ(go([this] {
              goc_test::await_end(ctx_);
              return goc_test::cause(ctx_);
            }),
            GOC_OK);
  goc_test::cancel(parent_, 3);
  EXPECT_EQ(first_error(), 3);
}

TEST_P(GroupWithContextOfGo, ATaskThatExitsCancelsNothing) {
  const auto exits = [](void*) { return goc_exit_goroutine(); };
  EXPECT_EQ(goc_group_go(group_, exits, nullptr, soon()), GOC_OK);
  eventually([] { return goc_num_goroutines() == 0; });
  EXPECT_FALSE(goc_test::is_done(ctx_));
}

// --- Its life ------------------------------------------------------------------------------------

TEST_P(GroupOfGo, WaitGivesUpAtItsDeadline) {
  goc_test::Chan leave(0, 0);
  EXPECT_EQ(go([&] { return goc_chan_recv(leave, nullptr, soon()); }), GOC_OK);
  int error = -77;
  EXPECT_EQ(goc_group_wait(group_, &error, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_group_wait(group_, &error, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  EXPECT_EQ(error, -77);
  goc_chan_close(leave);
  EXPECT_EQ(first_error(), GOC_ECLOSED);
  EXPECT_EQ(goc_group_wait(group_, nullptr, soon()), GOC_OK);
}

TEST_P(GroupOfGo, ATaskThatExitsHasEndedWithoutAnError) {
  EXPECT_EQ(goc_group_set_limit(group_, 1), GOC_OK);
  const auto exits = [](void*) { return goc_exit_goroutine(); };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(goc_group_go(group_, exits, nullptr, soon()), GOC_OK);
  EXPECT_EQ(first_error(), 0);
}

TEST_P(GroupOfGo, TheLimitStaysWhileTasksRun) {
  goc_test::Chan leave(0, 0);
  EXPECT_EQ(go([&] { return goc_chan_recv(leave, nullptr, soon()); }), GOC_OK);
  EXPECT_EQ(goc_group_set_limit(group_, 1), GOC_EPERM);
  goc_chan_close(leave);
  EXPECT_EQ(first_error(), GOC_ECLOSED);
  EXPECT_EQ(goc_group_set_limit(group_, 1), GOC_OK);
}

TEST_P(GroupOfGo, TasksKeepTheGroup) {
  goc_test::Chan leave(0, 0);
  EXPECT_EQ(go([&] { return goc_chan_recv(leave, nullptr, soon()); }), GOC_OK);
  const int64_t before = goc::Group::live_count();
  goc_group_release(std::exchange(group_, nullptr));
  EXPECT_EQ(goc::Group::live_count(), before);
  goc_chan_close(leave);
  eventually([&] { return goc::Group::live_count() == before - 1; });
}

TEST_P(GroupOfGo, ATaskThatCannotBeStartedHoldsNoPlace) {
  EXPECT_EQ(goc_group_set_limit(group_, 1), GOC_OK);
  EXPECT_EQ(goc_group_go(group_, nullptr, nullptr, soon()), GOC_EINVAL);
  EXPECT_EQ(go([] { return 0; }, GOC_NOW), GOC_OK);
  EXPECT_EQ(first_error(), 0);
}

}  // namespace
