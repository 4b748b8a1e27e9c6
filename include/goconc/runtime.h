/* goconc/runtime.h: starting, sizing and stopping the runtime.
 *
 * Nothing here needs to be called: the runtime starts by itself at the first
 * goc_go() with the defaults below, and a process may exit at any moment with
 * goroutines alive.
 *
 * Environment: read when the runtime starts.
 *   GOCONC_PROCS   how many goroutines run at the same time (1 to 1024)
 *   GOCONC_CHAOS   a seed, 1 or more: for tests. Whoever is ready may run next, thieves and selects
 *                  choose as the seed says, and goroutines yield before and after calls that can
 *                  wait, and in goc_go(). Programs that rely on luck fail sooner, those that are
 *                  right only get slower. With GOCONC_PROCS=1 the same seed repeats the same
 *                  schedule, if neither other threads nor the time interfere.
 *   What is not such a number is ignored.
 *   GOCONC_TRACE   a file, to which a trace of the process is written: see diag.h
 *
 * diag.h says what else is read from the environment, for reports.
 *
 * Diagnostics: the library ends the process in these cases only, after one line
 * on standard error that begins with "goconc: ", and then, if it can be made
 * within some seconds, what goc_dump() writes:
 *   - a goroutine overflows its stack (the goroutine is named);
 *   - a C++ exception leaves a goroutine (its name and what() are printed);
 *   - a goroutine exits through a function without an unwind table;
 *   - an internal invariant is broken. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_RUNTIME_H
#define GOCONC_RUNTIME_H

#include <goconc/error.h>   /* IWYU pragma: export */
#include <goconc/version.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Options of goc_init(). Fill with GOC_OPTIONS_INIT; 0 in a field means its default. */
typedef struct goc_options {
  size_t size;       /**< sizeof(goc_options); lets the struct grow */
  int max_procs;     /**< goroutines that run at once, 1 to 1024; default: GOCONC_PROCS, else the
                          smallest of affinity mask, cgroup CPU quota (rounded up) and online
                          processors */
  int max_threads;   /**< most worker threads ever alive, default 10,000; more than max_procs are
                          started only to stand in for workers whose goroutine keeps its thread */
  size_t stack_size; /**< bytes of address space for a goroutine's stack, default 256 KiB; rounded
                          up to a power of two, 16 KiB to 1 GiB. Only touched pages use memory. */
} goc_options;

#define GOC_OPTIONS_INIT \
  { sizeof(goc_options), 0, 0, 0 }

/** Starts the runtime with options (NULL: the defaults).
 *  @return GOC_OK; GOC_EALREADY once it runs (it keeps its options); GOC_EINVAL for a value out of
 *  range or an unknown size; GOC_ENOMEM or GOC_EAGAIN when the first thread cannot be made: nothing
 *  has changed then. */
GOC_API int goc_init(const goc_options *options);

/** Stops the runtime and frees all its memory.
 *
 *  Waits until every goroutine has ended, or only goroutines are left that are blocked with no
 *  deadline pending and not for a descriptor (io.h), or the deadline passes. Blocked goroutines are then abandoned: they leave the
 *  queues they wait in, their stacks are freed without unwinding, their argument's finalizer runs.
 *  Timers that are armed are stopped. Channels and other objects stay valid. Other threads must not start goroutines meanwhile; the
 *  next goc_go() after it starts a new runtime.
 *
 *  @param deadline absolute, see goc_deadline(); GOC_NOW does not wait for goroutines to end.
 *  @return the number of goroutines that were still blocked, 0 or more (0 too if nothing runs);
 *  GOC_EPERM from a goroutine or within goc_blocking(); GOC_ETIMEDOUT (GOC_EAGAIN for GOC_NOW) when
 *  a goroutine was still running at the deadline, or a worker still looked for one: the runtime goes
 *  on and nothing was freed. */
GOC_API int goc_shutdown(int64_t deadline);

/** Runs fn(arg) as a goroutine and waits for its end: the form of a main function.
 *  From a goroutine it waits without blocking the thread.
 *  @return GOC_OK after fn has returned or exited and what it deferred has been called; GOC_EINVAL if
 *  fn is NULL; else as goc_go(). */
GOC_API int goc_run(goc_fn fn, void *arg);

/** How many goroutines may run at the same time. Starts nothing. */
GOC_API int goc_max_procs(void);

/** Changes how many goroutines may run at the same time, now and while they run.
 *  @return GOC_OK, or GOC_EINVAL unless 1 <= n <= 1024. */
GOC_API int goc_set_max_procs(int n);

/** The number of goroutines that have been started and have not ended, blocked ones included.
 *  A snapshot: it may be out of date when it arrives. */
GOC_API int64_t goc_num_goroutines(void);

/** The version of the loaded library, such as "0.1.0"; static. */
GOC_API const char *goc_version(void);

/** GOC_ABI_VERSION of the loaded library. */
GOC_API int goc_abi_version(void);

GOC_END_DECLS

#endif
