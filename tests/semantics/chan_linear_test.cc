// Go's test/chanlinear.go: a select that ends leaves the queue of a channel on which many others wait
// without a look at them.
#include <time.h>

#include <algorithm>
#include <deque>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChanLinear : public Procs {};
GOC_FOR_1_2_4(ChanLinear);

constexpr size_t kLeave = 100;

int64_t processor_time() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * GOC_SECOND + used.tv_nsec;
}

// Nanoseconds of processor time until `kLeave` of `waiters` have left, out of the middle of the queue;
// the best of some tries, since other programs may take the caches.
int64_t time_to_leave(size_t waiters) {
  int64_t best = INT64_MAX;
  for (int attempt = 0; attempt < 5; ++attempt) {
    Chan popular(8, 0);
    std::deque<Chan> own;
    Group leaving;
    Group staying;
    const size_t first = (waiters - kLeave) / 2;
    for (size_t i = 0; i < waiters; ++i) {
      const bool leaves = i >= first && i < first + kLeave;
      goc_chan* mine = nullptr;
      if (leaves) mine = own.emplace_back(8, 0);
      (leaves ? leaving : staying).go([&popular, mine] {
        goc_case cases[] = {receiving(popular, nullptr), receiving(mine, nullptr)};
        EXPECT_GE(goc_select(cases, 2, GOC_FOREVER), 0);
      });
    }
    eventually([&] { return blocked_receivers(popular) == waiters; });
    const int64_t start = processor_time();
    for (const Chan& ch : own) EXPECT_EQ(put(ch, 1), GOC_OK);
    leaving.wait();
    best = std::min(best, processor_time() - start);
    EXPECT_EQ(blocked_receivers(popular), waiters - kLeave);
    goc_chan_close(popular);
    staying.wait();
  }
  return best;
}

// Were each looked at, it would take as many times as long as there are more of them.
TEST_P(ChanLinear, LeavingAQueueCostsTheSameHoweverLongItIs) {
  const size_t few = 2 * kLeave;
  const size_t many = (kSanitized ? 2 : 40) * few;  // a sanitizer looks at memory, not at time
  bool cheap = false;  // other programs may take the caches for longer than one comparison lasts
  for (int attempt = 0; attempt < 3 && !cheap; ++attempt)
    cheap = time_to_leave(many) < 10 * time_to_leave(few);
  EXPECT_TRUE(cheap);
}

}  // namespace
