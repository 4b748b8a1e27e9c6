// The quota of the process's control group: see cgroup.h.
//
// v2 has one tree of groups with a file cpu.max in each, v1 one tree per controller; a system may
// have both. In a container /proc/self/cgroup often names a path that exists on the host only, while
// the container's own group is mounted as the root: what cannot be read is skipped, and the root is
// looked at in every case.
// Rejected: finding the mounts through /proc/self/mountinfo. They lie at the usual place everywhere.
#include "base/cgroup.h"

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "base/allocator.h"

namespace goc {
namespace {

using Path = std::basic_string<char, std::char_traits<char>, os::Allocator<char>>;

// Reads up to two numbers; 0 for those that are not there.
void read_numbers(const Path& path, long long* first, long long* second) {
  *first = *second = 0;
  FILE* file = fopen(path.c_str(), "re");
  if (file == nullptr) return;
  if (fscanf(file, "%lld %lld", first, second) < 1) *first = 0;
  fclose(file);
}

int allowed(long long quota, long long period) {
  if (quota <= 0 || period <= 0) return INT_MAX;
  return static_cast<int>(std::min<long long>((quota - 1) / period + 1, INT_MAX));
}

// "200000 100000", or "max 100000" without a quota.
int allowed_v2(const Path& group) {
  long long quota;
  long long period;
  read_numbers(group + "/cpu.max", &quota, &period);
  return allowed(quota, period);
}

// The quota is -1 if there is none.
int allowed_v1(const Path& group) {
  long long quota;
  long long period;
  long long nothing;
  read_numbers(group + "/cpu.cfs_quota_us", &quota, &nothing);
  read_numbers(group + "/cpu.cfs_period_us", &period, &nothing);
  return allowed(quota, period);
}

// The least that the group and its ancestors up to the root allow.
int least(const Path& root, const char* group, int (*allowed_by)(const Path&)) {
  int processors = allowed_by(root);
  for (Path path = root + group; path.size() > root.size(); path.resize(path.rfind('/')))
    processors = std::min(processors, allowed_by(path));
  return processors;
}

bool names_cpu(char* controllers) {
  char* rest = controllers;
  while (const char* name = strsep(&rest, ","))
    if (strcmp(name, "cpu") == 0) return true;
  return false;
}

// A line is "number:controllers:/group"; that of v2 has no controllers.
int allowed_by_line(char* line, const Path& mount) {
  line[strcspn(line, "\n")] = 0;
  char* rest = line;
  strsep(&rest, ":");
  char* controllers = strsep(&rest, ":");
  if (rest == nullptr || *rest != '/') return INT_MAX;
  if (*controllers == 0) return least(mount, rest, &allowed_v2);
  return names_cpu(controllers) ? least(mount + "/cpu", rest, &allowed_v1) : INT_MAX;
}

}  // namespace

int cgroup_processors(const char* membership, const char* mount) noexcept {
  FILE* file = fopen(membership, "re");
  if (file == nullptr) return INT_MAX;
  int processors = INT_MAX;
  char* line = nullptr;
  size_t capacity = 0;
  try {
    while (getline(&line, &capacity, file) >= 0)
      processors = std::min(processors, allowed_by_line(line, mount));
  } catch (const std::bad_alloc&) {
    // What has been read counts.
  }
  free(line);
  fclose(file);
  return processors;
}

}  // namespace goc
