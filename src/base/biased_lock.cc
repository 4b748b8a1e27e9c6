// BiasedLock: taking the bias back, and giving it. See biased_lock.h.
#include "base/biased_lock.h"

#include <algorithm>

namespace goc {

// Under lock_. A bias always belongs to `last_`.
void BiasedLock::lock_slow(const void* me) {
  if (favourite_.load(std::memory_order_relaxed) != nullptr) {
    favourite_.store(nullptr, std::memory_order_relaxed);                  // O2
    heavy_barrier();                                                       // O3
    while (hold_.load(std::memory_order_acquire) != kFree) brief_pause();  // O4
    losses_ = std::min(losses_ + 1, kMostLosses);
  }
  if (last_ == me) favourite_.store(me, std::memory_order_relaxed);
  last_ = me;
  run_ = 0;
}

}  // namespace goc
