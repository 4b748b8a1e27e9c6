/* goconc/context.h: one word that tells many goroutines to stop, with deadlines and values.
 *
 * Contexts form trees. Who is done ends with everything below it: when it is canceled, at its deadline,
 * or with its parent, whichever comes first; it stays so, and so does the first cause. Functions that
 * may take long get a context from their caller and give up when it is done:
 *
 *   goc_case cases[] = {{jobs, GOC_RECV, 0, &job}, {goc_ctx_done(ctx), GOC_RECV, 0, NULL}};
 *   if (goc_select(cases, 2, GOC_FOREVER) == 1) return goc_ctx_err(ctx);
 *
 * This cancels sends and receives on any channel, those of timers too. Where a call takes only a
 * deadline, goc_ctx_deadline() is the one to hand on; where it takes none, such as a read of a
 * descriptor, goc_ctx_after_func() can end it, for example by closing what it waits for.
 *
 * A context keeps what it needs of those above it: all may be released in any order. Whoever makes a
 * context that can be canceled cancels it when its work is done, as one closes a file. A context that
 * is done or released has left its parent, however long that lives.
 *
 * Every function may be called from any goroutine and any thread at any time, cancel included.
 *
 * Memory model: what came before a cancel happens before everything that learns of it: a receive on the
 * done channel, goc_ctx_err() that is not GOC_OK, the start of a function of goc_ctx_after_func(). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_CONTEXT_H
#define GOCONC_CONTEXT_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Why a context is done, in the program's own words. */
typedef struct goc_cause {
  int code;   /**< any number; 0 stands for what goc_ctx_err() gives */
  void *data; /**< more about it; may be NULL */
  goc_fn
      drop; /**< called once with data, when no context needs it any more; it must not wait. NULL:
                    nothing to do */
} goc_cause;

/** The root of all contexts: never done, no deadline, no values. There is one, which lives for ever;
 *  retaining and releasing it does nothing. */
GOC_API goc_ctx *goc_ctx_background(void);

/** Makes a context that is done when it is canceled, or its parent is done.
 *  @param out gets one reference; untouched on error.
 *  @return GOC_OK; GOC_EINVAL if out or parent is NULL; GOC_EBADHANDLE; GOC_ENOMEM. */
GOC_API int goc_ctx_with_cancel(goc_ctx **out, goc_ctx *parent);

/** goc_ctx_with_cancel() for a context that is also done at a time, with GOC_ETIMEDOUT; at once if that
 *  has passed. An earlier deadline of its parent stays in force. After goc_shutdown() nobody looks at
 *  the clock: such a context can only be canceled.
 *  @param deadline absolute time; GOC_FOREVER for none.
 *  @param cause what goc_ctx_cause() gives then, copied; NULL for none. On an error cause->drop is not
 *  called.
 *  @return as goc_ctx_with_cancel(); also GOC_EAGAIN if the runtime cannot be started for want of a
 *  thread. Nothing is made then. */
GOC_API int goc_ctx_with_deadline(goc_ctx **out, goc_ctx *parent, int64_t deadline,
                                  const goc_cause *cause);

/** goc_ctx_with_deadline() with a deadline ns from now.
 *  @return as goc_ctx_with_deadline(). */
GOC_API int goc_ctx_with_timeout(goc_ctx **out, goc_ctx *parent, int64_t ns,
                                 const goc_cause *cause);

/** Makes a context with the values of its parent, which is never done and has no deadline.
 *  @return as goc_ctx_with_cancel(). */
GOC_API int goc_ctx_without_cancel(goc_ctx **out, goc_ctx *parent);

/** Makes a context in which a key has a value; else it is as its parent.
 *  @param key compared by its address: that of a static variable, whose owner alone can then look the
 *  value up.
 *  @param value may be NULL; shared by all who look it up.
 *  @param drop called once with value, when no context below needs it any more; it must not wait.
 *  NULL: nothing to do. Not called on an error.
 *  @return as goc_ctx_with_cancel(); also GOC_EINVAL for a NULL key. */
