// Runs the tests of a suite; with GOCONC_TEST_STORM in the environment under a storm of signals. Death
// tests fork and exec, since the runtime's threads do not survive a fork.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <thread>

#include "signal_storm.h"

int main(int argc, char** argv) {
  std::thread([] {
  }).join();  // with the first, ThreadSanitizer starts one of its own: not to be counted
  testing::InitGoogleTest(&argc, argv);
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  std::optional<goc_test::SignalStorm> storm;
  if (std::getenv("GOCONC_TEST_STORM") != nullptr) storm.emplace();
  const int result = RUN_ALL_TESTS();
  if (storm) std::printf("%lld signals were handled\n", static_cast<long long>(storm->handled()));
  return result;
}
