// The recorder of traces: on or off, a ring for each worker and one that all others share, and names.
//
// When it is off, on() is all that an event costs: a load that finds its line in the cache, and a
// branch that is never taken. When it is on, a worker writes into its own ring without a lock
// (ring.h), and makes that ring with its first event. What is recorded is read, and written as JSON,
// by diag/; where this room must reach that one, the function is declared here and defined there.
//
// Rings are those of workers by index: after a shutdown the next runtime's workers go on in them, so
// that a trace may span several. They are freed when no worker is left and nothing is recorded.
//
// Locking: `rings` guards the list of rings and their lives, and is held while they are copied;
// `outside` the ring of those that are no workers; `names` the names. All are leaves, but that
// `rings` comes before the two others.
// Memory order: the session is relaxed; begin() ends with a heavy barrier, after which every thread
// has seen it.
#pragma once

#include <string>
#include <unordered_map>

#include "trace/ring.h"

namespace goc::trace {

inline bool on() { return g_session.load(std::memory_order_relaxed) != 0; }

// --- Who records: the calling thread ---------------------------------------------------------------
constexpr uint32_t kPlainThread = UINT32_MAX;
constexpr uint32_t kMonitor = UINT32_MAX - 1;
// A worker by its index, or one of the two. At the beginning of the thread. The worker's ring stands in
// *ring: kNoRing until its first event.
void this_thread_is(uint32_t role, Ring** ring = nullptr);
extern Ring g_no_ring;

// An event of a worker that its ring has refused; `current` is a kResume of the goroutine that runs, or
// kNobody. Not inline, and that below neither: the thread may be another one after a switch.
constexpr Word kNobody{Kind::kNone, 0};
void record_with_stamp(Word word, Word current);
// From any thread, where it is not known whose.
void record(Word word);

// --- Names of goroutines ---------------------------------------------------------------------------
// Keeps the name of a goroutine that is about to run, unless it has been kept lately: *kept is for the
// goroutine's lifetime, and 0 at first. Only the last kNames names are kept.
void keep_name(uint64_t goroutine, const char* name, uint64_t* kept);

// --- For the monitor and the runtime -----------------------------------------------------------------
void tick();         // asks every worker for a stamp
void free_if_off();  // no worker is left
void after_fork();   // in the child: begins anew, with nothing recorded
// Defined in diag/trace_session.cc.
void begin_by_environment();  // GOCONC_TRACE, when a runtime starts
void save();                  // the trace's file, before a shutdown
void leave_to_parent();       // in a fork's child

// --- For diag ----------------------------------------------------------------------------------------
// Everything that is recorded, as one moment found it.
struct Snapshot {
  Moment began, ended;
  uint64_t complete_from;  // ticks: all that was done from then on, and until `ended`, is there
  std::vector<Stream> streams;
  std::unordered_map<uint64_t, std::string> names;
};

// Records from now on; each thread keeps so many bytes, a power of two. False without memory. One
// caller at a time for these three.
bool begin(size_t bytes);
void end();
Snapshot snapshot();        // also after end(); throws std::bad_alloc
uint64_t words_recorded();  // in the present recording, or the last one

}  // namespace goc::trace