GOC_API int goc_ctx_with_value(goc_ctx **out, goc_ctx *parent, const void *key, void *value,
                               goc_fn drop);

/** Adds a reference. @return ctx. */
GOC_API goc_ctx *goc_ctx_retain(goc_ctx *ctx);
/** Drops a reference; the last one takes the context from its parent, and stops its clock. It cancels
 *  nothing. Contexts below it keep it, and functions that wait for it. NULL is ignored. */
GOC_API void goc_ctx_release(goc_ctx *ctx);

/** Ends a context, and all below it before it returns, with GOC_ECANCELED. It waits for nobody. Nothing
 *  happens if it is done already.
 *  @param cause what goc_ctx_cause() gives, copied; NULL for none. If it comes too late, its drop is
 *  called at once; on an error it is not called.
 *  @return GOC_OK, also if it was done already; GOC_EPERM unless it comes from goc_ctx_with_cancel(),
 *  goc_ctx_with_deadline(), goc_ctx_with_timeout() or goc_ctx_after_func(), or is that of a group;
 *  GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_ctx_cancel(goc_ctx *ctx, const goc_cause *cause);

/** Whether the context is done.
 *  @return GOC_OK while it is not; GOC_ECANCELED; GOC_ETIMEDOUT at a deadline; GOC_EINVAL for NULL;
 *  GOC_EBADHANDLE. */
GOC_API int goc_ctx_err(goc_ctx *ctx);

/** Why the context is done: the cause that was given first, to it or to one above it.
 *  @param out gets the cause, whose data is borrowed: it is valid as long as the context is; zeroed while
 *  it is not done. May be NULL. Untouched on error.
 *  @return GOC_OK while it is not done; the cause's code; GOC_ECANCELED or GOC_ETIMEDOUT if it has none;
 *  GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_ctx_cause(goc_ctx *ctx, goc_cause *out);

/** A channel that is closed when the context is done: for goc_select(), goc_chan_recv() and operations
 *  (port.h). It is of the kind GOC_KIND_INT64, but nothing is ever sent; it is not for closing.
 *  @return the channel, borrowed: valid as long as the context is. NULL for a context that is never done,
 *  as that case of a select never fires; NULL for a bad handle too. */
GOC_API goc_chan *goc_ctx_done(goc_ctx *ctx);

/** When the context will be done at the latest: a deadline for other calls.
 *  @return the time, 1 or more; GOC_FOREVER for none; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int64_t goc_ctx_deadline(goc_ctx *ctx);

/** The value of a key, in the context or the nearest above that has it.
 *  @return the value, borrowed: valid as long as the context is. NULL if there is none, for a NULL key,
 *  and for a bad handle. */
GOC_API void *goc_ctx_value(goc_ctx *ctx, const void *key);

/** Calls fn(arg) in a goroutine of its own when a context is done; at once if it is. It starts the
 *  runtime. If there is no memory for the goroutine then, it is tried again a millisecond later.
 *  @param out gets one reference to the context of the call, a child of ctx that can be canceled alone,
 *  and with which goc_ctx_stop() can call it off. May be NULL: fn is called all the same, also when the
 *  last reference goes, as long as ctx can still be done. A call that waits for a context that nobody
 *  can cancel any more stays for ever.
 *  @return GOC_OK; GOC_EINVAL if ctx or fn is NULL; GOC_EBADHANDLE; GOC_ENOMEM, GOC_EAGAIN: fn will not
 *  be called then. */
GOC_API int goc_ctx_after_func(goc_ctx **out, goc_ctx *ctx, goc_fn fn, void *arg);

/** Calls off the call of goc_ctx_after_func(). It does not wait for an fn that runs.
 *  @return 1 if fn will not be called, by this; 0 if it was started or called off before, or there is
 *  none; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_ctx_stop(goc_ctx *ctx);

GOC_END_DECLS

#endif
