// The only door to the operating system: memory, futexes, threads, processors, the clock.
//
// Every call that can fail for want of a resource first asks the failure hook, so that tests can
// make the k-th one fail. Nothing else in src/ includes a system header for these things.
//
// What is found out once is kept in constant-initialised atomics, here and in all of src/: a fork
// while another thread initialises a static of a function would leave the child waiting for that
// thread for ever.
#pragma once

#include <pthread.h>

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"

namespace goc::os {

// --- Failure injection -------------------------------------------------------------------------
enum class Call { kMap, kGuard, kRanges, kThread, kAllocate, kDescriptor, kClock, kThreadCount };
// Asked before each such call; true makes it fail. Null in production.
extern Atom<bool (*)(Call)> inject_failure;

// --- Memory ------------------------------------------------------------------------------------
constexpr size_t kPage = 4096;
// Zeroed address space that uses memory only where it is touched; null on failure.
void* map(size_t bytes);
void unmap(void* at, size_t bytes);
// Gives memory to whole pages that will be written soon, for about half of what page faults cost, and
// less for several together. Where the system cannot (before Linux 5.14), faults do it.
void populate(void* at, size_t bytes);
void populate_pages(void* const* pages, size_t count);  // wherever they lie
void no_huge_pages(void* at, size_t bytes);
void want_huge_pages(void* at, size_t bytes);
// Gives the memory back; it reads as zero afterwards.
void give_back(void* at, size_t bytes);

enum class GuardKind { kNone, kMarker, kProtect };
// Makes `count` ranges of `bytes`, `stride` apart, fault on access, without a mapping of their own
// (kMarker, Linux 6.13), else by page protection while mappings last (kProtect: two mappings per
// range), else not at all (kNone).
GuardKind guard(void* first, size_t bytes, size_t stride, size_t count);
// `count` kProtect guards have been unmapped: as many others may be made.
void forget_guards(size_t count);

// Copies what may change meanwhile, or may be no memory at all: false then.
bool read_memory(const void* from, void* to, size_t bytes);

void* allocate(size_t bytes);  // malloc with the failure hook; null above PTRDIFF_MAX
void release(void* at);

// --- Waiting -----------------------------------------------------------------------------------
// Sleeps while word == expected, until woken or until the absolute deadline (INT64_MAX: none).
// May return early. False: the deadline has passed.
bool futex_wait(Atom<uint32_t>& word, uint32_t expected, int64_t deadline);
void futex_wake(Atom<uint32_t>& word, int count);
// Makes every running thread of the process execute a full memory barrier (membarrier, Linux 4.14).
// False where the system cannot. Use it through barrier.h.
bool heavy_barrier();

// --- Time --------------------------------------------------------------------------------------
int64_t now();  // CLOCK_MONOTONIC in nanoseconds; cannot fail
// The time that lies ns after start, or start for ns <= 0; INT64_MAX if it would lie beyond.
inline int64_t later(int64_t start, int64_t ns) {
  if (ns <= 0) return start;
  return ns > INT64_MAX - start ? INT64_MAX : start + ns;
}
inline int64_t deadline_in(int64_t ns) { return later(now(), ns); }
int64_t thread_cpu_time(pthread_t thread);  // nanoseconds; 0 if it cannot be told
void sleep_until(int64_t deadline);
void yield();

// --- Event descriptors (eventfd): readable while set; others are in os_io.h ----------------------
bool descriptor_refused();  // asks the failure hook
int event_open();           // -1 if there can be none
void event_set(int fd);
void event_reset(int fd);
void event_close(int fd);

// --- Threads and processors --------------------------------------------------------------------
// Starts a thread with all asynchronous signals blocked. False if there are no resources.
bool start_thread(pthread_t* thread, void* (*body)(void*), void* arg);
// The signal mask of the thread that starts the runtime, which a fork's child gets back whose only
// thread is one of ours: unless the goroutine has changed the mask before, to keep signals away.
void remember_signal_mask();
void restore_signal_mask();
uint64_t thread_id();   // of the calling thread
void precise_timers();  // timer slack of the calling thread to the minimum
int processors();       // min(affinity mask, cgroup quota rounded up, online), at least 1
bool parallel();        // several processors, as the first caller found it
int threads();          // of the process, at one moment; 0 or less if it cannot be told

[[noreturn]] void end_process(int status);  // at once: no handler runs, nothing is flushed

}  // namespace goc::os
