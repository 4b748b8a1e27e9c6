/* goconc/types.h: what every other header needs: linkage, basic types, constants. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_TYPES_H
#define GOCONC_TYPES_H

#include <stddef.h> /* IWYU pragma: export */
#include <stdint.h> /* IWYU pragma: export */

#if defined(__GNUC__)
#define GOC_API __attribute__((visibility("default")))
#else
#define GOC_API
#endif

#ifdef __cplusplus
#define GOC_BEGIN_DECLS extern "C" {
#define GOC_END_DECLS }
#else
#define GOC_BEGIN_DECLS
#define GOC_END_DECLS
#endif

GOC_BEGIN_DECLS

/** A callback with its argument. It must not let a C++ exception out: one that
 *  leaves a goroutine ends the process with the goroutine's name and what(). */
typedef void (*goc_fn)(void *arg);

/** Objects: opaque, reference counted. `goc_..._new` gives one reference to the
 *  caller, `goc_..._retain` adds one, `goc_..._release` drops one. */
typedef struct goc_chan goc_chan;
typedef struct goc_wg goc_wg;
typedef struct goc_mutex goc_mutex;
typedef struct goc_once goc_once;
typedef struct goc_timer goc_timer;
typedef struct goc_ticker goc_ticker;
typedef struct goc_rwmutex goc_rwmutex;
typedef struct goc_cond goc_cond;
typedef struct goc_sem goc_sem;
typedef struct goc_group goc_group;
typedef struct goc_flight goc_flight;
typedef struct goc_ctx goc_ctx;

/** Deadline of a call that waits as long as it takes. */
#define GOC_FOREVER INT64_MAX
/** Deadline of a call that never waits: it gives GOC_EAGAIN instead. */
#define GOC_NOW ((int64_t)0)

GOC_END_DECLS

#endif
