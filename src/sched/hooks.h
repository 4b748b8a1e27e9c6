// What higher rooms want to be told by the runtime. They set it while the library is loaded (diag);
// null: nothing.
#pragma once

#include <cstdint>

namespace goc {

struct Hooks {
  void (*on_start)() = nullptr;            // a runtime is about to start
  void (*on_tick)(int64_t now) = nullptr;  // on the monitor's thread, at each tick
  void (*before_abandon)() =
      nullptr;  // stop(): what still waits will be freed; no thread of ours runs
  void (*on_deadlock)() = nullptr;  // it has been said; everything is at rest
};
extern constinit Hooks g_hooks;

}  // namespace goc
