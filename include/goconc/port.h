/* goconc/port.h: operations that do not block, for languages with a VM and for event loops.
 *
 * A program whose threads must not block inside this library (a virtual thread, a task, a fiber, an
 * event loop) starts an operation in a record of its own, a goc_op, and goes on. If the operation
 * cannot finish at once it is pending, and whoever completes it hands the record's token back:
 *   - in `woken` of the operation that completed it, if that was started for the same port: then the
 *     calling thread resumes the owner of the token in its own way, without a detour;
 *   - else as an event of the port: goc_port_wait(), goc_port_poll(), or goc_port_fd() in a loop.
 * Operations without a port belong to a thread that waits in goc_op_wait() and may be interrupted.
 *
 * After GOC_PENDING exactly one of these happens: the token comes back in some `woken`; it comes as
 * one event; goc_op_wait() returns GOC_OK; or goc_op_cancel() returns GOC_OK. After GOC_ETOOLATE
 * from goc_op_cancel() the result is on its way: wait for it.
 * A pending record must neither move nor be freed. Once its token has come, or it was canceled, it
 * belongs to its owner again and may be used for the next operation.
 *
 * Values are single words: the channels have elements of 8 bytes, else GOC_EINVAL.
 * Nothing is ever called back, and nothing here needs a worker thread except timers, so it works in
 * the child of a fork. What was pending before the fork is not completed there: goc_op_cancel() gives
 * the record back, and it may be started again.
 * Every function may be called from any thread at any time; on a goroutine the waiting ones count as
 * goc_blocking_begin(). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_PORT_H
#define GOCONC_PORT_H

#include <goconc/select.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Where events of one program part arrive: a VM, an event loop. Reference counted. */
typedef struct goc_port goc_port;

/** An operation; memory of the caller, 64-byte aligned, zeroed before its first use. */
typedef struct goc_op {
  int64_t value;    /**< in: the word to send; out: the word received, 0 if closed */
  int64_t token;    /**< in: what comes back; not 0 if there is a port */
  int64_t woken;    /**< out of the starting call: the token of the one operation of the same port
                        that this call completed, or 0. Resume its owner */
  int32_t status;   /**< out: GOC_OK or GOC_ECLOSED */
  int32_t index;    /**< out: the case that fired, for goc_select_op() */
  int64_t priv[12]; /**< the library's own */
} goc_op;

/** sizeof(goc_op), for those who cannot ask a C compiler. */
GOC_API size_t goc_op_size(void);

/** Makes a port. @param out gets one reference. @return GOC_OK; GOC_EINVAL; GOC_ENOMEM. */
GOC_API int goc_port_new(goc_port **out);
/** Adds a reference. @return port. */
GOC_API goc_port *goc_port_retain(goc_port *port);
/** Drops a reference. Pending operations and waiting threads keep the port; events that nobody
 *  fetched are forgotten with the last reference. NULL is ignored. */
GOC_API void goc_port_release(goc_port *port);

/** Fetches tokens of completed operations and posted ones, oldest first, without waiting.
 *  @param tokens room for max of them.
 *  @return their number, 0 if there are none; GOC_EINVAL for NULL or max < 1; GOC_EBADHANDLE. */
GOC_API int goc_port_poll(goc_port *port, int64_t *tokens, int max);

/** As goc_port_poll(), but blocks the calling thread until there is at least one.
 *  @param deadline absolute time, GOC_FOREVER, or GOC_NOW.
 *  @return also GOC_ETIMEDOUT; GOC_EAGAIN for GOC_NOW; GOC_EINTR after goc_port_interrupt(). */
GOC_API int goc_port_wait(goc_port *port, int64_t *tokens, int max, int64_t deadline);

/** Ends one goc_port_wait() with GOC_EINTR: the one that runs, else the next.
 *  @return GOC_OK; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_port_interrupt(goc_port *port);

/** A descriptor that is readable while there are events, for poll, epoll or any event loop. It
 *  belongs to the port: neither read nor close it; fetch the events with goc_port_poll(). It may be
 *  readable although there are none.
 *  @return the descriptor; GOC_EINVAL, GOC_EBADHANDLE; GOC_EAGAIN if the process may have no more. */
GOC_API int goc_port_fd(goc_port *port);

/** Puts a token of the caller's into the queue. @return GOC_OK; GOC_EINVAL for NULL or token 0;
 *  GOC_ENOMEM; GOC_EBADHANDLE. */
GOC_API int goc_port_post(goc_port *port, int64_t token);

/** Starts to send op->value.
 *  @param port where the token goes; NULL: a thread waits in goc_op_wait().
 *  @return GOC_OK: sent, look at `woken`; GOC_PENDING; GOC_ECLOSED: not sent; GOC_EINVAL for a NULL
 *  op or channel, elements that are not 8 bytes, or a port but no token; GOC_EBADHANDLE. */
GOC_API int goc_chan_send_op(goc_chan *ch, goc_op *op, goc_port *port);

/** Starts to receive into op->value; else as goc_chan_send_op(). GOC_ECLOSED: closed and drained. */
GOC_API int goc_chan_recv_op(goc_chan *ch, goc_op *op, goc_port *port);

/** Flag of goc_select_op(): GOC_EAGAIN instead of GOC_PENDING (Go's default case). */
#define GOC_OP_NOW 1

/** Starts a select; see goc_select(). A case with a NULL elem uses op->value; elements of others must
 *  stay where they are while it is pending, the cases themselves need not. Which case fired stands in
 *  op->index, whether its channel was closed in op->status.
 *  @return GOC_OK: a case fired; GOC_PENDING; GOC_EAGAIN with GOC_OP_NOW; errors as goc_select() and
 *  goc_chan_send_op(). */
GOC_API int goc_select_op(const goc_case *cases, size_t n, goc_op *op, goc_port *port, int flags);

/** Starts to wait for a WaitGroup's zero.
 *  @return GOC_OK: it is zero; GOC_PENDING; GOC_EINVAL; GOC_EBADHANDLE. */
GOC_API int goc_wg_wait_op(goc_wg *wg, goc_op *op, goc_port *port);

/** Completes at a deadline (not GOC_FOREVER); starts the runtime, whose goc_shutdown() forgets it: it
 *  stays pending until it is canceled.
 *  @return GOC_OK: it has passed; GOC_PENDING; GOC_EINVAL; GOC_ENOMEM; GOC_EAGAIN: no thread. */
GOC_API int goc_timer_op(int64_t deadline, goc_op *op, goc_port *port);

/** Blocks the calling thread until its pending operation, started without a port, has completed.
 *  @param deadline absolute time, or GOC_FOREVER.
 *  @return GOC_OK: the result is in op; GOC_ETIMEDOUT, GOC_EINTR: still pending, wait again or
 *  cancel; GOC_EINVAL for NULL. */
GOC_API int goc_op_wait(goc_op *op, int64_t deadline);

/** Ends the goc_op_wait() of another thread with GOC_EINTR, or the next one if none waits. Only while
 *  that thread has not taken the result. Async-signal-safe. */
GOC_API void goc_op_interrupt(goc_op *op);

/** Gives a pending operation up.
 *  @return GOC_OK: it will not happen, and its token will not come; GOC_ETOOLATE: it has completed,
 *  the token is on its way, or goc_op_wait() gives the result at once; GOC_EINVAL for NULL. */
GOC_API int goc_op_cancel(goc_op *op);

GOC_END_DECLS

#endif
