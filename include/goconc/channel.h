/* goconc/channel.h: typed queues between goroutines and threads.
 *
 * A channel carries elements of one size, copied bytewise. Capacity 0 is a rendezvous: a send ends
 * when a receiver has the value. Values are FIFO; blocked receivers and blocked senders are served
 * in the order in which they came, and none is overtaken.
 *
 * |        | NULL                      | open                  | closed                            |
 * |--------|---------------------------|-----------------------|-----------------------------------|
 * | send   | waits until the deadline  | waits for receiver or | GOC_ECLOSED, nothing sent         |
 * |        |                           | slot                  |                                   |
 * | recv   | waits until the deadline  | waits for a value     | buffered values first, then       |
 * |        |                           |                       | GOC_ECLOSED and a zeroed element  |
 * | close  | GOC_EINVAL                | wakes all waiters     | GOC_ECLOSED                       |
 * | len,cap| 0                         | snapshot              | snapshot                          |
 *
 * Every function may be called from any goroutine and any thread at any time.
 *
 * Memory model: a send happens before the completion of its receive; a close happens before a
 * receive that returns because of it; the k-th receive on a channel of capacity C happens before
 * the completion of the (k+C)-th send (The Go Memory Model, go.dev/ref/mem). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_CHANNEL_H
#define GOCONC_CHANNEL_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Makes a channel.
 *  @param out gets one reference; untouched on error.
 *  @param elem_size bytes of an element, 0 is legal (a signal without a value).
 *  @param capacity number of values that are buffered; 0 for none.
 *  @return GOC_OK; GOC_EINVAL if out is NULL or elem_size * capacity overflows; GOC_ENOMEM. */
GOC_API int goc_chan_new(goc_chan **out, size_t elem_size, size_t capacity);

/** What the elements of a channel are, so that other languages of the process can read them. */
#define GOC_KIND_RAW 0    /**< whatever C or C++ made of them */
#define GOC_KIND_INT64 1  /**< int64_t */
#define GOC_KIND_DOUBLE 2 /**< double */
#define GOC_KIND_BYTES 3  /**< goc_buf *, whose reference travels with it; see buf.h */

/** Options of goc_chan_new_with(). Fill with GOC_CHAN_OPTIONS_INIT. */
typedef struct goc_chan_options {
  size_t size;              /**< sizeof(goc_chan_options) */
  size_t elem_size;         /**< bytes of an element */
  size_t capacity;          /**< number of buffered values */
  void (*drop)(void *elem); /**< called for each element that is still buffered when the last
                                   reference goes; NULL: nothing to do. It must not use the channel. */
  void (*relocate)(void *dst, void *src); /**< moves an element to raw memory and ends the life of
                                   the source, for C++ types; it runs under the channel's lock and
                                   must neither wait nor throw. NULL: memcpy. */
  const char *name; /**< shown in reports; copied, at most 63 bytes are kept */
  int kind; /**< GOC_KIND_...; of any but GOC_KIND_RAW elements have 8 bytes (elem_size is 8,
                           or 0 for that), and drop and relocate are NULL: buffered goc_bufs are released */
} goc_chan_options;

#define GOC_CHAN_OPTIONS_INIT \
  { sizeof(goc_chan_options), 0, 0, NULL, NULL, NULL, GOC_KIND_RAW }

/** goc_chan_new() with options. Also GOC_EINVAL if options is NULL, of unknown size, of an unknown
 *  kind, or says what its kind does not allow. */
GOC_API int goc_chan_new_with(goc_chan **out, const goc_chan_options *options);

/** Adds a reference. @return ch. */
GOC_API goc_chan *goc_chan_retain(goc_chan *ch);

/** Drops a reference. The last one drops buffered elements and frees the channel; goroutines that
 *  are blocked on it keep it in memory. NULL is ignored. */
GOC_API void goc_chan_release(goc_chan *ch);

/** Sends a copy of *elem.
 *  @param elem read only if the send succeeds; may be NULL if elem_size is 0.
 *  @param deadline absolute time, GOC_FOREVER, or GOC_NOW.
 *  @return GOC_OK; GOC_ECLOSED if the channel is closed before a receiver or a slot is found;
 *  GOC_ETIMEDOUT at the deadline; GOC_EAGAIN for GOC_NOW when it would wait; GOC_EINVAL for a NULL
 *  elem; GOC_EBADHANDLE. Unless GOC_OK, the value is still the caller's. */
GOC_API int goc_chan_send(goc_chan *ch, const void *elem, int64_t deadline);

/** Receives one value into *elem.
 *  @param elem raw memory for one element; NULL discards the value (drop is called for it).
 *  @return GOC_OK; GOC_ECLOSED if the channel is closed and drained: *elem is zeroed;
 *  GOC_ETIMEDOUT, GOC_EAGAIN, GOC_EBADHANDLE: *elem is untouched. */
GOC_API int goc_chan_recv(goc_chan *ch, void *elem, int64_t deadline);

/** Closes the channel: no value can be sent any more, buffered ones can still be received. Blocked
 *  receivers and senders are woken with GOC_ECLOSED; a blocked sender keeps its value.
 *  @return GOC_OK; GOC_ECLOSED if it was closed already; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_chan_close(goc_chan *ch);

/** The number of buffered values; 0 for NULL or a bad handle. A snapshot. */
GOC_API size_t goc_chan_len(const goc_chan *ch);

/** The capacity; 0 for NULL or a bad handle. */
GOC_API size_t goc_chan_cap(const goc_chan *ch);

/** The kind of its elements, GOC_KIND_...; GOC_EINVAL for NULL; GOC_EBADHANDLE. */
GOC_API int goc_chan_kind(const goc_chan *ch);

/** 1 if the channel is closed, else 0. A snapshot; values may still be buffered. */
GOC_API int goc_chan_is_closed(const goc_chan *ch);

GOC_END_DECLS

#endif
