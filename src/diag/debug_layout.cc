// The table for debuggers: see debug_layout.h.
#include "diag/debug_layout.h"

#include <string_view>

#include "arch/context.h"
#include "port/port.h"
#include "sched/runtime.h"
#include "sync/cond.h"
#include "sync/group.h"
#include "sync/mutex.h"
#include "sync/once.h"
#include "sync/rwmutex.h"
#include "sync/semaphore.h"
#include "sync/waitgroup.h"

// Objects derive from Object without virtual functions or bases: offsetof is well defined for them
// with g++ and clang.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace goc {
namespace {

// The type of the handle in C; null for what is none.
constexpr const char* handle_of(Tag tag) {
  switch (tag) {
    case Tag::kDead:
      return nullptr;
    case Tag::kChannel:
      return "goc_chan";
    case Tag::kWaitGroup:
      return "goc_wg";
    case Tag::kMutex:
      return "goc_mutex";
    case Tag::kOnce:
      return "goc_once";
    case Tag::kTimer:
      return "goc_timer";
    case Tag::kPort:
      return "goc_port";
    case Tag::kRWMutex:
      return "goc_rwmutex";
    case Tag::kCond:
      return "goc_cond";
    case Tag::kSemaphore:
      return "goc_sem";
    case Tag::kGroup:
      return "goc_group";
    case Tag::kFlight:
      return "goc_flight";
    case Tag::kTicker:
      return "goc_ticker";
    case Tag::kContext:
      return "goc_ctx";
    case Tag::kDescriptor:
      return "goc::Descriptor";
  }
  return nullptr;
}

constexpr void add_entry(DebugTable& table, std::string_view group, std::string_view name,
                         size_t offset, size_t size) {
  DebugTable::Entry& entry = table.entries[table.count++];
  size_t at = 0;
  for (const char c : group) entry.name[at++] = c;
  for (const char c : name) entry.name[at++] = c;
  entry.name[at] = 0;  // what does not fit does not compile
  entry.offset = static_cast<uint32_t>(offset);
  entry.size = static_cast<uint32_t>(size);
}

template <class Enum>
constexpr void add_entries(DebugTable& table, std::string_view group, const char* (*name)(Enum),
                           Enum first) {
  for (auto value = static_cast<uint32_t>(first); name(static_cast<Enum>(value)) != nullptr;
       ++value)
    add_entry(table, group, name(static_cast<Enum>(value)), value, 0);
}

}  // namespace

// A friend of all whose members it names.
struct DebugLayout {
  static constexpr DebugTable table();
};

#define FIELD(type, member) \
  add_entry(table, #type ".", #member, offsetof(type, member), sizeof(type::member))
#define CONSTANT(type, name) add_entry(table, #type " ", #name, type::name, 0)

constexpr DebugTable DebugLayout::table() {
  using LocalQueues = goc::LocalQueues<Goroutine>;
  using InjectQueue = goc::InjectQueue<Goroutine>;
  using Fifo = goc::Fifo<Goroutine>;
  using Chunk = GoroutinePool::Chunk;
  using Slab = StackPool::Slab;
  DebugTable table;
  table.runtime = &g_storage;
  table.resumed = goc_context_resumed;

  // Every goroutine, in chunks that begin with a Chunk in the place of the first.
  FIELD(Runtime, goroutines);
  FIELD(GoroutinePool, chunks_);
  FIELD(Chunk, next);
  FIELD(Chunk, carved);
  add_entry(table, "Goroutine", "", 0, sizeof(Goroutine));
  FIELD(Goroutine, link);
  FIELD(Goroutine, sp);
  FIELD(Goroutine, fn);
  FIELD(Goroutine, arg);
  FIELD(Goroutine, waiting);
  FIELD(Goroutine, stack);
  FIELD(Goroutine, extra);
  FIELD(Goroutine, id);
  FIELD(Goroutine, alive);
  FIELD(GoroutineExtra, name);

  // Which goroutine's stack an address lies in.
  FIELD(Runtime, stacks);
  FIELD(StackPool, slabs_);
  FIELD(Slab, next);
  FIELD(Slab, base);
  FIELD(Slab, count);
  FIELD(Slab, size_log2);
  add_entry(table, "Stack", "", 0, sizeof(Stack));
  FIELD(Stack, owner);
  FIELD(Stack, size_log2);

  // Those that are ready.
  FIELD(Runtime, injected);
  FIELD(InjectQueue, resumed_);
  FIELD(Fifo, head_);
  FIELD(Runtime, worker_count_);
  FIELD(Runtime, workers_);
  FIELD(Worker, queues_);
  FIELD(LocalQueues, next_);
  FIELD(LocalQueues, resumed_);
  FIELD(Worker, locked_goroutine_);
  FIELD(Worker, wake_);
  CONSTANT(Worker, kLockedReady);

  // Those whose function runs on a thread's own stack: `after_` points into theirs.
  FIELD(Worker, current_);
  FIELD(Worker, blocking_);
  FIELD(Worker, after_);
  FIELD(After, arg);

  // Those that wait.
  FIELD(Sleeper, claimed_);
  FIELD(Sleeper, goroutine_);
  FIELD(Sleeper, waiters_);
  FIELD(Sleeper, count_);
  FIELD(Sleeper, reason_);
  FIELD(Sleeper, is_op_);
  add_entries(table, "WaitReason ", &words, WaitReason::kSleep);
  add_entry(table, "Waiter", "", 0, sizeof(Waiter));
  FIELD(Waiter, next);
  FIELD(Waiter, sleeper);
  FIELD(Waiter, object);
  FIELD(Waiter, sends);
  FIELD(WaitQueue, head_);

  // Objects.
  FIELD(Object, tag);
  add_entries(table, "Tag ", &handle_of, Tag::kChannel);
  add_entry(table, "Tag ", "released", static_cast<size_t>(Tag::kDead), 0);
  FIELD(Channel, closed_);
  FIELD(Channel, count_);
  FIELD(Channel, capacity_);
  FIELD(Channel, elem_size_);
  FIELD(Channel, timed_);
  FIELD(Channel, receivers_);
  FIELD(Channel, senders_);
  FIELD(Channel, name_);
  FIELD(WaitGroup, state_);
  FIELD(WaitGroup, waiters_);
  FIELD(Mutex, state_);
  CONSTANT(Mutex, kLocked);
  FIELD(Mutex, waiters_);
  FIELD(RWMutex, state_);
  CONSTANT(RWMutex, kWriter);
  CONSTANT(RWMutex, kReader);
  FIELD(RWMutex, readers_);
  FIELD(RWMutex, writers_);
  FIELD(Cond, waiters_);
  FIELD(Semaphore, size_);
  FIELD(Semaphore, state_);
  CONSTANT(Semaphore, kUnit);
  FIELD(Semaphore, waiters_);
  FIELD(Once, state_);
  CONSTANT(Once, kRunning);
  CONSTANT(Once, kDone);
  FIELD(Once, waiters_);
  FIELD(Group, running_);
  return table;
}

#undef FIELD
#undef CONSTANT

}  // namespace goc

__attribute__((used)) constinit const DebugTable goc_debug_layout = goc::DebugLayout::table();

#pragma GCC diagnostic pop
