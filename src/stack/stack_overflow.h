// Naming the goroutine that runs out of stack, instead of a bare segmentation fault.
//
// A handler on an alternate stack claims only faults inside our own guards and passes every other
// one to the handler that was there before (a JVM uses SIGSEGV for itself).
#pragma once

#include "stack/stack_pool.h"

namespace goc {

// Installs the handler, once per process. `report` is called in the handler with the stack that
// overflowed; the process then ends with SIGSEGV.
void catch_stack_overflow(const StackPool& pool, void (*report)(const Stack&));

// The alternate signal stack of one thread of ours. Without memory it has none: then an overflow ends
// the process by the same signal, but unnamed.
class SignalStack {
 public:
  SignalStack();
  ~SignalStack();
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;

 private:
  void* memory_;
};

}  // namespace goc
