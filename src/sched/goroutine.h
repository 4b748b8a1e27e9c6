// A goroutine's descriptor: all that exists of one that has not run yet, in one cache line.
//
// States: free (in a pool) -> fresh (no stack, in a LocalQueues or the inject queue) -> running (current of
// a worker) <-> parked (sp set, `waiting` set) <-> ready (in a LocalQueues or the inject
// queue) -> free. It gets a stack when it first runs.
// Descriptors are type-stable until shutdown. A field is written by whoever owns the goroutine at
// that time: the spawner, the worker that runs it, or the waker that has claimed its sleeper.
#pragma once

#include <goconc/types.h>

#include <cstdint>

#include "stack/stack_pool.h"

namespace goc {

class Sleeper;

// A function that goc_defer has put off.
struct Deferred {
  Deferred* next;  // the one that was deferred before
  goc_fn fn;
  void* arg;
};

// What few goroutines have.
struct GoroutineExtra {
  char name[64];
  Deferred* deferred;  // the last first
  goc_fn finalizer;
  void* finalizer_arg;
  uint64_t name_kept;  // see trace::keep_name
  uint32_t stack_log2;
  bool pinned;
};

struct alignas(64) Goroutine {
  static constexpr uintptr_t kNoStack = uintptr_t{1} << 63;

  Goroutine* link;  // in a list or free list
  union {
    Goroutine* back;  // fresh, in a Deque
    void* sp;         // saved context; not if it is fresh or running
  };
  union {
    goc_fn fn;      // fresh, then in its stack
    uint64_t turn;  // counted while a trace is recorded (sched/worker_trace.h)
  };
  union {
    void* arg;         // fresh
    Sleeper* waiting;  // parked
  };
  union {
    Stack* stack;
    const void* site;  // fresh: where it was started, marked as no stack
  };
  GoroutineExtra* extra;
  uint64_t id;
  bool alive;
  bool canary;            // as in its stack
  bool exits;             // goc_exit_goroutine is unwinding its stack
  uint32_t thread_locks;  // goc_lock_thread calls not yet undone

  // No address of a program has the mark, so one comparison tells the two apart.
  bool fresh() const { return reinterpret_cast<intptr_t>(site) <= 0; }
  void start_at(const void* created_at) {
    site = reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(created_at) | kNoStack);
  }
  static const void* unmarked(const void* site) {
    return reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(site) & ~kNoStack);
  }
  bool locked() const { return thread_locks != 0; }
  const char* name() const { return extra != nullptr ? extra->name : ""; }
};
static_assert(sizeof(Goroutine) == 64, "spawning a million costs a line each");

}  // namespace goc
