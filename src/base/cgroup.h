// What a container grants: the quota of processor time of the process's control group.
#pragma once

namespace goc {

// The processors that a quota allows, rounded up: the smallest quota of the process's group and its
// ancestors, in cgroup v2 and v1. INT_MAX without one.
// `membership` is /proc/self/cgroup; below `mount`, usually /sys/fs/cgroup, lie the groups.
int cgroup_processors(const char* membership, const char* mount) noexcept;

}  // namespace goc
