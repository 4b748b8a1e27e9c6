/* goconc/sync.h: WaitGroup, Mutex, RWMutex, Cond, Semaphore, Once.
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

/* --- RWMutex: many readers or one writer ----------------------------------------------------- */

/** Makes an unlocked RWMutex. @return GOC_OK; GOC_EINVAL if out is NULL; GOC_ENOMEM. */
GOC_API int goc_rwmutex_new(goc_rwmutex **out);
/** Adds a reference. @return rw. */
GOC_API goc_rwmutex *goc_rwmutex_retain(goc_rwmutex *rw);
/** Drops a reference. NULL is ignored. */
GOC_API void goc_rwmutex_release(goc_rwmutex *rw);

/** Locks it for writing, and waits while anybody holds it. From then on new readers wait: neither
 *  readers nor writers starve. Not recursive, not owned, cannot be made of a read lock. GOC_NOW is a
 *  try-lock.
 *  @return GOC_OK; GOC_ETIMEDOUT; GOC_EAGAIN for GOC_NOW; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_rwmutex_lock(goc_rwmutex *rw, int64_t deadline);

/** Unlocks it for writing. The readers that wait go first, then the next writer.
 *  @return GOC_OK; GOC_EPERM if it is not locked for writing; GOC_EINVAL for NULL;
 *  GOC_EBADHANDLE. */
GOC_API int goc_rwmutex_unlock(goc_rwmutex *rw);

/** Locks it for reading, and waits while somebody holds it for writing or waits to: so a goroutine
 *  must not lock it for reading a second time. GOC_NOW is a try-lock.
 *  @return as goc_rwmutex_lock(). */
GOC_API int goc_rwmutex_rlock(goc_rwmutex *rw, int64_t deadline);

/** Undoes one goc_rwmutex_rlock().
 *  @return GOC_OK; GOC_EPERM if it is not locked for reading; GOC_EINVAL for NULL;
 *  GOC_EBADHANDLE. */
GOC_API int goc_rwmutex_runlock(goc_rwmutex *rw);

/* --- Cond: waiting for a condition that a Mutex guards ---------------------------------------- */

/** Makes a Cond. @return GOC_OK; GOC_EINVAL if out is NULL; GOC_ENOMEM. */
GOC_API int goc_cond_new(goc_cond **out);
/** Adds a reference. @return cond. */
GOC_API goc_cond *goc_cond_retain(goc_cond *cond);
/** Drops a reference. NULL is ignored. */
GOC_API void goc_cond_release(goc_cond *cond);

/** Unlocks the mutex and waits for a signal, in one step; then locks the mutex again, which may take
 *  longer than the deadline. It returns for a signal or the deadline only; but the condition may have
 *  changed again before the mutex was locked, so check it in a loop.
 *  @param mu the mutex that guards the condition; the caller has locked it, and has it locked when
 *  the call returns, whatever it returns but GOC_EBADHANDLE.
 *  @return GOC_OK when signalled; GOC_ETIMEDOUT; GOC_EAGAIN for GOC_NOW; GOC_EPERM if mu is not
 *  locked; GOC_EINVAL for NULL; GOC_EBADHANDLE, also if mu was released meanwhile. */
GOC_API int goc_cond_wait(goc_cond *cond, goc_mutex *mu, int64_t deadline);

/** Lets the one go on that has waited longest, if anybody waits. The mutex may be locked or not.
 *  @return GOC_OK; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_cond_signal(goc_cond *cond);

/** Lets all go on that wait. @return as goc_cond_signal(). */
GOC_API int goc_cond_broadcast(goc_cond *cond);

/* --- Semaphore: a number of units to share ---------------------------------------------------- */

/** Makes a semaphore of so many units, all free.
 *  @return GOC_OK; GOC_EINVAL if out is NULL or units is not between 0 and 2^62 - 1; GOC_ENOMEM. */
GOC_API int goc_sem_new(goc_sem **out, int64_t units);
/** Adds a reference. @return sem. */
GOC_API goc_sem *goc_sem_retain(goc_sem *sem);
/** Drops a reference (units are given back by goc_sem_post()). NULL is ignored. */
GOC_API void goc_sem_release(goc_sem *sem);

/** Takes n units at once, and waits until they are free. First come, first served: who asks for many
 *  is not overtaken by those who ask for few. More units than the semaphore has are waited for until
 *  the deadline, and stop nobody else.
 *  @return GOC_OK; GOC_ETIMEDOUT; GOC_EAGAIN for GOC_NOW; GOC_EINVAL for NULL or n < 0;
 *  GOC_EBADHANDLE. Unless GOC_OK, no unit was taken. */
GOC_API int goc_sem_wait(goc_sem *sem, int64_t n, int64_t deadline);

/** Gives n units back. Whoever has taken them, anybody may do so.
 *  @return GOC_OK; GOC_EPERM if fewer are taken: nothing has changed then; GOC_EINVAL for NULL or
 *  n < 0; GOC_EBADHANDLE. */
GOC_API int goc_sem_post(goc_sem *sem, int64_t n);

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
