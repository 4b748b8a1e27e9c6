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
 *                  right only get slower. With GOCONC_PROCS=1 and GOCONC_TIME=virtual the same seed
 *                  repeats the same schedule: see "Virtual time".
 *   What is not such a number is ignored.
 *   GOCONC_TRACE   a file, to which a trace of the process is written: see diag.h
 *
 * diag.h says what else is read from the environment, for reports.
 *   GOCONC_DEADLOCK   fatal, report or off: what a deadlock does; default: fatal
 *   GOCONC_TIME       real or virtual; read when the library is loaded; default: real
 *   What is none of these words is named on standard error, and the default holds.
 *
 * Deadlock: when every goroutine is blocked and every thread of the process waits without a deadline in
 * a call of this library, nobody can ever wake anybody. Then "fatal error: all goroutines are asleep -
 * deadlock!" and a list of the goroutines are printed on standard error, and the process ends at once
 * with status 2, as in Go: no exit handler runs, and what stdio still holds is lost. Threads alone, with
 * no goroutine, can be in a deadlock too. It is noticed within a tenth of a second as a rule.
 *   Nothing is said as long as there is hope: a deadline, timer or sleep that is pending, a goroutine
 * that runs or keeps its thread, a goroutine that waits for a descriptor, a port that is open, a thread
 * that is anywhere else (in sleep(), in a language's virtual machine), a goc_shutdown() under way, events
 * that the program has announced with goc_expect_external_events(), or a system that does not tell how
 * many threads there are (/proc). Nor is it noticed when the last thread that is none of ours ends half a
 * minute after all others have come to rest, or when the main thread has left by pthread_exit().
 *
 * Virtual time, for tests: the clock of this library stands still while anything runs, and jumps to the
 * next deadline, timer or sleep when everything is at rest, as above but for those: a program that sleeps
 * for an hour ends at once. It starts at the same time in each process. All of goc_now(), deadlines,
 * goc_sleep(), timers and tickers live in it, also on plain threads; GOC_TIME_VIRTUAL of goc_init() does
 * the same from there on, and what was computed before must not be used.
 *   A thread that is in no call of this library holds the clock up, and so do a goroutine in sleep(3) or
 * read(2), one that waits for a descriptor, and a loop that yields until a time has come. An open port
 * and goc_expect_external_events() do not.
 *   With one processor and a seed (GOCONC_PROCS=1 GOCONC_TIME=virtual GOCONC_CHAOS=seed) the same program
 * takes the same schedule each time, if all that it does happens in goroutines, the first of which
 * goc_run() starts, and these neither keep their thread (goc_blocking(), goc_lock_thread(), a system
 * call of more than ten seconds) nor act on what changes from run to run (addresses, the real time,
 * other processes).
 *
 * Fork: the child has its one thread and no goroutine, and its runtime starts anew. Objects are there with
 * the values that were buffered and the locks that were held. Whoever waited in them waits in the parent
 * alone and takes nothing from the child; an operation of port.h that was pending is to be canceled there,
 * and may be started again. An object that another thread was changing at that moment is of no use to the
 * child, as with the locks of POSIX: it makes its own.
 *
 * Diagnostics: the library ends the process in these cases only, after one line
 * on standard error that begins with "goconc: ", and then, if it can be made
 * within some seconds, what goc_dump() writes:
 *   - a goroutine overflows its stack (the goroutine is named);
 *   - a C++ exception leaves a goroutine (its name and what() are printed);
 *   - a goroutine exits through a function without an unwind table;
 *   - an internal invariant is broken;
 * and when there is a deadlock, as said above. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_RUNTIME_H
#define GOCONC_RUNTIME_H

#include <goconc/error.h>   /* IWYU pragma: export */
#include <goconc/version.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** What happens when everybody waits for everybody, in goc_options.deadlock: see "Deadlock" above. */
#define GOC_DEADLOCK_FATAL 1  /**< it is printed, and the process ends with status 2 */
#define GOC_DEADLOCK_REPORT 2 /**< it is printed */
#define GOC_DEADLOCK_OFF 3    /**< nobody looks for one */

/** Which time goc_now(), deadlines, timers and sleeps are in, in goc_options.time: see "Virtual time"
 *  above. */
#define GOC_TIME_REAL 1    /**< that of the system */
#define GOC_TIME_VIRTUAL 2 /**< one that jumps to what is due next */

/** Options of goc_init(). Fill with GOC_OPTIONS_INIT; 0 in a field means its default. */
typedef struct goc_options {
  size_t size;       /**< sizeof(goc_options); lets the struct grow: what a program that was built
                          with an older header does not have is 0 */
  int max_procs;     /**< goroutines that run at once, 1 to 1024; default: GOCONC_PROCS, else the
                          smallest of affinity mask, cgroup CPU quota (rounded up) and online
                          processors */
  int max_threads;   /**< most worker threads ever alive, default 10,000; more than max_procs are
                          started only to stand in for workers whose goroutine keeps its thread */
  size_t stack_size; /**< bytes of address space for a goroutine's stack, default 256 KiB; rounded
                          up to a power of two, 16 KiB to 1 GiB. Only touched pages use memory. */
  int deadlock;      /**< GOC_DEADLOCK_FATAL, _REPORT or _OFF; default: GOCONC_DEADLOCK, else
                          GOC_DEADLOCK_FATAL */
  int time;          /**< GOC_TIME_REAL or _VIRTUAL; default: GOCONC_TIME, else GOC_TIME_REAL */
} goc_options;

#define GOC_OPTIONS_INIT \
  { sizeof(goc_options), 0, 0, 0, 0, 0 }

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
