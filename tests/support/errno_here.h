// errno of the thread on which a goroutine is now.
#pragma once

#include <cerrno>

namespace goc_test {

// Compilers keep the address of errno across a switch: it is looked up in a function of its own.
__attribute__((noinline)) inline int get_errno() {
  __asm__ volatile("");
  return errno;
}
__attribute__((noinline)) inline void set_errno(int value) {
  __asm__ volatile("");
  errno = value;
}

}  // namespace goc_test
