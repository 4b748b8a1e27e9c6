// GOCONC_TRACE: the trace of a whole process, and what becomes of it at a fork and at the end.
#include <cstdlib>

#include "recording.h"

namespace {

using goc_test::TracePath;

int run_traced(const std::string& path, const std::string& how) {
  setenv("GOCONC_TRACE", path.c_str(), 1);
  const int status = goc_test::status_of(GOC_TEST_TRACED, {how});
  unsetenv("GOCONC_TRACE");
  return status;
}

TEST(TraceProcess, IsWrittenHoweverItEnds) {
  for (const char* how : {"", "shuts down", "exits"}) {
    const TracePath path("process");
    EXPECT_EQ(run_traced(path.c_str(), how), 0) << how;
    EXPECT_TRUE(path.valid()) << how;
  }
}

TEST(TraceProcess, APathThatCannotBeWrittenIsToldAndTheProgramGoesOn) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_traced("/no/such/folder/trace", ""), 0);
  EXPECT_EQ(
      testing::internal::GetCapturedStderr(),
      "goconc: GOCONC_TRACE: /no/such/folder/trace cannot be written (No such file or directory); "
      "there will be no trace\n");
}

#if !defined(GOC_TSAN) && !defined(GOC_ASAN)  // see process/fork_test.cc

// The files whose names begin so.
int files_of(const std::string& prefix) {
  int count = 0;
  DIR* folder = opendir(testing::TempDir().c_str());
  while (const dirent* entry = readdir(folder))
    if (const std::string name = testing::TempDir() + entry->d_name; name.rfind(prefix, 0) == 0) {
      EXPECT_EQ(goc_test::status_of("/usr/bin/env", {"python3", GOC_TEST_TRACE_IS_VALID, name}), 0);
      std::remove(name.c_str());
      ++count;
    }
  closedir(folder);
  return count;
}

TEST(TraceProcess, AForkLeavesTheFileToTheParent) {
  const std::string prefix = testing::TempDir() + "goconc_forks_" + std::to_string(getpid());
  EXPECT_EQ(run_traced(prefix, "forks"), 0);
  EXPECT_EQ(files_of(prefix), 1);
}

TEST(TraceProcess, WithItsIdInThePathAForkHasAFileOfItsOwn) {
  const std::string prefix = testing::TempDir() + "goconc_forks_" + std::to_string(getpid());
  EXPECT_EQ(run_traced(prefix + "_%p", "forks"), 0);
  EXPECT_EQ(files_of(prefix), 2);
}

struct TraceFork : goc_test::Runtime {};

TEST_F(TraceFork, TheChildRecordsNothingUntilItStartsTo) {
  const TracePath mine("parent"), its("child");
  ASSERT_EQ(goc_trace_start(mine.c_str()), GOC_OK);
  goc_test::run([] { goc_yield(); });
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    const bool silent = goc_trace_stop() == GOC_EPERM && goc_trace_start(its.c_str()) == GOC_OK;
    goc_test::run([] { goc_yield(); });
    _exit(silent && goc_trace_stop() == GOC_OK ? 0 : 1);
  }
  EXPECT_EQ(goc_test::status_of(child), 0);
  EXPECT_TRUE(its.valid());
  EXPECT_EQ(goc_trace_stop(), GOC_OK);
  EXPECT_TRUE(mine.valid());
}

#endif

}  // namespace
