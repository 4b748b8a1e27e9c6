// base/barrier.h: one light and one heavy barrier order like two full ones, whichever are passed.
#include "base/barrier.h"

#include <goconc/time.h>
#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "base/rand.h"
#include "fixture.h"

namespace {

using goc_test::effort;

// A word on a line of its own.
struct alignas(64) Word {
  goc::Atom<int> value{0};
  int load() const { return value.load(std::memory_order_relaxed); }
  void store(int v) { value.store(v, std::memory_order_relaxed); }
};

// Two words, and what each side has read of the other's.
struct Cell {
  Word light;
  Word heavy;
  int read_by_light = 0;
  int read_by_heavy = 0;
};

// Lines that the heavy side has just had: while the light side's stores to them are on their way, those
// after them wait, and nobody sees them.
struct Delay {
  std::array<Word, 16> lines;
  void touch(int value) {
    for (Word& line : lines) line.store(value);
  }
};

// Two threads go from cell to cell and meet before each.
class Pace {
 public:
  void wait_for_other(int side, int cell) {
    at_[side].store(cell);
    while (at_[1 - side].load() < cell) goc::brief_pause();
  }

 private:
  std::array<Word, 2> at_;
};

// Each side writes its word and reads the other's; the heavy one does something before they meet, and
// before it begins. Returns in how many cells neither has seen the other.
template <class Before, class Begin>
int missed_in(size_t count, Before before, Begin begin) {
  std::vector<Cell> cells(count);
  Pace pace;
  Delay delay;
  std::thread light([&] {
    for (int i = 1; Cell & cell : cells) {
      pace.wait_for_other(0, i);
      if (i % 2 == 0) delay.touch(i);  // otherwise it is the quicker one
      cell.light.store(1);
      goc::light_barrier();
      cell.read_by_light = cell.heavy.load();
      ++i;
    }
  });
  goc::Rand random(1);
  for (int i = 1; Cell & cell : cells) {
    delay.touch(-i);
    before();
    pace.wait_for_other(1, i++);
    for (uint32_t n = random.below(8); n > 0; --n) goc::cpu_relax();
    begin();
    cell.heavy.store(1);
    goc::heavy_barrier();
    cell.read_by_heavy = cell.light.load();
  }
  light.join();
  int missed = 0;
  for (const Cell& cell : cells) missed += cell.read_by_light == 0 && cell.read_by_heavy == 0;
  return missed;
}

int missed_in(size_t count) {
  return missed_in(
      count, [] {}, [] {});
}

class Barriers : public testing::Test {
 protected:
  void TearDown() override { goc::pass_full_barriers(false); }
  static size_t cells(int64_t count) { return static_cast<size_t>(effort(count)); }
};

TEST_F(Barriers, StressALightOneNeedsAHeavyOne) { EXPECT_EQ(missed_in(cells(20000)), 0); }

TEST_F(Barriers, StressFullOnesNeedNothingOfTheSystem) {
  goc::pass_full_barriers(true);
  EXPECT_EQ(missed_in(cells(200000)), 0);
}

TEST_F(Barriers, StressFullOnesMayBeginWhileALightOneIsPassed) {
  const auto light = [] { goc::pass_full_barriers(false); };
  const auto full = [] { goc::pass_full_barriers(true); };
  EXPECT_EQ(missed_in(cells(20000), light, full), 0);
}

TEST_F(Barriers, StressTheyMayChangeAllTheTime) {
  goc::Atom<bool> stop{false};
  std::thread changes([&] {
    for (bool full = true; !stop.load(std::memory_order_relaxed); full = !full)
      goc::pass_full_barriers(full);
  });
  EXPECT_EQ(missed_in(cells(10000)), 0);
  stop = true;
  changes.join();
}

// Time is the caller's: a second passes with what has been asked for meanwhile.
TEST_F(Barriers, FullOnesArePassedWhileHeavyOnesCostMuch) {
  if (!goc::light_barriers_exist()) GTEST_SKIP() << "full ones are all that there are";
  int64_t now = goc::os::now();
  auto after = [&](int64_t time) { goc::weigh_barriers(now += time); };
  after(1);  // what others have asked for
  goc::pass_full_barriers(false);
  for (int i = 0; i < 100; ++i) goc::heavy_barrier();
  after(GOC_SECOND);
  EXPECT_FALSE(goc::careful) << "a hundred in a second cost little";
  for (int i = 0; i < 100; ++i) goc::heavy_barrier();
  after(100);
  EXPECT_TRUE(goc::careful) << "a hundred in hundred nanoseconds cost much";
  for (int i = 0; i < 100; ++i) {
    goc::heavy_barrier();
    after(100);
  }
  EXPECT_TRUE(goc::careful) << "they would still cost much";
  for (int i = 0; i < 100; ++i) after(GOC_MILLISECOND);
  EXPECT_FALSE(goc::careful) << "nobody needs them any more";
}

}  // namespace
