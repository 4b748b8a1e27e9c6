// goc_leaks(): who can never be woken, because nobody holds what it waits for.
#include "dump_text.h"
#include "fixture.h"

namespace goc_test {
namespace {

class Leaks : public Procs {
 protected:
  // Makes channels, starts wait(channels) as a goroutine, and drops the references to the first `dropped`
  // once it waits.
  void wait_for(int dropped, const std::function<void(goc_chan* const*)>& wait) {
    for (goc_chan*& c : chans_) ASSERT_EQ(goc_chan_new(&c, 0, 0), GOC_OK);
    go([this, wait] {
      goc_set_name("waiter");
      wait(chans_);
    });
    eventually([] {
      const std::string state = dumped().named("waiter").state;
      return !state.empty() && state != "running" && state != "ready" && state != "new";
    });
    for (int i = 0; i < dropped; ++i) goc_chan_release(chans_[i]);
    dropped_ = dropped;
  }
  // For one that waits until a time that is far away.
  static void abandon() {
    eventually([] { return goc_shutdown(goc_now()) == 1; });
  }
  // Ends the wait of one that is not leaked.
  void TearDown() override {
    for (int i = dropped_; i < 2; ++i) {
      goc_chan_close(chans_[i]);
      goc_chan_release(chans_[i]);
    }
    Procs::TearDown();
  }

  static constexpr int kAll = 2;
  goc_chan* chans_[kAll] = {};
  int dropped_ = kAll;
};

bool is_leaked() { return dumped().named("waiter").state.ends_with(", leaked"); }

TEST_P(Leaks, AReceiveOfAChannelThatNobodyHolds) {
  wait_for(2, [](goc_chan* const* c) { goc_chan_recv(c[0], nullptr, GOC_FOREVER); });
  EXPECT_EQ(goc_leaks(-1), 1);
  EXPECT_TRUE(is_leaked());
  const DumpText report = parsed(written([](int fd) { EXPECT_EQ(goc_leaks(fd), 1); }));
  EXPECT_EQ(report.title, "goconc: 1 goroutine leaked");
  EXPECT_EQ(report.named("waiter").count, 1U);
  expect_left_blocked(1);
}

TEST_P(Leaks, ASendToAChannelThatNobodyHolds) {
  wait_for(2, [](goc_chan* const* c) { goc_chan_send(c[1], nullptr, GOC_FOREVER); });
  EXPECT_EQ(goc_leaks(-1), 1);
  EXPECT_TRUE(is_leaked());
  expect_left_blocked(1);
}

void select_both(goc_chan* const* c, int64_t deadline) {
  goc_case cases[] = {
      {c[0], GOC_RECV, 0, nullptr}, {nullptr, GOC_RECV, 0, nullptr}, {c[1], GOC_SEND, 0, nullptr}};
  goc_select(cases, 3, deadline);
}

TEST_P(Leaks, ASelectOfChannelsThatNobodyHolds) {
  wait_for(2, [](goc_chan* const* c) { select_both(c, GOC_FOREVER); });
  EXPECT_EQ(goc_leaks(-1), 1);
  EXPECT_TRUE(is_leaked());
  expect_left_blocked(1);
}

TEST_P(Leaks, NotASelectOfOneThatSomebodyHolds) {
  wait_for(1, [](goc_chan* const* c) { select_both(c, GOC_FOREVER); });
  EXPECT_EQ(goc_leaks(-1), 0);
  EXPECT_FALSE(is_leaked());
}

TEST_P(Leaks, NotOneThatWaitsWithADeadline) {
  wait_for(2, [](goc_chan* const* c) { select_both(c, goc_deadline(60 * GOC_SECOND)); });
  EXPECT_EQ(goc_leaks(-1), 0);
  abandon();
}

TEST_P(Leaks, NotOneThatWaitsForATimer) {
  goc_timer* timer;
  goc_chan* ticks;
  ASSERT_EQ(goc_timer_new(&timer, &ticks, 60 * GOC_SECOND), GOC_OK);
  wait_for(2, [ticks](goc_chan* const*) { goc_chan_recv(ticks, nullptr, GOC_FOREVER); });
  goc_chan_release(ticks);
  goc_timer_release(timer);
  EXPECT_EQ(goc_leaks(-1), 0);
  abandon();
}

TEST_P(Leaks, NothingIsWrittenWhereThereIsNone) {
  EXPECT_EQ(written([](int fd) { EXPECT_EQ(goc_leaks(fd), 0); }), "");
}

TEST_P(Leaks, AreFoundByAGoroutineToo) {
  wait_for(2, [](goc_chan* const* c) { goc_chan_recv(c[0], nullptr, GOC_FOREVER); });
  run([] { EXPECT_EQ(goc_leaks(-1), 1); });
  EXPECT_EQ(goc_leaks(1 << 20), GOC_EINVAL) << "no such descriptor";
  expect_left_blocked(1);
}

GOC_FOR_1_2_4(Leaks);

}  // namespace
}  // namespace goc_test
