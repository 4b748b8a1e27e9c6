// base/cgroup.h: the processor quota of the process's control group, on trees made up here.
#include "base/cgroup.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <climits>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

class Cgroup : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = fs::temp_directory_path() / "goconc_cgroup_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { fs::remove_all(root_); }

  void file(const std::string& path, const std::string& text) {
    const fs::path whole = root_ / path;
    fs::create_directories(whole.parent_path());
    std::ofstream(whole) << text;
  }
  void v2(const std::string& group, const std::string& cpu_max) {
    file("mount/" + group + "/cpu.max", cpu_max + "\n");
  }
  void v1(const std::string& group, int quota, int period) {
    file("mount/cpu/" + group + "/cpu.cfs_quota_us", std::to_string(quota) + "\n");
    file("mount/cpu/" + group + "/cpu.cfs_period_us", std::to_string(period) + "\n");
  }
  void member_of(const std::string& lines) { file("self", lines); }

  int processors() const {
    return goc::cgroup_processors((root_ / "self").c_str(), (root_ / "mount").c_str());
  }

 private:
  fs::path root_;
};

TEST_F(Cgroup, NoFileMeansNoQuota) { EXPECT_EQ(processors(), INT_MAX); }

TEST_F(Cgroup, V2MaxMeansNoQuota) {
  member_of("0::/app\n");
  v2("app", "max 100000");
  EXPECT_EQ(processors(), INT_MAX);
}

TEST_F(Cgroup, V2QuotaOfTheOwnGroup) {
  member_of("0::/system/app\n");
  v2("system/app", "300000 100000");
  v2("system/other", "100000 100000");
  EXPECT_EQ(processors(), 3);
}

TEST_F(Cgroup, PartsOfAProcessorAreRoundedUp) {
  member_of("0::/app\n");
  v2("app", "150000 100000");
  EXPECT_EQ(processors(), 2);
  v2("app", "200001 100000");
  EXPECT_EQ(processors(), 3);
  v2("app", "1000 100000");
  EXPECT_EQ(processors(), 1);
}

TEST_F(Cgroup, TheSmallestQuotaOfTheAncestorsCounts) {
  member_of("0::/a/b/c\n");
  v2("a/b/c", "800000 100000");
  v2("a/b", "max 100000");
  v2("a", "200000 50000");
  EXPECT_EQ(processors(), 4);
  v2("a/b", "100000 50000");
  EXPECT_EQ(processors(), 2);
  v2("", "100000 100000");
  EXPECT_EQ(processors(), 1);
}

// The path names a group of the host; the container's own is mounted as the root.
TEST_F(Cgroup, AContainerFindsItsQuotaAtTheRoot) {
  v2("", "200000 100000");
  member_of("0::/\n");
  EXPECT_EQ(processors(), 2);
  member_of("0::/docker/1f2e3d\n");
  EXPECT_EQ(processors(), 2);
}

TEST_F(Cgroup, V1FollowsTheCpuController) {
  member_of("3:cpuset:/one\n2:cpu,cpuacct:/two\n1:memory:/three\n");
  v1("one", 100000, 100000);
  v1("two", 350000, 100000);
  v1("three", 200000, 100000);
  EXPECT_EQ(processors(), 4);
}

TEST_F(Cgroup, V1TheSmallestQuotaOfTheAncestorsCounts) {
  member_of("4:cpuacct,cpu:/a/b\n");
  v1("a/b", -1, 100000);
  v1("a", 600000, 100000);
  EXPECT_EQ(processors(), 6);
  v1("", 100000, 50000);
  EXPECT_EQ(processors(), 2);
}

TEST_F(Cgroup, V1MinusOneMeansNoQuota) {
  member_of("1:cpu:/\n");
  v1("", -1, 100000);
  EXPECT_EQ(processors(), INT_MAX);
}

// Both versions may be mounted; the cpu controller is then in one of them.
TEST_F(Cgroup, BothVersionsAreFollowed) {
  member_of("9:name=systemd:/\n1:cpu:/app\n0::/app\n");
  v1("app", 500000, 100000);
  EXPECT_EQ(processors(), 5);
  v2("app", "200000 100000");
  EXPECT_EQ(processors(), 2);
}

TEST_F(Cgroup, ColonsAndSpacesBelongToThePath) {
  member_of("0::/a b/c:d\n");
  v2("a b/c:d", "200000 100000");
  EXPECT_EQ(processors(), 2);
}

TEST_F(Cgroup, DeepPathsAreFollowed) {
  std::string path;
  for (int i = 0; i < 20; ++i) path += "/" + std::string(150, 'g');
  member_of("0::" + path + "\n");
  v2(path, "200000 100000");
  EXPECT_EQ(processors(), 2);
}

TEST_F(Cgroup, GarbageMeansNoQuota) {
  v2("", "200000 0");
  for (const char* lines :
       {"0::/", "", "\n\n", "nonsense\n", "0:\n", "::\n", "0::x\n", "0\n:cpu"}) {
    member_of(lines);
    EXPECT_EQ(processors(), INT_MAX) << lines;
  }
  member_of("0::/\n");
  for (const char* text : {"", "max", "-5 100000", "200000", "x y", "200000 -1"}) {
    v2("", text);
    EXPECT_EQ(processors(), INT_MAX) << text;
  }
}

TEST_F(Cgroup, AHugeQuotaIsNoOverflow) {
  member_of("0::/\n");
  v2("", "9223372036854775807 1");
  EXPECT_EQ(processors(), INT_MAX);
}

}  // namespace
