// Where descriptors come from: chunks that are carved once and recycled for ever.
//
// Locking: `lock_` for the shared part; each worker keeps a cache of its own and exchanges batches.
#pragma once

#include <cstddef>

#include "base/lock.h"
#include "sched/goroutine.h"

namespace goc {

// A worker's private free list.
struct GoroutineCache {
  Goroutine* free = nullptr;
  size_t count = 0;
};

class GoroutinePool {
 public:
  // From the cache, which is refilled if empty; null without memory.
  Goroutine* take(GoroutineCache& cache) {
    if (cache.free == nullptr && !refill(cache)) return nullptr;
    Goroutine* g = cache.free;
    cache.free = g->link;
    --cache.count;
    return g;
  }

  void give(GoroutineCache& cache, Goroutine* g) {
    g->link = cache.free;
    cache.free = g;
    if (++cache.count >= 2 * kBatch) spill(cache, kBatch);
  }

  Goroutine* take_shared();  // for threads that are no workers
  void give_shared(Goroutine* g);
  void flush(GoroutineCache& cache) { spill(cache, cache.count); }

  // Every descriptor that there has been, alive or not, while others change them.
  template <class Visit>
  void for_each(Visit visit) {
    const Chunk* chunk;
    size_t carved;
    {
      Guard guard(lock_);
      chunk = chunks_;
      carved = chunk != nullptr ? chunk->carved : 0;
    }
    for (; chunk != nullptr; chunk = chunk->next, carved = chunk != nullptr ? chunk->count : 0)
      for (size_t i = 0; i < carved; ++i) visit(chunk->first()[i]);
  }

  template <class Visit>
  void for_each_alive(Visit visit) {
    for (Chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next)
      for (size_t i = 0; i < chunk->carved; ++i)
        if (chunk->first()[i].alive) visit(chunk->first()[i]);
  }

  void clear();  // unmaps everything

 private:
  friend struct DebugLayout;
  static constexpr size_t kBatch = 64;

  struct Chunk {
    Chunk* next;
    size_t bytes;
    size_t count;
    size_t carved;
    Goroutine* first() { return reinterpret_cast<Goroutine*>(this) + 1; }
    const Goroutine* first() const { return reinterpret_cast<const Goroutine*>(this) + 1; }
  };

  bool refill(GoroutineCache& cache);
  void spill(GoroutineCache& cache, size_t count);
  Goroutine* take_locked();
  bool add_chunk();

  Lock lock_;
  GoroutineCache shared_;
  Chunk* chunks_ = nullptr;
};

}  // namespace goc
