// What the C and C++ runtimes keep per thread although it belongs to the code that runs: errno, and
// the exceptions that are being handled. A goroutine takes them along when it changes threads.
//
// Without the second, a `throw;` in a handler that slept rethrows another goroutine's exception.
// The layout of the exception globals is fixed by the Itanium C++ ABI (section 2.2.2).
#pragma once

#include <cerrno>
#include <cstdint>

namespace __cxxabiv1 {
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept;
}  // namespace __cxxabiv1

namespace goc {

struct ExceptionGlobals {
  void* caught;
  uint32_t uncaught;
};

// Where the running thread keeps the two; looked up once per thread.
struct ThreadState {
  int* error;
  ExceptionGlobals* exceptions;

  static ThreadState of_this_thread() {
    return {&errno, reinterpret_cast<ExceptionGlobals*>(__cxxabiv1::__cxa_get_globals())};
  }

  // For code that starts afresh on this thread.
  void clear() const {
    *exceptions = {};
    *error = 0;
  }
};

// The values of one goroutine while it is suspended.
struct SavedState {
  explicit SavedState(const ThreadState& thread)
      : caught(thread.exceptions->caught),
        uncaught(thread.exceptions->uncaught),
        error(*thread.error) {}

  // Mostly nobody handles an exception, and there is nothing to write.
  void restore(const ThreadState& thread) const {
    if (thread.exceptions->caught != caught) [[unlikely]]
      thread.exceptions->caught = caught;
    if (thread.exceptions->uncaught != uncaught) [[unlikely]]
      thread.exceptions->uncaught = uncaught;
    *thread.error = error;
  }

  void* caught;
  uint32_t uncaught;
  int error;
};

}  // namespace goc
