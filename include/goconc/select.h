/* goconc/select.h: waiting for the first of several sends and receives. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_SELECT_H
#define GOCONC_SELECT_H

#include <goconc/channel.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Directions of a case. */
#define GOC_SEND 1
#define GOC_RECV 2

/** Most cases of one select. */
#define GOC_SELECT_MAX 65536

/** One operation that a select may carry out. */
typedef struct goc_case {
  goc_chan *chan; /**< NULL: this case never fires */
  int op;         /**< GOC_SEND or GOC_RECV */
  int status; /**< out, for the case that fired: GOC_OK, or GOC_ECLOSED if the channel was closed
                       (nothing sent; or *elem zeroed) */
  void *elem; /**< the value to send, or memory for the received one; as in goc_chan_send() and
                       goc_chan_recv() */
} goc_case;

/** Carries out exactly one of the cases: one that is ready, chosen uniformly at random, else the
 *  first that becomes ready. The same channel may stand in several cases, in both directions (it
 *  never meets itself). With n = 0 it waits until the deadline.
 *  @param cases n cases; only the status of the one that fired is written.
 *  @param deadline absolute time, GOC_FOREVER, or GOC_NOW (Go's default case).
 *  @return the index of the case that fired; GOC_ETIMEDOUT at the deadline; GOC_EAGAIN for GOC_NOW
 *  when none is ready; GOC_EINVAL for NULL cases with n > 0, n > GOC_SELECT_MAX, an unknown op, or a
 *  NULL elem to send; GOC_EBADHANDLE; GOC_ENOMEM (only with more than 16 cases). On an error nothing
 *  was sent or received. */
GOC_API int goc_select(goc_case *cases, size_t n, int64_t deadline);

GOC_END_DECLS

#endif
