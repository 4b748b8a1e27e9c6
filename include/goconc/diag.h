/* goconc/diag.h: what a person looks at who wants to know what the goroutines do.
 *
 * Traces: a recording of when each goroutine was created, ran, on which worker thread, for what it
 * waited, and who woke it; also timers, steals, stalls (a goroutine keeps its thread for long) and
 * compensations (another thread takes over). Each worker thread keeps its newest events in memory of
 * its own, so a recording may go on for as long as you like. The file is JSON in Chrome's trace event
 * format: open it at https://ui.perfetto.dev, or with timeline.html of the examples.
 *
 * Environment: GOCONC_TRACE=FILE records the whole process, from the start of the runtime, and writes
 * FILE when the runtime is shut down or the process exits. If FILE cannot be written, a line on
 * standard error says so, and the program runs without.
 *
 * A path may contain %p, which stands for the id of the process. After a fork the recording is the
 * parent's; the child records nothing unless it starts to, or GOCONC_TRACE contains %p.
 *
 * Times are exact to a fraction of a microsecond where events are some 100 ns or more apart. While
 * they follow each other more quickly, only some of them have a time, and the others lie evenly
 * between; the order is right in any case. A process that is killed, or leaves by _exit(), writes no file. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_DIAG_H
#define GOCONC_DIAG_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

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

GOC_END_DECLS

#endif
