// A look at a piece of code after each of its instructions, on the thread that runs it: what another thread
// could find, or do, at each moment. Where there is GOC_TEST_STEPS: the processor must be able to trap, and
// no sanitizer may have put instructions of its own in between.
#pragma once

#include <signal.h>

#include "arch/sanitizer.h"

#if defined(__x86_64__) && !defined(GOC_TSAN) && !defined(GOC_ASAN)
#define GOC_TEST_STEPS 1

#include <functional>

namespace goc_test {

inline thread_local const std::function<void()>* t_look = nullptr;

inline void trap_each_instruction(bool on) {
  if (on)
    __asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
  else
    __asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
}

// Runs the code, and after each of its instructions look(), which must not wait for what the code holds.
template <class Code>
void step_through(Code code, const std::function<void()>& look) {
  struct sigaction action = {}, before = {};
  action.sa_handler = [](int) { (*t_look)(); };
  sigaction(SIGTRAP, &action, &before);
  t_look = &look;
  trap_each_instruction(true);
  code();
  trap_each_instruction(false);
  sigaction(SIGTRAP, &before, nullptr);
}

}  // namespace goc_test

#endif
