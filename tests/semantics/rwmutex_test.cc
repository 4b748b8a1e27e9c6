// What Go's sync/rwmutex_test.go shows of RWMutex.
#include <atomic>

#include "chan_tools.h"
#include "lock_fixtures.h"

namespace {

using goc_test::effort;
using goc_test::Group;
using goc_test::soon;

class RWMutexOfGo : public goc_test::WithRWMutex {};
GOC_FOR_1_2_4(RWMutexOfGo);

// All readers hold the lock at the same time, or the second half would wait for ever.
TEST_P(RWMutexOfGo, ParallelReaders) {
  for (const int readers : {1, 3, 4}) {
    goc_test::Chan holds(0, 0);
    goc_test::Chan leave(0, 0);
    Group group;
    for (int i = 0; i < readers; ++i)
      group.go([&] {
        EXPECT_EQ(goc_rwmutex_rlock(rw_, soon()), GOC_OK);
        EXPECT_EQ(goc_chan_send(holds, nullptr, soon()), GOC_OK);
        EXPECT_EQ(goc_chan_recv(leave, nullptr, soon()), GOC_OK);
        EXPECT_EQ(goc_rwmutex_runlock(rw_), GOC_OK);
      });
    for (int i = 0; i < readers; ++i) EXPECT_EQ(goc_chan_recv(holds, nullptr, soon()), GOC_OK);
    for (int i = 0; i < readers; ++i) EXPECT_EQ(goc_chan_send(leave, nullptr, soon()), GOC_OK);
    group.wait();
  }
}

// So many readers beside two writers; `active` is readers, plus 10,000 for each writer.
TEST_P(RWMutexOfGo, Hammer) {
  constexpr int kWriter = 10000;
  const int64_t rounds = effort(1000);
  for (const int readers : {1, 3, 5, 10}) {
    std::atomic<int> active{0};
    const auto read = [&] {
      for (int64_t i = 0; i < rounds; ++i) {
        ASSERT_EQ(goc_rwmutex_rlock(rw_, soon()), GOC_OK);
        const int now = ++active;
        EXPECT_TRUE(now >= 1 && now < kWriter) << now;
        if (i % 4 == 0) goc_yield();
        --active;
        ASSERT_EQ(goc_rwmutex_runlock(rw_), GOC_OK);
      }
    };
    const auto write = [&] {
      for (int64_t i = 0; i < rounds; ++i) {
        ASSERT_EQ(goc_rwmutex_lock(rw_, soon()), GOC_OK);
        EXPECT_EQ(active += kWriter, kWriter);
        if (i % 4 == 0) goc_yield();
        active -= kWriter;
        ASSERT_EQ(goc_rwmutex_unlock(rw_), GOC_OK);
      }
    };
    Group group;
    group.go(write);
    for (int i = 0; i < readers / 2; ++i) group.go(read);
    group.go(write);
    for (int i = readers / 2; i < readers; ++i) group.go(read);
    group.wait();
  }
}

// Go ends the process for each of these.
TEST_P(RWMutexOfGo, Misuse) {
  EXPECT_EQ(goc_rwmutex_unlock(rw_), GOC_EPERM);
  EXPECT_EQ(goc_rwmutex_runlock(rw_), GOC_EPERM);
  goc_rwmutex_rlock(rw_, soon());
  EXPECT_EQ(goc_rwmutex_unlock(rw_), GOC_EPERM);
  goc_rwmutex_runlock(rw_);
  goc_rwmutex_lock(rw_, soon());
  EXPECT_EQ(goc_rwmutex_runlock(rw_), GOC_EPERM);
  EXPECT_EQ(goc_rwmutex_unlock(rw_), GOC_OK);
}

}  // namespace
