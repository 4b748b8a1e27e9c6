// Descriptor: the records and their table. See descriptor.h.
#include "poll/descriptor.h"

#include <cstring>
#include <new>

namespace goc {
namespace {

// The table has two levels, of which only what is touched uses memory.
struct alignas(128) Place {
  Atom<bool> taken;  // by a record; release, acquire
  alignas(Descriptor) char record[sizeof(Descriptor)];

  Descriptor* get() { return reinterpret_cast<Descriptor*>(record); }
};
static_assert(sizeof(Place) == 128, "two lines");

constexpr int kChunk = 512;  // places
constexpr size_t kChunks = (size_t{INT32_MAX} + 1) / kChunk;

using Chunk = Atom<Place*>;
constinit Lock g_table_lock;  // guards the making of chunks and records
constinit Atom<Chunk*> g_chunks{nullptr};
constinit Atom<size_t> g_count{0};  // of chunks: all that there are have lower numbers

// Where the record is, or will be; null without memory for it.
Place* place_of(int fd) {
  Chunk* chunks = fd >= 0 ? g_chunks.load(std::memory_order_acquire) : nullptr;
  Place* chunk = chunks != nullptr ? chunks[fd / kChunk].load(std::memory_order_acquire) : nullptr;
  return chunk != nullptr ? chunk + fd % kChunk : nullptr;
}

// Under g_table_lock.
bool make_place(int fd) {
  Chunk* chunks = g_chunks.load(std::memory_order_relaxed);
  if (chunks == nullptr) {
    chunks = static_cast<Chunk*>(os::map(kChunks * sizeof(Chunk)));
    if (chunks == nullptr) return false;
    g_chunks.store(chunks, std::memory_order_release);
  }
  const auto index = static_cast<size_t>(fd / kChunk);
  if (chunks[index].load(std::memory_order_relaxed) != nullptr) return true;
  auto* chunk = static_cast<Place*>(os::map(kChunk * sizeof(Place)));
  if (chunk == nullptr) return false;
  chunks[index].store(chunk, std::memory_order_release);
  if (g_count.load(std::memory_order_relaxed) <= index)
    g_count.store(index + 1, std::memory_order_release);
  return true;
}

}  // namespace

Lock& Descriptor::table_lock() { return g_table_lock; }

Descriptor* Descriptor::find(int fd) {
  Place* place = place_of(fd);
  return place != nullptr && place->taken.load(std::memory_order_acquire) ? place->get() : nullptr;
}

Descriptor* Descriptor::get(int fd) {
  if (Descriptor* known = find(fd)) return known;
  Guard guard(g_table_lock);
  if (fd < 0 || !make_place(fd)) return nullptr;
  Place* place = place_of(fd);
  if (!place->taken.load(std::memory_order_relaxed)) {
    new (place->record) Descriptor(fd);
    place->taken.store(true, std::memory_order_release);
  }
  return place->get();
}

void Descriptor::for_each(void (*use)(Descriptor&)) {
  const auto end = static_cast<int64_t>(g_count.load(std::memory_order_acquire)) * kChunk;
  for (int64_t fd = 0; fd < end; ++fd)
    if (Descriptor* known = find(static_cast<int>(fd))) use(*known);
}

void Descriptor::forget_all() {
  for_each([](Descriptor& d) {
    const int fd = d.fd;
    std::memset(static_cast<void*>(&d), 0, sizeof d);
    new (&d) Descriptor(fd);
  });
}

Waiter* Descriptor::count_edges(int events) {
  Waiter* first = nullptr;
  Waiter** last = &first;
  for (int i = 0; i < kDirections; ++i) {
    if ((events & direction(i)) == 0) continue;
    edges[i].store(edges[i].load(std::memory_order_relaxed) + 1, std::memory_order_release);
    Waiter* waiter = queues[i].claim_front();
    if (waiter == nullptr) continue;
    waiter->status = GOC_OK;
    waiter->next = nullptr;
    *last = waiter;
    last = &waiter->next;
  }
  return first;
}

Waiter* Descriptor::claim_all(int16_t status) {
  Waiter* first = nullptr;
  Waiter** last = &first;
  for (int i = 0; i < kDirections; ++i) {
    edges[i].store(edges[i].load(std::memory_order_relaxed) + 1, std::memory_order_release);
    *last = queues[i].claim_all(status);
    while (*last != nullptr) last = &(*last)->next;
  }
  return first;
}

bool Descriptor::leave(Waiter& waiter) {
  auto& descriptor = static_cast<Descriptor&>(*waiter.object);
  Guard guard(descriptor.lock);
  const bool linked = waiter.linked;
  if (linked) descriptor.queues[waiter.sends ? 1 : 0].remove(waiter);
  return linked;
}

}  // namespace goc
