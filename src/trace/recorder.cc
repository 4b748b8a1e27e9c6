// The recorder: see recorder.h.
#include "trace/recorder.h"

#include <algorithm>
#include <cstring>

#include "base/lock.h"

namespace goc::trace {

constinit Ring g_no_ring{kOthers};

namespace {

// A thread, and where a worker has its ring.
struct Self {
  uint32_t role;
  Ring** ring;
};
thread_local Self t_self __attribute__((tls_model("initial-exec"))) = {kPlainThread, nullptr};

struct Name {
  uint64_t goroutine;
  char text[64];
};

// The last names, in a ring. A goroutine that starts again after half of them have been replaced has
// its name written anew.
struct Names {
  static constexpr uint64_t kCount = 4096;

  Lock lock;
  Name* all = nullptr;
  Atom<uint64_t> next{kCount};  // counts on through all recordings: 0 is long ago
  uint64_t first = kCount;      // of this recording
};

struct Recorder {
  Lock rings_lock;
  Ring* rings = nullptr;
  size_t bytes = 0;
  uint32_t last_session = 0;
  Lock outside_lock;
  Ring* outside = nullptr;
  Names names;
  Moment began{};
  uint64_t complete_from = 0;
};
constinit Recorder g_recorder;

Ring** find(uint32_t owner) {
  Ring** at = &g_recorder.rings;
  while (*at != nullptr && (*at)->owner != owner) at = &(*at)->next;
  return at;
}

// The ring of a worker; a new one if it has none of the right size. Under rings_lock.
Ring* ring_of(uint32_t owner) {
  Ring** at = find(owner);
  if (*at != nullptr && (*at)->bytes() == g_recorder.bytes) return *at;
  Ring* made = Ring::make(owner, g_recorder.bytes);
  if (made == nullptr) return nullptr;
  if (Ring* old = *at) {
    made->next = old->next;
    Ring::destroy(old);
  }
  return *at = made;
}

// For a worker's first event in this recording. Null without memory, or when it is over.
__attribute__((noinline, cold)) Ring* attach(Word current) {
  Guard guard(g_recorder.rings_lock);
  const uint32_t session = g_session.load(std::memory_order_relaxed);
  if (session == 0) return nullptr;
  Ring* ring = ring_of(t_self.role);
  *t_self.ring = ring != nullptr ? ring : &g_no_ring;
  if (ring == nullptr) return nullptr;
  if (ring->session() != session)
    ring->begin(session);  // else it was an earlier runtime's worker's
  if (current.kind() != Kind::kNone) ring->put_with_stamp(current);
  return ring;
}

// Each event with its thread and a stamp.
__attribute__((noinline, cold)) void record_outside(Word word) {
  Guard guard(g_recorder.outside_lock);
  Ring* ring = g_recorder.outside;
  if (ring == nullptr || ring->session() != g_session.load(std::memory_order_relaxed)) return;
  ring->put_with_stamp(Word(Kind::kThread, t_self.role == kMonitor ? 0 : os::thread_id()));
  ring->put_with_stamp(word);
}

}  // namespace

void this_thread_is(uint32_t role, Ring** ring) { t_self = {role, ring}; }

__attribute__((noinline)) void record_with_stamp(Word word, Word current) {
  Ring* ring = *t_self.ring;
  if (ring->session() != g_session.load(std::memory_order_relaxed)) ring = attach(current);
  if (ring != nullptr) ring->put_with_stamp(word);
}

__attribute__((noinline)) void record(Word word) {
  if (t_self.ring == nullptr)
    record_outside(word);
  else if (!(*t_self.ring)->put(word))
    record_with_stamp(word, kNobody);
}

void keep_name(uint64_t goroutine, const char* name, uint64_t* kept) {
  Names& names = g_recorder.names;
  if (*name == 0 || names.next.load(std::memory_order_relaxed) - *kept < Names::kCount / 2) return;
  Guard guard(names.lock);
  if (names.all == nullptr) return;
  *kept = names.next.load(std::memory_order_relaxed);
  Name& entry = names.all[*kept % Names::kCount];
  entry.goroutine = goroutine;
  std::strncpy(entry.text, name, sizeof entry.text - 1);
  names.next.store(*kept + 1, std::memory_order_relaxed);
}

// --- Life -----------------------------------------------------------------------------------------

namespace {

// Under rings_lock.
void free_rings() {
  while (Ring* ring = g_recorder.rings) {
    g_recorder.rings = ring->next;
    Ring::destroy(ring);
  }
}

void begin_names() {
  Names& names = g_recorder.names;
  Guard guard(names.lock);
  // Without memory there are no names.
  if (names.all == nullptr) names.all = static_cast<Name*>(os::map(Names::kCount * sizeof(Name)));
  names.first = names.next.load(std::memory_order_relaxed) + Names::kCount;
  names.next.store(names.first, std::memory_order_relaxed);
}

bool begin_outside(uint32_t session) {
  Guard guard(g_recorder.outside_lock);
  Ring*& ring = g_recorder.outside;
  if (ring != nullptr && ring->bytes() != g_recorder.bytes) {
    Ring::destroy(ring);
    ring = nullptr;
  }
  if (ring == nullptr) ring = Ring::make(kOthers, g_recorder.bytes);
  if (ring != nullptr) ring->begin(session);
  return ring != nullptr;
}

void read_names(Snapshot& snapshot) {
  Names& names = g_recorder.names;
  Guard guard(names.lock);
  const uint64_t next = names.next.load(std::memory_order_relaxed);
  const uint64_t first = std::max(names.first, next - Names::kCount);
  for (uint64_t i = first; names.all != nullptr && i < next; ++i) {
    const Name& name = names.all[i % Names::kCount];
    snapshot.names[Word::goroutine_of(name.goroutine)] = name.text;
  }
}

}  // namespace

bool begin(size_t bytes) {
  uint32_t session;
  {
    Guard guard(g_recorder.rings_lock);
    g_recorder.bytes = bytes;
    session = ++g_recorder.last_session;
    g_recorder.began = Moment::now();
  }
  begin_names();
  if (!begin_outside(session)) return false;
  g_session.store(session, std::memory_order_relaxed);  // B1
  heavy_barrier();                                      // B2
  tick();
  Guard guard(g_recorder.rings_lock);
  g_recorder.complete_from = ticks();
  return true;
}

void end() { g_session.store(0, std::memory_order_relaxed); }

Snapshot snapshot() {
  Snapshot snapshot{};
  Guard guard(g_recorder.rings_lock);
  snapshot.began = g_recorder.began;
  snapshot.complete_from = g_recorder.complete_from;
  snapshot.ended = Moment::now();
  for (const Ring* ring = g_recorder.rings; ring != nullptr; ring = ring->next)
    if (ring->session() == g_recorder.last_session) snapshot.streams.push_back(ring->read());
  {
    Guard outside(g_recorder.outside_lock);
    if (g_recorder.outside != nullptr) snapshot.streams.push_back(g_recorder.outside->read());
  }
  read_names(snapshot);
  return snapshot;
}

uint64_t words_recorded() {
  Guard guard(g_recorder.rings_lock);
  Guard outside(g_recorder.outside_lock);
  uint64_t words = g_recorder.outside != nullptr ? g_recorder.outside->put_so_far() : 0;
  for (const Ring* ring = g_recorder.rings; ring != nullptr; ring = ring->next)
    if (ring->session() == g_recorder.last_session) words += ring->put_so_far();
  return words;
}

// B3
void tick() {
  Guard guard(g_recorder.rings_lock);
  for (Ring* ring = g_recorder.rings; ring != nullptr; ring = ring->next) ring->stamp_next();
}

void free_if_off() {
  Guard guard(g_recorder.rings_lock);
  if (!on()) free_rings();
}

// The memory is left alone: what the other threads were doing with it is unknown.
void after_fork() {
  const uint32_t last_session = g_recorder.last_session;
  g_session.store(0, std::memory_order_relaxed);
  new (&g_recorder) Recorder;
  g_recorder.last_session = last_session;
  this_thread_is(kPlainThread);
  leave_to_parent();
}

}  // namespace goc::trace
