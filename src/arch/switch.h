// Switching stacks with the tools informed: the one place that calls goc_context_switch.
#pragma once

#include "arch/context.h"
#include "arch/sanitizer.h"

namespace goc {

// Saves the caller in *save and continues `to`, a context on the stack `target`. The result is the
// transfer value that whoever comes back gives. `last`: the caller's stack is never continued.
// Inline, and TSan's switch stands beside ours: the tool wants both in one frame.
__attribute__((always_inline)) inline void* switch_stacks(void** save, void* to, void* transfer,
                                                          [[maybe_unused]] const ToolStack& target,
                                                          [[maybe_unused]] bool last) {
#if defined(GOC_ASAN)
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(last ? nullptr : &fake_stack, target.bottom, target.size);
#endif
#if defined(GOC_TSAN)
  __tsan_switch_to_fiber(target.fiber, 0);
#endif
  void* result = goc_context_switch(save, to, transfer);
#if defined(GOC_ASAN)
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
  return result;
}

// To be called first on a stack that has never run.
inline void arrived_on_new_stack() {
#if defined(GOC_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, nullptr, nullptr);
#endif
}

}  // namespace goc
