/* goconc/sync.h: WaitGroup, Mutex, Once.
 *
 * Each belongs to whoever holds a reference; goroutines and plain threads may mix freely. Blocked
 * waiters keep an object in memory after its last reference has gone. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_SYNC_H
#define GOCONC_SYNC_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/* --- WaitGroup: waits until a number of things is done --------------------------------------- */

/** Makes a WaitGroup with counter 0. @return GOC_OK; GOC_EINVAL if out is NULL; GOC_ENOMEM. */
GOC_API int goc_wg_new(goc_wg **out);
/** Adds a reference. @return wg. */
GOC_API goc_wg *goc_wg_retain(goc_wg *wg);
/** Drops a reference. NULL is ignored. */
GOC_API void goc_wg_release(goc_wg *wg);

/** Adds delta, which may be negative, to the counter; at zero all waiters go on. Call it before
 *  starting what is waited for, not inside.
 *  @return GOC_OK; GOC_ENEGATIVE if the counter would fall below zero, GOC_EOVERFLOW above
 *  2^31 - 1: it is unchanged then; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_wg_add(goc_wg *wg, int64_t delta);

/** goc_wg_add(wg, -1). Everything before it is visible to whoever it lets go on. */
GOC_API int goc_wg_done(goc_wg *wg);

/** Waits until the counter is zero; at once if it is. Any number of waiters; the WaitGroup may be
 *  used again afterwards.
 *  @return GOC_OK; GOC_ETIMEDOUT; GOC_EAGAIN for GOC_NOW; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_wg_wait(goc_wg *wg, int64_t deadline);

/** Adds 1, starts fn(arg) as a goroutine, and takes 1 away after fn has returned or exited and what it
 *  deferred has been called. The WaitGroup is kept alive meanwhile. @return as goc_wg_add() and goc_go(); on error nothing was started and the
 *  counter is unchanged. */
GOC_API int goc_wg_go(goc_wg *wg, goc_fn fn, void *arg);

/** The counter, a snapshot; 0 for NULL or a bad handle. */
GOC_API int64_t goc_wg_count(const goc_wg *wg);

/* --- Mutex: one holder at a time ------------------------------------------------------------- */

/** Makes an unlocked mutex. @return GOC_OK; GOC_EINVAL if out is NULL; GOC_ENOMEM. */
GOC_API int goc_mutex_new(goc_mutex **out);
/** Adds a reference. @return mu. */
GOC_API goc_mutex *goc_mutex_retain(goc_mutex *mu);
/** Drops a reference. NULL is ignored. */
GOC_API void goc_mutex_release(goc_mutex *mu);

/** Locks it, and waits while somebody else holds it. Not recursive, not owned: another goroutine or
 *  thread may unlock it. GOC_NOW is a try-lock.
 *  @return GOC_OK; GOC_ETIMEDOUT; GOC_EAGAIN for GOC_NOW; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_mutex_lock(goc_mutex *mu, int64_t deadline);

/** Unlocks it. @return GOC_OK; GOC_EPERM if it is not locked; GOC_EINVAL for NULL;
 *  GOC_EBADHANDLE. */
GOC_API int goc_mutex_unlock(goc_mutex *mu);

/* --- Once: one call, whoever comes first ----------------------------------------------------- */

/** Makes a Once. @return GOC_OK; GOC_EINVAL if out is NULL; GOC_ENOMEM. */
GOC_API int goc_once_new(goc_once **out);
/** Adds a reference. @return once. */
GOC_API goc_once *goc_once_retain(goc_once *once);
/** Drops a reference. NULL is ignored. */
GOC_API void goc_once_release(goc_once *once);

/** Calls fn(arg) if nobody has done so through this Once; when it returns, the one call has ended,
 *  perhaps by goc_exit_goroutine().
 *  @return GOC_OK; GOC_EDEADLK when fn itself calls it; GOC_EINVAL for NULL once or fn;
 *  GOC_EBADHANDLE. */
GOC_API int goc_once_do(goc_once *once, goc_fn fn, void *arg);

GOC_END_DECLS

#endif
