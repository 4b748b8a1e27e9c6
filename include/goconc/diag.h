/* goconc/diag.h: what a person looks at who wants to know what the goroutines do.
 *
 * Dumps: what every goroutine is doing at this moment, for a program that hangs; leaks, and numbers.
 *
 * Traces: a recording of when each goroutine was created, ran, on which worker thread, for what it
 * waited, and who woke it; also timers, steals, stalls (a goroutine keeps its thread for long) and
 * compensations (another thread takes over). Each worker thread keeps its newest events in memory of
 * its own, so a recording may go on for as long as you like. The file is JSON in Chrome's trace event
 * format: open it at https://ui.perfetto.dev, or with timeline.html of the examples. A path may contain
 * %p, which stands for the id of the process. After a fork the recording is the parent's; the child
 * records nothing unless it starts to, or GOCONC_TRACE contains %p.
 * Times are exact to a fraction of a microsecond where events are some 100 ns or more apart. While
 * they follow each other more quickly, only some of them have a time, and the others lie evenly
 * between; the order is right in any case. A process that is killed, or leaves by _exit(), writes no file.
 *
 * Environment: read when the runtime starts.
 *   GOCONC_DUMP_SIGNAL   a signal, by its number or name (QUIT, SIGQUIT, 3): when it comes, what
 *                        goc_dump() writes goes to standard error, and the program goes on. A
 *                        handler that was there before is called too.
 *   GOCONC_DUMP_LEAKS    not 0: goc_shutdown() writes what goc_leaks() writes to standard error.
 *   GOCONC_SCHEDTRACE    milliseconds: so often a line on the scheduler goes to standard error, while
 *                        anything runs.
 *   GOCONC_TRACE         a file: records the whole process, and writes the file when the runtime is
 *                        shut down or the process exits. If it cannot be written, a line on standard
 *                        error says so, and the program runs without.
 *   What is not such a value is ignored. The fatal errors of runtime.h end with a dump too. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_DIAG_H
#define GOCONC_DIAG_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Writes what every goroutine is doing, as text for people: id, name, state, what it waits for and
 *  for how long (a few milliseconds may be missing), its stack, and where it was started. Those that
 *  are alike stand together. Nobody is stopped meanwhile; the stack of one that runs is not shown.
 *  Functions have names, and lines where there is debug information. Stacks, and names of functions
 *  that are not exported, need libdw.so.1 (elfutils), which is loaded when the first dump is made.
 *  From any thread and any goroutine; not async-signal-safe.
 *  @param fd a descriptor that is open for writing.
 *  @return GOC_OK; GOC_EINVAL if it could not be written there; GOC_ENOMEM. */
GOC_API int goc_dump(int fd);

/** The number of goroutines that are leaked: all they wait for, without a deadline, is channels on which
 *  nobody holds a reference any more, so nothing can wake them.
 *  @param fd where goc_dump() would write of them, if there are any; -1: nowhere.
 *  @return the number; GOC_EINVAL if it could not be written there; GOC_ENOMEM. */
GOC_API int goc_leaks(int fd);

/** How many numbers goc_stats_t.latency has. */
#define GOC_LATENCIES 24

/** What goc_stats() tells. Fill with GOC_STATS_INIT. Counts are since the runtime has started. */
typedef struct goc_stats_t {
  size_t size;           /**< sizeof(goc_stats_t) */
  int64_t created;       /**< goroutines that have been started */
  int64_t ended;         /**< and that have ended */
  int64_t running;       /**< run now, those in a blocking call too */
  int64_t blocking;      /**< of those, in a blocking call (goc_blocking() and the like) */
  int64_t ready;         /**< wait for their turn, new ones too */
  int64_t waiting;       /**< all others: wait for something */
  int64_t parks;         /**< how often one began to wait for something */
  int64_t wakeups;       /**< how often that ended */
  int64_t steals;        /**< goroutines that a thread has taken from another's queue */
  int64_t threads;       /**< of the runtime that run goroutines */
  int64_t threads_idle;  /**< of those, asleep */
  int64_t stacks;        /**< in use */
  int64_t stacks_cached; /**< kept with their memory for others */
  int64_t stack_bytes;   /**< address space of all stacks; memory is used where it was touched */
  int64_t timers;        /**< pending, deadlines of goroutines too */
  int64_t latency[GOC_LATENCIES]; /**< samples of how long goroutines that were ready, in a queue,
                                       waited for their turn: under 1 us, under 2, 4, and so on; the
                                       last: longer. A little too long */
} goc_stats_t;

#define GOC_STATS_INIT                                                      \
  {                                                                         \
    sizeof(goc_stats_t), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, { 0 } \
  }

/** Tells what the runtime is doing, in numbers; all 0 if none runs. They are read one after the other
 *  while it goes on, so they need not fit together exactly.
 *  @return GOC_OK; GOC_EINVAL if stats is NULL or of an unknown size. */
GOC_API int goc_stats(goc_stats_t *stats);
/** Starts to record, and makes the file that goc_trace_stop() writes; goc_shutdown() and the end of the
 *  process write it too. The runtime need not have been started.
 *  @param path of the file, copied; what it holds is lost. NULL: a flight recorder, which keeps the newest
 *  events for goc_trace_write().
 *  @return GOC_OK; GOC_EALREADY if a recording is under way; GOC_EINVAL if the file cannot be made
 *  (errno says why); GOC_ENOMEM. */
GOC_API int goc_trace_start(const char *path);

/** Options of goc_trace_start_with(). Fill with GOC_TRACE_OPTIONS_INIT; 0 or NULL means the default. */
typedef struct goc_trace_options {
  size_t size;      /**< sizeof(goc_trace_options) */
  const char *path; /**< as of goc_trace_start() */
  size_t memory;    /**< bytes of events that each worker thread keeps, and all others together;
                         default 2 MiB, which is some 100,000 switches; rounded up to a power of two,
                         4 KiB to 1 GiB. In the file they take twenty times as much. */
} goc_trace_options;

#define GOC_TRACE_OPTIONS_INIT \
  { sizeof(goc_trace_options), NULL, 0 }

/** goc_trace_start() with options (NULL: none). Also GOC_EINVAL for more than 1 GiB or an unknown
 *  options size. */
GOC_API int goc_trace_start_with(const goc_trace_options *options);

/** Writes what has been recorded and is still kept to a file, and goes on recording. The calling thread
 *  is kept meanwhile, as by goc_blocking_begin().
 *  @param path of the file; what it holds is lost.
 *  @return GOC_OK; GOC_EPERM if nothing is being recorded; GOC_EINVAL if path is NULL or the file cannot
 *  be written (errno says why); GOC_ENOMEM. */
GOC_API int goc_trace_write(const char *path);

/** Ends the recording, and writes the file that was given when it started, if any. The calling thread
 *  is kept meanwhile.
 *  @return GOC_OK; GOC_EPERM if nothing is being recorded; GOC_EINVAL if the file cannot be written
 *  (errno says why), GOC_ENOMEM without memory to write it: the recording has ended all the same. */
GOC_API int goc_trace_stop(void);
/** Says whether the program may be woken by what this library cannot see, such as a signal handler
 *  that releases somebody. While expected is not 0, no deadlock is reported; see runtime.h. Virtual time
 *  goes on. */
GOC_API void goc_expect_external_events(int expected);

GOC_END_DECLS

#endif
