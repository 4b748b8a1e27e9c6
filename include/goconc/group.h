/* goconc/group.h: goroutines that work together: a group whose first error counts, and calls that
 * share one execution.
 *
 * What Go has in golang.org/x/sync: errgroup and singleflight. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_GROUP_H
#define GOCONC_GROUP_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/* --- Group: several tasks, the first error --------------------------------------------------- */

/** A task: gives 0 if it went well, else an error, whose meaning is the program's own. */
typedef int (*goc_task)(void *arg);

/** Makes a group without tasks and without a limit.
 *  @return GOC_OK; GOC_EINVAL if out is NULL; GOC_ENOMEM. */
GOC_API int goc_group_new(goc_group **out);
/** Makes a group and a context for its tasks: it is canceled when the first task fails, with the task's
 *  error as the cause's code, so that the others give up; and when all have ended and goc_group_wait()
 *  says so.
 *  @param out gets one reference to the group.
 *  @param out_ctx gets one reference to the context, a child of parent.
 *  @return GOC_OK; GOC_EINVAL for NULL; GOC_EBADHANDLE; GOC_ENOMEM. Unless GOC_OK, both are untouched. */
GOC_API int goc_group_with_ctx(goc_group **out, goc_ctx **out_ctx, goc_ctx *parent);
/** Adds a reference. @return group. */
GOC_API goc_group *goc_group_retain(goc_group *group);
/** Drops a reference; tasks that run keep the group. NULL is ignored. */
GOC_API void goc_group_release(goc_group *group);

/** Runs fn(arg) as a goroutine of the group. At the group's limit it waits until another task has
 *  ended; GOC_NOW does not wait.
 *  @return GOC_OK; GOC_ETIMEDOUT, or GOC_EAGAIN for GOC_NOW, at the limit; GOC_EINVAL for NULL;
 *  GOC_EBADHANDLE; else as goc_go(). Unless GOC_OK, nothing was started. */
GOC_API int goc_group_go(goc_group *group, goc_task fn, void *arg, int64_t deadline);

/** Waits until all tasks have ended. A task that has left by goc_exit_goroutine() counts as ended,
 *  without an error.
 *  @param first_error gets what the first task that failed gave, 0 if all went well; may be NULL. It
 *  stays for the life of the group. Untouched unless GOC_OK.
 *  @return GOC_OK; GOC_ETIMEDOUT; GOC_EAGAIN for GOC_NOW; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_group_wait(goc_group *group, int *first_error, int64_t deadline);

/** Lets at most so many tasks run at once; below zero: any number; with 0 none can be started.
 *  @return GOC_OK; GOC_EPERM while tasks run or wait to; GOC_EINVAL for NULL; GOC_EBADHANDLE;
 *  GOC_ENOMEM. Unless GOC_OK, the limit is as before. */
GOC_API int goc_group_set_limit(goc_group *group, int64_t limit);

/* --- Flight: one execution for all who ask at the same time ---------------------------------- */

/** Finds what a key stands for: stores it in *value, which is NULL before, and gives 0, or an error
 *  of the program's own. */
typedef int (*goc_flight_fn)(void *arg, void **value);

/** What a call gave. */
typedef struct goc_flight_result {
  void *value;     /**< the same for all callers; they agree on its life, for example by counting
                        themselves off against `callers` */
  int error;       /**< what the function gave; GOC_ECANCELED if it left by goc_exit_goroutine() */
  int64_t callers; /**< how many got this result: 1 if it was not shared */
} goc_flight_result;

/** Makes a flight. @return GOC_OK; GOC_EINVAL if out is NULL; GOC_ENOMEM. */
GOC_API int goc_flight_new(goc_flight **out);
/** Adds a reference. @return flight. */
GOC_API goc_flight *goc_flight_retain(goc_flight *flight);
/** Drops a reference; calls that are under way keep the flight. NULL is ignored. */
GOC_API void goc_flight_release(goc_flight *flight);

/** Calls fn(arg, &value) and waits for its end, unless a call with the same key is under way: then it
 *  waits for the result of that one. fn runs on the caller's goroutine or thread.
 *  @param key key_size bytes, copied; may be NULL if key_size is 0.
 *  @param result gets the result; may be NULL. Untouched unless GOC_OK.
 *  @param deadline how long to wait for another's call; one's own fn takes the time that it takes.
 *  @return GOC_OK when there is a result, which may be an error of fn's; GOC_ETIMEDOUT; GOC_EAGAIN for
 *  GOC_NOW; GOC_EDEADLK when fn itself asks for its key; GOC_EINVAL for a NULL flight, fn or key;
 *  GOC_EBADHANDLE; GOC_ENOMEM. */
GOC_API int goc_flight_do(goc_flight *flight, const void *key, size_t key_size, goc_flight_fn fn,
                          void *arg, goc_flight_result *result, int64_t deadline);

/** goc_flight_do() without waiting: fn runs as a goroutine of its own, unless a call with the same key
 *  is under way.
 *  @param out gets one reference to a channel of goc_flight_result, which will receive one; untouched
 *  on error.
 *  @return GOC_OK; GOC_EINVAL for a NULL flight, fn, key or out; GOC_EBADHANDLE; else as goc_go(). */
GOC_API int goc_flight_start(goc_flight *flight, const void *key, size_t key_size, goc_flight_fn fn,
                             void *arg, goc_chan **out);

/** Forgets the key: the next call with it runs its own function, even while one is under way. Those
 *  who wait already get the result that they wait for.
 *  @return GOC_OK, also if nothing was under way; GOC_EINVAL for a NULL flight or key;
 *  GOC_EBADHANDLE. */
GOC_API int goc_flight_forget(goc_flight *flight, const void *key, size_t key_size);

GOC_END_DECLS

#endif
