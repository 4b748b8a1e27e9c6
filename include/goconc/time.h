/* goconc/time.h: the clock, deadlines, sleeping, timers.
 *
 * All times are nanoseconds of goc_now(), which counts from an arbitrary start, never goes back and
 * does not count while the machine is suspended (CLOCK_MONOTONIC). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_TIME_H
#define GOCONC_TIME_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Durations, to be multiplied. */
#define GOC_MICROSECOND INT64_C(1000)
#define GOC_MILLISECOND INT64_C(1000000)
#define GOC_SECOND INT64_C(1000000000)

/** The time now. */
GOC_API int64_t goc_now(void);

/** The deadline that lies ns from now. Saturates: what would lie beyond the end of time is
 *  GOC_FOREVER; ns <= 0 is a deadline that has just passed (the call is tried once and then gives
 *  GOC_ETIMEDOUT). */
GOC_API int64_t goc_deadline(int64_t ns);

/** Waits at least ns; returns at once for ns <= 0. A goroutine leaves its thread to others, unless
 *  there is no memory to note when it is to go on. */
GOC_API void goc_sleep(int64_t ns);

/** Waits until the deadline; returns at once if it has passed. */
GOC_API void goc_sleep_until(int64_t deadline);

/** Makes a timer that sends one int64_t, the time at which it fired, to a channel of its own, ns
 *  from now (at once for ns <= 0).
 *  @param out_timer gets one reference to the timer.
 *  @param out_chan gets one reference to the timer's channel (element size 8, for receiving and
 *  select); may be NULL only if goc_timer_chan() is used instead.
 *  @return GOC_OK; GOC_EINVAL if out_timer is NULL; GOC_ENOMEM or GOC_EAGAIN, nothing made then. */
GOC_API int goc_timer_new(goc_timer **out_timer, goc_chan **out_chan, int64_t ns);

/** The timer's channel, borrowed: valid as long as the timer is. NULL for a bad handle. */
GOC_API goc_chan *goc_timer_chan(goc_timer *timer);

/** Stops the timer. After it has returned no tick of before can be received.
 *  @return 1 if this call stopped it, 0 if it had fired or was stopped already; GOC_EINVAL for
 *  NULL; GOC_EBADHANDLE. */
GOC_API int goc_timer_stop(goc_timer *timer);

/** Arms the timer anew to fire ns from now. After it has returned no tick of before can be received.
 *  @return 1 if it was armed, 0 if it had fired or was stopped; GOC_EINVAL for NULL;
 *  GOC_EBADHANDLE; GOC_EAGAIN: no thread to start the runtime, nothing has changed; GOC_ENOMEM: no
 *  memory, it may have been stopped. */
GOC_API int goc_timer_reset(goc_timer *timer, int64_t ns);

/** Adds a reference. @return timer. */
GOC_API goc_timer *goc_timer_retain(goc_timer *timer);

/** Drops a reference; the last one stops the timer. NULL is ignored. */
GOC_API void goc_timer_release(goc_timer *timer);

GOC_END_DECLS

#endif
