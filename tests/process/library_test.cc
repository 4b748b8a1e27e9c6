// libgoconc.so, loaded and unloaded at run time: goroutines outlive dlclose, and whoever loads it again
// finds the same runtime.
#include <gtest/gtest.h>

#include "child.h"

namespace {

TEST(LoadedLibrary, MayBeClosedWithGoroutinesAliveAndOpenedAgain) {
  EXPECT_EQ(goc_test::status_of(GOC_TEST_LOADS_LIBRARY, {GOC_TEST_LIBRARY, "exit"}), 0);
}

TEST(LoadedLibrary, MayBeOpenAtExitWithGoroutinesAlive) {
  EXPECT_EQ(goc_test::status_of(GOC_TEST_LOADS_LIBRARY, {GOC_TEST_LIBRARY, "exit-open"}), 0);
}

TEST(LoadedLibrary, MayBeClosedAfterAShutdownAndOpenedAgain) {
  EXPECT_EQ(goc_test::status_of(GOC_TEST_LOADS_LIBRARY, {GOC_TEST_LIBRARY, "shutdown"}), 0);
}

}  // namespace
