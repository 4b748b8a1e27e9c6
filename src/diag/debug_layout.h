// The table by which a debugger finds goroutines and objects in memory, also where the library has no
// debug information: pkg/gdb/goconc-gdb.py reads it. It is all that the script knows of the layout.
//
// Invariants: a name keeps its meaning. Whoever changes a meaning raises kVersion, and the script then
// refuses; names may be added or vanish, and their offsets move, without that.
// The symbol is exported, or strip would take it away, in a version node of its own: nothing may link
// with it. Runtime points to it, so that static programs have it.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct DebugTable {
  static constexpr uint32_t kVersion = 1;
  static constexpr uint32_t kMost = 128;

  // A member of a type ("Goroutine.id") with its place and size; or a constant ("WaitReason receive"),
  // whose value stands in `offset`.
  struct Entry {
    char name[40];
    uint32_t offset;
    uint32_t size;
  };

  char magic[8] = {'g', 'o', 'c', 'o', 'n', 'c', 'D', 'T'};
  uint32_t version = kVersion;
  uint32_t count = 0;
  const void* runtime = nullptr;  // the Runtime
  const void* resumed = nullptr;  // goc_context_resumed
  Entry entries[kMost] = {};
};

extern __attribute__((visibility("default"))) const DebugTable goc_debug_layout;
}
