// BiasedLock: ending the favour, and giving it. See biased_lock.h.
#include "base/biased_lock.h"

namespace goc {

// Under lock_: another thread is the favourite, or had the lock before, or the run is long enough.
void BiasedLock::lock_slow(uintptr_t me) {
  const uintptr_t favourite = favourite_.load(std::memory_order_relaxed);
  if ((favourite & kActive) != 0) {
    favourite_.store(favourite & ~kActive, std::memory_order_relaxed);     // O2
    heavy_barrier();                                                       // O3
    while (hold_.load(std::memory_order_acquire) != kFree) brief_pause();  // O4
    if (losses_ < kMostLosses) ++losses_;
  } else if (last_ == mark(me) && (favourite == 0 || favourite == me) && light_barriers_exist()) {
    favourite_.store(me | kActive, std::memory_order_relaxed);
  }
  last_ = mark(me);
  run_ = 0;
}

}  // namespace goc
