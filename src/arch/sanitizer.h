// What AddressSanitizer, ThreadSanitizer and Valgrind must be told about stacks and switches; empty
// in ordinary builds.
//
// TSan: each stack has a fiber, and __tsan_switch_to_fiber stands in the same frame as the switch.
// ASan: __sanitizer_start_switch_fiber before, finish after the switch, on the new side.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_THREAD__)
#define GOC_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GOC_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define GOC_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GOC_ASAN 1
#endif
#endif

#if defined(GOC_TSAN)
#include <sanitizer/tsan_interface.h>
#endif
#if defined(GOC_ASAN)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define GOC_VALGRIND 1
#endif

namespace goc {

// A stack as the tools see it: a goroutine's, or the thread's own.
struct ToolStack {
  const void* bottom = nullptr;
  size_t size = 0;
  void* fiber = nullptr;  // TSan
};

#if defined(GOC_TSAN)
inline void* tsan_fiber_create() { return __tsan_create_fiber(0); }
inline void* tsan_fiber_of_thread() { return __tsan_get_current_fiber(); }
inline void tsan_fiber_destroy(void* fiber) { __tsan_destroy_fiber(fiber); }
#else
inline void* tsan_fiber_create() { return nullptr; }
inline void* tsan_fiber_of_thread() { return nullptr; }
inline void tsan_fiber_destroy(void*) {}
#endif

// Registers a stack with Valgrind, which then recognises switches; the result undoes it.
inline unsigned valgrind_register([[maybe_unused]] void* low, [[maybe_unused]] void* high) {
#if defined(GOC_VALGRIND)
  return VALGRIND_STACK_REGISTER(low, high);
#else
  return 0;
#endif
}
inline void valgrind_deregister([[maybe_unused]] unsigned id) {
#if defined(GOC_VALGRIND)
  VALGRIND_STACK_DEREGISTER(id);
#endif
}

// To be called before frames are left in another way than by returning.
inline void asan_leaves_frames() {
#if defined(GOC_ASAN)
  __asan_handle_no_return();
#endif
}

// A frame that was left for good leaves poison behind; the next user of the memory starts clean.
inline void asan_unpoison([[maybe_unused]] const void* low, [[maybe_unused]] size_t bytes) {
#if defined(GOC_ASAN)
  __asan_unpoison_memory_region(low, bytes);
#endif
}

}  // namespace goc
