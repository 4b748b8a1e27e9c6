// What every goroutine is doing, copied while they go on.
//
// Nobody is stopped and no lock of an object is taken. A goroutine that does not run is copied: its
// descriptor, what it waits for, its stack.
//   N1 read which goroutines run (Worker::current)
//   N2 copy the descriptor, and what it leads to, with calls of the system that fail where there is no
//      memory (os::read_memory): a pointer that is out of date leads to nonsense, never to a fault
//   N3 read the descriptor anew: it is the same, and nobody runs it. Else again from N1; in the end it
//      is taken to run
// It may have run and be parked in the same place by N3, or not have left its stack quite by N2. Then
// the copy is a mixture, which DebugInfo stands. All are copied one after the other, so they need not
// fit together: what hangs holds still.
//
// Locking: Runtime::while_it_runs, so that no memory of the runtime is freed meanwhile.
#pragma once

#include <goconc/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "diag/debug_info.h"
#include "sched/waiter.h"

namespace goc {

enum class State : uint8_t {
  kRunning,
  kBlocking,  // within goc_blocking_begin(), or goc_blocking()
  kReady,     // it waits for its turn
  kNew,       // it has not run yet
  kWaiting,
};

struct Snapshot {
  uint64_t id = 0;
  State state = State::kNew;
  bool locked = false;  // to its thread
  std::string name;
  goc_fn fn = nullptr;
  uintptr_t site = 0;             // where it was started; 0: by a timer
  StackCopy stack;                // empty while it runs
  std::vector<uintptr_t> frames;  // filled in by who reports

  // While it waits.
  WaitReason reason{};
  int64_t waited = 0;            // nanoseconds, as Sleeper counts them
  uint32_t objects = 0;          // how many it waits for
  const void* object = nullptr;  // the one it waits for
  std::string object_name;
  bool leaked = false;  // channels that nobody holds are all it waits for
};

// Of all goroutines, by their ids; `caller` is one that runs although it does not look so, or null.
// False if nothing runs. Throws std::bad_alloc.
bool take_snapshots(const Goroutine* caller, std::vector<Snapshot>& all);

}  // namespace goc
