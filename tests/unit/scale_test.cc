// Very many goroutines that are blocked at the same time.
#include <gtest/gtest.h>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::kSanitized;
using goc_test::soon;

constexpr int64_t kStep = 5000;
// One page protection per guard would end here: two mappings each, of 65,530.
constexpr int64_t kMostWithProtectedGuards = 32754;

class Scale : public goc_test::Runtime {
 protected:
  // Blocks up to `most` goroutines in a receive; no more once three seconds have gone by, since the
  // first touch of so many pages takes its time. The number of them.
  int64_t block_many(int64_t most) {
    const int64_t deadline = goc_deadline(3 * GOC_SECOND);
    int64_t started = 0;
    while (started < most && (started <= kMostWithProtectedGuards || goc_now() < deadline)) {
      for (int64_t i = 0; i < kStep && started < most; ++i, ++started)
        if (goc_go(&wait_at_gate, this) != GOC_OK) return -1;
      eventually([&] { return came_ == started; });
    }
    return started;
  }

  Chan gate_{0, 0};
  goc::Atom<int64_t> came_{0};
  goc::Atom<int64_t> left_{0};

 private:
  static void wait_at_gate(void* s) {
    auto* scale = static_cast<Scale*>(s);
    scale->came_.fetch_add(1, std::memory_order_relaxed);
    goc_chan_recv(scale->gate_, nullptr, GOC_FOREVER);
    scale->left_.fetch_add(1, std::memory_order_relaxed);
  }
};

TEST_F(Scale, AMillionGoroutinesMayBeBlockedAtOnce) {
  const int64_t count = block_many(kSanitized ? 2000 : effort(1000000));
  EXPECT_EQ(goc_num_goroutines(), count);
  goc_chan_close(gate_);
  eventually([&] { return left_ == count; });
  eventually([] { return goc_num_goroutines() == 0; });
}

TEST_F(Scale, ShutdownAbandonsThemAll) {
  const int64_t count = block_many(kSanitized ? 500 : effort(40000));
  EXPECT_EQ(goc_shutdown(soon()), count);
  EXPECT_EQ(goc_chan_send(gate_, nullptr, GOC_NOW), GOC_EAGAIN) << "nobody is left in its queue";
}

}  // namespace
