// Go's sync/waitgroup_test.go: TestWaitGroup, TestWaitGroupRace, and what becomes of a Wait when a
// goroutine of the group fails. Misuse and goc_wg_go are WaitGroup's in the suite unit.
#include <unistd.h>

#include <atomic>
#include <stdexcept>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class WaitGroupOfGo : public Procs {
 protected:
  void SetUp() override {
    Procs::SetUp();
    ASSERT_EQ(goc_wg_new(&first_), GOC_OK);
    ASSERT_EQ(goc_wg_new(&second_), GOC_OK);
  }
  void TearDown() override {
    goc_wg_release(first_);
    goc_wg_release(second_);
    Procs::TearDown();
  }

  goc_wg* first_ = nullptr;
  goc_wg* second_ = nullptr;
};
GOC_FOR_1_2_4(WaitGroupOfGo);

// Sixteen say that they are there, and wait until all may go; the one who counts waits for them. Again
// and again, with the same two groups.
TEST_P(WaitGroupOfGo, SixteenWaitForOneWhoWaitsForSixteen) {
  constexpr int kMany = 16;
  for (int round = 0; round < 8; ++round) {
    Chan exited(0, kMany);
    ASSERT_EQ(goc_wg_add(first_, kMany), GOC_OK);
    ASSERT_EQ(goc_wg_add(second_, kMany), GOC_OK);
    Group group;
    for (int i = 0; i < kMany; ++i)
      group.go([&] {
        EXPECT_EQ(goc_wg_done(first_), GOC_OK);
        EXPECT_EQ(goc_wg_wait(second_, soon()), GOC_OK);
        EXPECT_EQ(goc_chan_send(exited, nullptr, GOC_NOW), GOC_OK);
      });
    ASSERT_EQ(goc_wg_wait(first_, soon()), GOC_OK);
    for (int i = 0; i < kMany; ++i) {
      EXPECT_EQ(goc_chan_recv(exited, nullptr, GOC_NOW), GOC_EAGAIN) << "released too soon";
      ASSERT_EQ(goc_wg_done(second_), GOC_OK);
    }
    for (int i = 0; i < kMany; ++i) ASSERT_EQ(goc_chan_recv(exited, nullptr, soon()), GOC_OK);
    group.wait();
  }
}

// The counter is raised and lowered while it is waited for: the wait ends with the last one only.
TEST_P(WaitGroupOfGo, StressAWaitEndsWithTheLastOfThose) {
  for (int64_t round = 0; round < effort(5000); ++round) {
    std::atomic<int> ended{0};
    goc_wg_add(first_, 1);
    Group group;
    group.go([&] {
      goc_wg_add(first_, 1);  // one more, before its own is done
      group.go([&] {
        ++ended;
        goc_wg_done(first_);
      });
      ++ended;
      goc_wg_done(first_);
    });
    ASSERT_EQ(goc_wg_wait(first_, soon()), GOC_OK);
    ASSERT_EQ(ended, 2) << "woken too soon";
    group.wait();
  }
}

// What leaves a goroutine ends the process; the WaitGroup does not count the goroutine as done before,
// or the one who waits could act on work that was never finished (golang.org/issue/76126).
TEST(WaitGroupDeathTest, AFailureInAGoroutineOfTheGroupDoesNotLetTheWaitGoOn) {
  EXPECT_DEATH(
      {
        goc_wg* wg = nullptr;
        goc_wg_new(&wg);
        goc_wg_go(
            wg, [](void*) { throw std::runtime_error("unfinished"); }, nullptr);
        goc_wg_wait(wg, GOC_FOREVER);
        _exit(0);
      },
      "unfinished");
}

}  // namespace
