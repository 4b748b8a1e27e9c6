/* goconc/time.h: the clock, deadlines, sleeping, timers, tickers.
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

/** Makes a timer that sends one int64_t, the time for which it was set, to a channel of its own, ns
 *  from now (at once for ns <= 0).
 *
 *  A timer that nobody waits for costs nothing: whoever receives or selects looks at the clock. So the
 *  channel holds no value in advance, and goc_chan_len() and goc_chan_cap() are always 0. It is for
 *  receiving; what others send to it is received as from any channel without a buffer, and once it is
 *  closed it gives no time any more. A receive that has to wait may also give GOC_ENOMEM, or GOC_EAGAIN
 *  if there is no thread.
 *
 *  A shutdown stops no timer. But who waits for one at that moment, a plain thread or an operation,
 *  goes on waiting until the timer is reset in the next runtime.
 *  @param out_timer gets one reference to the timer.
 *  @param out_chan gets one reference to the timer's channel (element size 8, for receiving and
 *  select); may be NULL only if goc_timer_chan() is used instead.
 *  @return GOC_OK; GOC_EINVAL if out_timer is NULL; GOC_ENOMEM, nothing made then. */
GOC_API int goc_timer_new(goc_timer **out_timer, goc_chan **out_chan, int64_t ns);

/** Starts a goroutine that calls fn(arg), ns from now (at once for ns <= 0).
 *
 *  goc_shutdown() waits for it until its own deadline, as for a goroutine that sleeps; after that fn
 *  is not called. If there is no memory for the goroutine when the time has come, it is tried again a
 *  millisecond later.
 *  @param out_timer gets one reference to a timer with which it can be stopped and reset, also after
 *  fn was started. Without that, or when the last reference goes, fn is called all the same.
 *  @return GOC_OK; GOC_EINVAL if fn is NULL; GOC_ENOMEM or GOC_EAGAIN, nothing made then. */
GOC_API int goc_after_func(goc_timer **out_timer, int64_t ns, goc_fn fn, void *arg);

/** The timer's channel, borrowed: valid as long as the timer is. NULL for a bad handle, and for a timer
 *  of goc_after_func(). */
GOC_API goc_chan *goc_timer_chan(goc_timer *timer);

/** Stops the timer: after it has returned no time of before can be received, or fn is not started any
 *  more. It does not wait for an fn that runs.
 *  @return 1 if this call stopped it, 0 if its time had been received, fn had been started, or it was
 *  stopped already; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_timer_stop(goc_timer *timer);

/** Sets the timer anew to ns from now, as goc_timer_stop() and then goc_timer_new() or
 *  goc_after_func() would.
 *  @return as goc_timer_stop(); or GOC_ENOMEM or GOC_EAGAIN: with GOC_ENOMEM it is stopped, with GOC_EAGAIN
 *  unchanged. */
GOC_API int goc_timer_reset(goc_timer *timer, int64_t ns);

/** Adds a reference. @return timer. */
GOC_API goc_timer *goc_timer_retain(goc_timer *timer);

/** Drops a reference; the last one stops the timer, unless it is one of goc_after_func(). NULL is
 *  ignored. */
GOC_API void goc_timer_release(goc_timer *timer);

/** Makes a ticker: a timer that sends the time every ns. The times are exact multiples of ns apart,
 *  however late they are received. A slow receiver gets the first time that it has missed, and then
 *  the next that is to come; those in between are lost.
 *  @param out_ticker gets one reference to the ticker.
 *  @param out_chan gets one reference to its channel, which is as that of goc_timer_new(); may be NULL.
 *  @return GOC_OK; GOC_EINVAL if out_ticker is NULL or ns <= 0; GOC_ENOMEM, nothing made then. */
GOC_API int goc_ticker_new(goc_ticker **out_ticker, goc_chan **out_chan, int64_t ns);

/** The ticker's channel, borrowed: valid as long as the ticker is. NULL for a bad handle. */
GOC_API goc_chan *goc_ticker_chan(goc_ticker *ticker);

/** Stops the ticker: after it has returned no time of before can be received. Its channel stays open.
 *  @return 1 if it ran, 0 if it was stopped already; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_ticker_stop(goc_ticker *ticker);

/** Starts the ticker anew, running or stopped: the next time is sent ns from now, and then every ns.
 *  No time of before can be received.
 *  @return as goc_ticker_stop(); GOC_EINVAL for ns <= 0 too: it is unchanged then; or GOC_ENOMEM or
 *  GOC_EAGAIN: with GOC_ENOMEM it is stopped, with GOC_EAGAIN unchanged. */
GOC_API int goc_ticker_reset(goc_ticker *ticker, int64_t ns);

/** Adds a reference. @return ticker. */
GOC_API goc_ticker *goc_ticker_retain(goc_ticker *ticker);

/** Drops a reference; the last one stops the ticker. NULL is ignored. */
GOC_API void goc_ticker_release(goc_ticker *ticker);

GOC_END_DECLS

#endif
