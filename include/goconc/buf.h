/* goconc/buf.h: counted byte buffers, the values of channels of the kind GOC_KIND_BYTES.
 *
 * A buffer is never changed once it is shared: whoever made it fills it through the pointer of
 * goc_buf_new() before sending it. It may pass through any language of the process. Every function
 * may be called from any goroutine and any thread. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_BUF_H
#define GOCONC_BUF_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Bytes with a reference count. Unlike other handles a released buffer is not recognised. */
typedef struct goc_buf goc_buf;

/** Makes a buffer with a copy of some bytes.
 *  @param out gets one reference; untouched on error.
 *  @param data len bytes to copy, or NULL to leave the buffer's bytes undefined, to be filled.
 *  @param len may be 0.
 *  @return GOC_OK; GOC_EINVAL for a NULL out; GOC_ENOMEM. */
GOC_API int goc_buf_new(goc_buf **out, const void *data, size_t len);

/** Makes a buffer of foreign memory, without a copy.
 *  @param data len bytes that stay unchanged until free_fn(arg) is called.
 *  @param free_fn called once, by whoever drops the last reference; it must not wait. NULL: the
 *  bytes live for ever.
 *  @return as goc_buf_new(); also GOC_EINVAL for NULL data with len > 0. On an error free_fn is not
 *  called. */
GOC_API int goc_buf_wrap(goc_buf **out, const void *data, size_t len, goc_fn free_fn, void *arg);

/** The bytes; they live as long as the reference. NULL for NULL. */
GOC_API void *goc_buf_data(const goc_buf *buf);
/** Their number; 0 for NULL. */
GOC_API size_t goc_buf_len(const goc_buf *buf);

/** Adds a reference. @return buf. */
GOC_API goc_buf *goc_buf_retain(goc_buf *buf);
/** Drops a reference; the last one frees the buffer. NULL is ignored. */
GOC_API void goc_buf_release(goc_buf *buf);

GOC_END_DECLS

#endif
