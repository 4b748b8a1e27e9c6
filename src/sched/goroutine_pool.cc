// GoroutinePool: see goroutine_pool.h.
#include "sched/goroutine_pool.h"

namespace goc {
namespace {
// Small at first; later chunks are whole huge pages, which cost far less per goroutine.
constexpr size_t kFirstChunk = 64 * 1024;
constexpr size_t kLargeChunk = 2 * 1024 * 1024;
}  // namespace

Goroutine* GoroutinePool::take_shared() {
  Guard guard(lock_);
  return take_locked();
}

void GoroutinePool::give_shared(Goroutine* g) {
  Guard guard(lock_);
  g->link = shared_.free;
  shared_.free = g;
  ++shared_.count;
}

bool GoroutinePool::refill(GoroutineCache& cache) {
  Guard guard(lock_);
  for (size_t i = 0; i < kBatch; ++i) {
    Goroutine* g = take_locked();
    if (g == nullptr) break;
    g->link = cache.free;
    cache.free = g;
    ++cache.count;
  }
  return cache.free != nullptr;
}

void GoroutinePool::spill(GoroutineCache& cache, size_t count) {
  Guard guard(lock_);
  while (count-- > 0) {
    Goroutine* g = cache.free;
    cache.free = g->link;
    --cache.count;
    g->link = shared_.free;
    shared_.free = g;
    ++shared_.count;
  }
}

Goroutine* GoroutinePool::take_locked() {
  if (Goroutine* g = shared_.free) {
    shared_.free = g->link;
    --shared_.count;
    return g;
  }
  if ((chunks_ == nullptr || chunks_->carved == chunks_->count) && !add_chunk()) return nullptr;
  return &chunks_->first()[chunks_->carved++];
}

bool GoroutinePool::add_chunk() {
  const size_t bytes = chunks_ == nullptr ? kFirstChunk : kLargeChunk;
  auto* chunk = static_cast<Chunk*>(os::map(bytes));
  if (chunk == nullptr) return false;
  if (bytes == kLargeChunk) os::want_huge_pages(chunk, bytes);
  os::populate(chunk, bytes);
  *chunk = {chunks_, bytes, bytes / sizeof(Goroutine) - 1, 0};
  chunks_ = chunk;
  return true;
}

void GoroutinePool::clear() {
  for (Chunk* chunk = chunks_; chunk != nullptr;) {
    Chunk* next = chunk->next;
    os::unmap(chunk, chunk->bytes);
    chunk = next;
  }
  chunks_ = nullptr;
  shared_ = {};
}

}  // namespace goc
