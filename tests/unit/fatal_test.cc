// base/fatal.h: one line on standard error, and the end of the process.
#include "base/fatal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>

namespace {

// What f writes to standard error; at most what a pipe holds.
std::string written_by(const std::function<void()>& f) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const int before = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  f();
  dup2(before, STDERR_FILENO);
  close(before);
  close(ends[1]);
  char text[4096];
  std::string all;
  for (ssize_t n; (n = read(ends[0], text, sizeof text)) > 0;)
    all.append(text, static_cast<size_t>(n));
  close(ends[0]);
  return all;
}

TEST(Report, WritesOneLineOfTextAndNumbers) {
  const std::string line = written_by([] {
    goc::report({"goroutine ", uint64_t{17}, std::string_view(" of many", 3), ", ", uint64_t{0}});
  });
  EXPECT_EQ(line, "goconc: goroutine 17 of, 0\n");
}

TEST(Report, WritesTheLargestNumber) {
  EXPECT_EQ(written_by([] { goc::report({UINT64_MAX}); }), "goconc: 18446744073709551615\n");
}

TEST(Report, CutsWhatIsTooLongButEndsTheLine) {
  const std::string text(2000, 'x');
  const std::string line = written_by([&] {
    goc::report({std::string_view(text), uint64_t{123}});
  });
  EXPECT_EQ(line, "goconc: " + std::string(503, 'x') + "\n");
}

TEST(FatalDeathTest, FatalReportsAndAborts) {
  EXPECT_EXIT(goc::fatal({"it is over after ", uint64_t{3}}), testing::KilledBySignal(SIGABRT),
              "^goconc: it is over after 3\n");
}

TEST(FatalDeathTest, AFalseInvariantIsNamed) {
  const int legs = 3;
  EXPECT_EXIT(GOC_CHECK(legs == 4), testing::KilledBySignal(SIGABRT),
              "^goconc: broken invariant: legs == 4\n");
}

TEST(Check, ATrueInvariantIsEvaluatedOnce) {
  int evaluated = 0;
  GOC_CHECK(++evaluated == 1);
  EXPECT_EQ(evaluated, 1);
}

}  // namespace
