// Stopping the runtime while its monitor is about to fall asleep.
#include "fixture.h"

namespace {

// The monitor sleeps after 20 quiet ticks of a millisecond: the shutdowns come around that time.
TEST(MonitorStop, StressAShutdownReachesAMonitorThatFallsAsleep) {
  const int64_t steps = 60;
  for (int64_t i = 0; i < steps; ++i) {
    ASSERT_EQ(goc_init(nullptr), GOC_OK);
    goc_test::run([] {});
    goc_sleep(17 * GOC_MILLISECOND + i * 100 * GOC_MICROSECOND);
    ASSERT_EQ(goc_shutdown(goc_test::soon()), 0);
  }
}

}  // namespace
