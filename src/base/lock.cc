// Lock: the way of those who find it taken. See lock.h.
#include "base/lock.h"

#include "base/os.h"

namespace goc {
void Lock::lock_slow(int pauses) {
  const bool parallel = os::parallel();
  for (; parallel && pauses <= kLong; pauses *= 2) {
    for (int i = 0; i < pauses; ++i) cpu_relax();
    if (try_lock()) return;
  }
  sleepers_.fetch_add(1, std::memory_order_relaxed);         // S1
  heavy_barrier();                                           // S2
  while (held_.exchange(1, std::memory_order_acquire) != 0)  // S3
    os::futex_wait(held_, 1, INT64_MAX);
  sleepers_.fetch_sub(1, std::memory_order_relaxed);
}

void Lock::wake() { os::futex_wake(held_, 1); }

}  // namespace goc
