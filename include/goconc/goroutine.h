/* goconc/goroutine.h: starting goroutines, and what a goroutine may say about itself.
 *
 * A goroutine is a function that runs concurrently with its caller on a stack of its own. A few
 * worker threads run all goroutines. After any call that can wait, a goroutine may continue on
 * another thread: do not keep the address of a thread-local variable, or a lock that belongs to a
 * thread (pthread mutex), across such a call. errno, the floating-point control words and C++
 * exceptions in flight follow the goroutine. goc_lock_thread() keeps a goroutine on one thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_GOROUTINE_H
#define GOCONC_GOROUTINE_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Starts a goroutine that calls fn(arg) and ends when fn returns or calls
 *  goc_exit_goroutine(). The caller goes on.
 *  Everything the caller wrote before is visible to fn.
 *  @param arg passed to fn as it is; it stays the caller's business.
 *  @return GOC_OK; GOC_EINVAL if fn is NULL; GOC_ENOMEM without memory, GOC_EAGAIN without a
 *  thread: nothing was started then. A goroutine gets its stack when its turn has come: without
 *  memory for that it waits until there is some, while others go on. */
GOC_API int goc_go(goc_fn fn, void *arg);

/** Options of goc_go_with(). Fill with GOC_GO_OPTIONS_INIT; 0 or NULL means the default. */
typedef struct goc_go_options {
  size_t size;       /**< sizeof(goc_go_options) */
  const char *name;  /**< shown in reports; copied, at most 63 bytes are kept */
  size_t stack_size; /**< bytes; rounded up to a power of two, 16 KiB to 1 GiB */
  goc_fn finalizer;  /**< called with arg after fn has returned or exited, or when the goroutine is
                          abandoned by goc_shutdown(); not called when goc_go_with() fails */
  int pinned;        /**< not 0: starts as if its first act were goc_lock_thread() */
} goc_go_options;

#define GOC_GO_OPTIONS_INIT \
  { sizeof(goc_go_options), NULL, 0, NULL, 0 }

/** goc_go() with options (NULL: none). Also GOC_EINVAL for a stack size over 1 GiB or an unknown
 *  options size. */
GOC_API int goc_go_with(const goc_go_options *options, goc_fn fn, void *arg);

/** Lets other goroutines run; the caller goes to the end of its worker's queue.
 *  On a plain thread it is sched_yield(). */
GOC_API void goc_yield(void);

/** The number of the calling goroutine, 1 or more and never reused; 0 on a plain thread. */
GOC_API uint64_t goc_self(void);

/** 1 when the caller is a goroutine, else 0. */
GOC_API int goc_on_goroutine(void);

/** Names the calling goroutine for reports. The text is copied, at most 63 bytes are kept; NULL
 *  takes the name away. @return GOC_OK; GOC_EPERM on a plain thread; GOC_ENOMEM. */
GOC_API int goc_set_name(const char *name);

/** Ends the calling goroutine, from whatever depth of calls. Its stack is unwound: the destructors of
 *  C++ objects on it run, and `catch (...)` handlers, which cannot keep it from ending: it goes on
 *  where they end, unless they throw an exception of their own, which takes its place. Then the
 *  goroutine ends as if its function had returned: what goc_defer() has put off and the finalizer are
 *  called; from one of those it ends that one alone. Within goc_once_do() the call counts as done.
 *
 *  As with an exception, a noexcept function on the stack ends the process (std::terminate), and so
 *  does a C function that was compiled without unwind tables; what is not C or C++ (a VM) must not lie
 *  between. While an exception is being handled, a `catch (...)` on the way ends the process too. Not
 *  from callbacks of channels and buffers (drop, relocate, free_fn).
 *  @return never on a goroutine; GOC_EPERM on a plain thread and within goc_blocking(), or when it is
 *  called by a destructor or handler while an exit or an exception unwinds the stack. */
GOC_API int goc_exit_goroutine(void);

/** Puts a call of fn(arg) off until the calling goroutine ends: after its function has returned or
 *  goc_exit_goroutine() has unwound it, and before its finalizer; the last one put off comes first.
 *  The goroutine's stack frames are gone then, so arg must not point into them. fn may wait, put off
 *  more, and exit. It is not called in a goroutine that goc_shutdown() abandons.
 *  @return GOC_OK; GOC_EINVAL if fn is NULL; GOC_EPERM on a plain thread; GOC_ENOMEM. */
GOC_API int goc_defer(goc_fn fn, void *arg);

/** Keeps the calling goroutine on the thread it runs on, and other goroutines off that thread,
 *  until as many goc_unlock_thread() have been called, or it ends. For libraries that keep state
 *  in thread-locals. Each switch to or from such a goroutine costs two thread switches. Such
 *  goroutines run beside those that goc_max_procs() lets run at once.
 *  @return GOC_OK; GOC_EPERM on a plain thread. */
GOC_API int goc_lock_thread(void);

/** Undoes one goc_lock_thread().
 *  @return GOC_OK; GOC_EPERM on a plain thread or without a lock to undo. */
GOC_API int goc_unlock_thread(void);

/** Says that the calling goroutine is about to block its thread (a system call, a foreign lock), so
 *  that another thread takes over its other goroutines within a millisecond. Not needed for
 *  correctness: a goroutine that blocks its thread without a word is noticed too, after about ten
 *  milliseconds. Without effect on a plain thread. Pairs do not nest. */
GOC_API void goc_blocking_begin(void);

/** Ends what goc_blocking_begin() began. The goroutine may wait here, and continue on another
 *  thread. */
GOC_API void goc_blocking_end(void);

/** Runs fn(arg) on the native stack of a thread while the calling goroutine waits: for functions
 *  that block their thread or need a deep stack. Within fn the caller is not a goroutine. On a
 *  plain thread fn is called directly.
 *  @return GOC_OK after fn returned; GOC_EINVAL if fn is NULL. */
GOC_API int goc_blocking(goc_fn fn, void *arg);

GOC_END_DECLS

#endif
