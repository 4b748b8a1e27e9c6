// Runs the unit tests. Death tests fork and exec, since the runtime's threads do not survive a fork.
#include <gtest/gtest.h>

#include <thread>

int main(int argc, char** argv) {
  std::thread([] {
  }).join();  // with the first, ThreadSanitizer starts one of its own: not to be counted
  testing::InitGoogleTest(&argc, argv);
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  return RUN_ALL_TESTS();
}
