// Which pages have memory.
#pragma once

#include <sys/mman.h>

#include <cstdint>

#include "base/os.h"

namespace goc_test {

// Of the page that the address is in.
inline bool has_memory(const char* at) {
  const auto page = reinterpret_cast<uintptr_t>(at) / goc::os::kPage * goc::os::kPage;
  unsigned char resident = 0;
  return mincore(reinterpret_cast<void*>(page), goc::os::kPage, &resident) == 0 &&
         (resident & 1) != 0;
}

// False before Linux 5.14, and under qemu-user. It asks the system itself, so that a mistake of ours does
// not look like one of these.
inline bool system_populates() {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE
  void* page = goc::os::map(goc::os::kPage);
  madvise(page, goc::os::kPage, kPopulateWrite);
  const bool does = has_memory(static_cast<char*>(page));
  goc::os::unmap(page, goc::os::kPage);
  return does;
}

}  // namespace goc_test
