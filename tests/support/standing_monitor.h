// A runtime whose monitor stands still: what the monitor would do each millisecond cannot hide that a
// worker has failed to do it itself.
#pragma once

#include <atomic>
#include <utility>

#include "sched/hooks.h"

namespace goc_test {

// Runtime or Procs, with a monitor that goes no further than into its first tick.
template <class Fixture>
class WithStandingMonitor : public Fixture {
 protected:
  void SetUp() override {
    stands_ = true;
    on_tick_ = std::exchange(goc::g_hooks.on_tick, [](int64_t) { stands_.wait(true); });
    Fixture::SetUp();
  }
  void TearDown() override {
    stands_ = false;
    stands_.notify_all();
    Fixture::TearDown();
    goc::g_hooks.on_tick = on_tick_;
  }

 private:
  static inline std::atomic<bool> stands_;
  void (*on_tick_)(int64_t) = nullptr;
};

}  // namespace goc_test
