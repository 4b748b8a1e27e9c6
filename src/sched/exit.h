// How a goroutine ends: its function, what it has deferred, its finalizer; and goc_exit_goroutine.
//
// Exit unwinds the stack as pthread_exit does: each frame's destructors and handlers run, no search
// for a handler comes first. It arrives in call_until_exit(), from where the goroutine goes on as if
// the function had returned. Each step of the end is a call of its own, taken from its list before
// it begins, so that one that exits ends itself alone.
//
//   E1 the goroutine says that it exits, and unwinds
//   E2 a `catch (...)` that does not rethrow drops the exception, which unwinds anew from there;
//      unless another exception is on its way by then and has taken its place
//   E3 call_until_exit() catches it, and says that it exits no more: dropping it ends it
//
// The exception lies in the stack's header, since destructors overwrite what is deeper than their
// frame; they may also wait and continue on another thread, so no thread has a part in it.
// Rejected: an ordinary exception (any `catch (...)` would keep it); stopping by longjmp (setjmp for
// each goroutine).
#pragma once

#include <cxxabi.h>

#include "sched/goroutine.h"

namespace goc {

// Calls fn(arg); returns also when that has exited. g is the caller. What is caught has no object behind the
// reference, which UndefinedBehaviorSanitizer must not look at; where it is inlined, g++ would do so.
__attribute__((noinline, no_sanitize("null"))) inline void call_until_exit(Goroutine& g, goc_fn fn,
                                                                           void* arg) {
  try {
    fn(arg);
  } catch (const abi::__forced_unwind&) {
    if (!g.exits) throw;  // pthread_exit or cancellation
    g.exits = false;      // E3
  }
}

// What g, the caller, has deferred; last first.
void run_deferred(Goroutine& g);

// The function of a goroutine that tells others of its end: call_until_exit(), then run_deferred().
void run_to_end(goc_fn fn, void* arg);

// What comes after its function in the life of g, which has an `extra`.
void run_endings(Goroutine& g);

// For the calling goroutine; they return a goc_result. The first only if it is refused.
int exit_goroutine();
int defer(goc_fn fn, void* arg);

// The calling goroutine's `extra`, which is made if need be; null without memory.
GoroutineExtra* make_extra();
GoroutineExtra* extra_of(Goroutine& g);
// Frees it, and what is still deferred. Null is ignored.
void release_extra(GoroutineExtra* extra);

}  // namespace goc
