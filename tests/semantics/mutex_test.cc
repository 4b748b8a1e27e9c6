// Go's sync/mutex_test.go: TestMutex and TestMutexFairness. Misuse is Mutex.UnlockOfAnUnlockedOneIsRefused
// of the suite unit, where an error stands for Go's end of the process.
#include <atomic>

#include "chan_tools.h"
#include "counter.h"
#include "lock_fixtures.h"

namespace {

using namespace goc_test;

class MutexOfGo : public goc_test::WithMutex {};
GOC_FOR_1_2_4(MutexOfGo);

// Ten that lock, some of them only if they need not wait.
TEST_P(MutexOfGo, StressLocksAndTryLocksExclude) {
  const int64_t rounds = effort(10000);
  Counter counter;
  std::atomic<int64_t> held{0};
  Crew crew;
  for (int i = 0; i < 10; ++i)
    crew.start([&, i] {
      for (int64_t n = 0; n < rounds; ++n) {
        const int64_t deadline = (n + i) % 3 == 0 ? GOC_NOW : soon();
        const int result = goc_mutex_lock(mu_, deadline);
        if (result == GOC_EAGAIN && deadline == GOC_NOW) continue;
        ASSERT_EQ(result, GOC_OK);
        counter.add();
        ++held;
        ASSERT_EQ(goc_mutex_unlock(mu_), GOC_OK);
      }
    });
  crew.wait();
  EXPECT_EQ(counter.value, held);
  EXPECT_EQ(goc_mutex_lock(mu_, GOC_NOW), GOC_OK) << "nobody holds it";
  EXPECT_EQ(goc_mutex_lock(mu_, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_mutex_unlock(mu_), GOC_OK);
}

// One holds it nearly all the time, the other seldom asks for it: it gets it each time.
TEST_P(MutexOfGo, OneWhoSeldomLocksIsNotStarvedByAHog) {
  std::atomic<bool> stop{false};
  Group hog;
  hog.go([&] {
    while (!stop) {
      ASSERT_EQ(goc_mutex_lock(mu_, soon()), GOC_OK);
      goc_sleep(100 * GOC_MICROSECOND);
      ASSERT_EQ(goc_mutex_unlock(mu_), GOC_OK);
    }
  });
  run([&] {
    for (int i = 0; i < 10; ++i) {
      goc_sleep(100 * GOC_MICROSECOND);
      ASSERT_EQ(goc_mutex_lock(mu_, soon()), GOC_OK);
      ASSERT_EQ(goc_mutex_unlock(mu_), GOC_OK);
    }
  });
  stop = true;
  hog.wait();
}

}  // namespace
