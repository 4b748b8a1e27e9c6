// Goroutine stacks: address space in slabs, memory only where touched, a guard below each.
//
// A slab is one mapping of many stacks of one size. A stack lies between its guard (lowest) and its
// header, the Stack object, at the very top, so that a shallow goroutine touches one page in all.
//
// Life of a stack: carved from a slab, with its guard -> cold (free, without memory) -> in use ->
// warm (free, its memory kept; newest first) -> in use again, or cold again (by trim()). Slabs are
// unmapped by clear() only. Where many are in use, some cold ones have their first page before they are
// taken: for several in one call the system takes half as long.
//
// Invariants: a warm stack's header is valid; a cold stack is known by its top alone.
// Locking: one lock per size; no stack is touched, guarded or given back under it.
// Rejected: one mprotect guard per stack where the kernel has guard markers (two mappings each;
// vm.max_map_count ends it at 32,754), huge pages (2 MiB per stack).
#pragma once

#include <goconc/types.h>
#include <unwind.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/allocator.h"
#include "base/lock.h"
#include "base/os.h"

namespace goc {

struct Goroutine;
class Worker;

// The header of a stack, at its top.
struct alignas(64) Stack {
  Stack* link;        // in a free list
  Goroutine* owner;   // who runs on it; for the overflow report
  Worker* locked_to;  // the worker whose thread the owner keeps (goc_lock_thread), else null
  void* fiber;        // ThreadSanitizer's
  const void* site;   // the owner was started there: an address within the caller, or null
  goc_fn fn;          // the owner's
  uint32_t size_log2;
  uint32_t valgrind_id;
  bool canary;    // no guard could be made: a mark at the low end is checked instead
  uint8_t color;  // offset of the first frame in lines, so that stacks differ in cache sets
  _Unwind_Exception exit;  // used while goc_exit_goroutine unwinds: what lies deeper is overwritten

  size_t size() const { return size_t{1} << size_log2; }
  char* top() const { return reinterpret_cast<char*>(const_cast<Stack*>(this + 1)); }
  char* low() const { return top() - size(); }
  char* usable_low() const { return low() + guard_bytes(size_log2); }
  // Where the first frame begins.
  void* start() const { return reinterpret_cast<char*>(const_cast<Stack*>(this)) - color * 64; }

  static size_t guard_bytes(uint32_t size_log2) { return size_log2 >= 17 ? 16384 : os::kPage; }
  // False if the owner has written below its stack (only stacks without a guard can tell late).
  bool intact() const;
};

class StackPool {
 public:
  static constexpr uint32_t kMinLog2 = 14;
  static constexpr uint32_t kMaxLog2 = 30;
  static constexpr uint32_t kDefaultLog2 = 18;

  // The exponent for a stack of at least `bytes`; 0 means default. 0 if too large.
  static uint32_t log2_for(size_t bytes);

  Stack* take(uint32_t size_log2);  // null without memory
  void give(Stack* stack);
  // Gives the memory of up to `most` stacks per size back to the system, as long as more than
  // `keep` are warm. True if it gave anything. One thread at a time.
  bool trim(size_t keep, size_t most);
  // Unmaps everything; no stack is in use any more, abandoned ones included.
  void clear();

  // The stack whose guard contains the address, else null. Async-signal-safe.
  const Stack* guarded_by(const void* address) const;
  // For statistics and tests: stacks that are taken, that are kept with their memory, all of them.
  int64_t in_use() const { return in_use_.load(std::memory_order_relaxed); }
  int64_t warm() const;
  int64_t reserved() const;  // bytes of address space

 private:
  friend struct DebugLayout;
  struct Slab {
    Slab* next;
    char* base;
    size_t count;
    size_t carved;
    size_t protects;  // guards of the kind that the system has few of
    uint32_t size_log2;
  };
  // A free stack without a header: its top, whether it has a guard, and whether it has its first page.
  struct Cold {
    char* top;
    bool guarded;
    bool populated;
  };
  struct Size {
    Lock lock;
    Stack* warm = nullptr;
    Atom<size_t> warm_count{0};  // written under the lock
    std::vector<Cold, os::Allocator<Cold>> cold;
    Slab* slab = nullptr;  // the one that is being carved
    size_t slabs = 0;
  };

  static Stack* detach_warm(Size& size, size_t keep, size_t most);
  static bool cool(Size& size, Stack* list);
  bool take_cold(Size& size, uint32_t size_log2, Cold* cold);
  static bool pop_cold(Size& size, Cold* cold);
  void populate(Size& size, const Cold& first);
  bool carve(Size& size, uint32_t size_log2, Cold* cold);
  static void keep_cold(Size& size, const Cold& cold);
  bool add_slab(Size& size, uint32_t size_log2);
  static Stack* prepare(const Cold& cold, uint32_t size_log2);

  Size sizes_[kMaxLog2 + 1 - kMinLog2];
  Atom<Slab*> slabs_{nullptr};  // push pairs with guarded_by
  Atom<int64_t> in_use_{0};
};

}  // namespace goc
