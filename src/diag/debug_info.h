// Stacks, names and lines of this process, as elfutils' libdw knows them.
//
// libdw is loaded at run time if it is there: a program that never asks for a dump, or is linked
// statically, neither needs nor notices it. Without it there are no stacks, and names only of functions
// that are exported.
// It unwinds copies: what it asks for beside a copy does not exist, so a stack that has changed while it
// was copied yields odd frames at worst.
// Rejected: libunwind (needs the other one too for lines, and its own unwinding of foreign stacks);
// gcc's unwinder (reads stacks themselves, which would have to be kept from running).
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/lock.h"

namespace goc {

struct Dwfl;
struct Libdw;
struct Module;

// What lies from the context of a suspended goroutine (arch/context.h) up to its first frame.
struct StackCopy {
  uintptr_t sp = 0;
  std::vector<uint64_t> words;
};

// Where some code is. Empty: unknown.
struct Place {
  std::string function;
  std::string file;
  int line = 0;
  std::string module;  // the file that was loaded
};

class DebugInfo {
 public:
  DebugInfo();
  ~DebugInfo();
  DebugInfo(const DebugInfo&) = delete;
  DebugInfo& operator=(const DebugInfo&) = delete;

  // Held while libdw is being loaded. A fork must not come in between: its child would find a library that is
  // loaded, but not linked yet.
  static Lock& loading_lock();

  bool has_stacks() const { return session_ != nullptr; }
  // The return addresses on a stack, the latest first.
  std::vector<uintptr_t> unwind(const StackCopy& stack);
  // Where a call returns to, and where a function begins.
  const Place& caller(uintptr_t return_address) { return place(return_address - 1); }
  const Place& function(uintptr_t entry) { return place(entry); }

 private:
  static constexpr size_t kMostFrames = 100;

  const Place& place(uintptr_t address);
  Place look_up(uintptr_t address) const;
  void look_up_line(Module* module, uintptr_t address, Place& place) const;

  const Libdw* libdw_ = nullptr;
  Dwfl* session_ = nullptr;
  StackCopy const* unwound_ = nullptr;
  std::unordered_map<uintptr_t, Place> places_;

  friend struct Libdw;
};

}  // namespace goc
