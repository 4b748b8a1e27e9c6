/* goconc/goconc.h: goroutines, channels, select and WaitGroup for C. Includes every other header.
 *
 * Conventions of the whole interface:
 *  1. Names begin with goc_, macros and constants with GOC_.
 *  2. Functions that can fail return int: GOC_OK is 0, errors are negative and never change their
 *     value (error.h).
 *  3. Functions that wait take as their last argument a deadline: an absolute time of goc_now()
 *     (make one with goc_deadline()), GOC_FOREVER, or GOC_NOW to try without waiting. Where there is
 *     no memory to note a deadline, a goroutine's call gives GOC_ETIMEDOUT at once.
 *  4. Objects are opaque and reference counted. goc_..._new gives one reference, _retain adds one,
 *     _release drops one; releases may come in any order, from any thread, with NULL.
 *  5. Every function may be called from a goroutine or from any thread; exceptions say so. None is
 *     async-signal-safe unless it says so.
 *  6. Sizes are size_t, counts and times int64_t, ids uint64_t.
 *  7. Callbacks are a function and a void *arg.
 *  8. Option structs begin with their size, have an _INIT macro, and grow only at the end.
 *  9. No function prints or ends the process, except for the fatal errors listed in runtime.h.
 * 10. Misuse that Go answers with a panic gives an error code; nothing is changed, nothing is lost. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_GOCONC_H
#define GOCONC_GOCONC_H

/* IWYU pragma: begin_exports */
#include <goconc/buf.h>
#include <goconc/channel.h>
#include <goconc/diag.h>
#include <goconc/error.h>
#include <goconc/goroutine.h>
#include <goconc/group.h>
#include <goconc/port.h>
#include <goconc/runtime.h>
#include <goconc/select.h>
#include <goconc/sync.h>
#include <goconc/time.h>
#include <goconc/types.h>
#include <goconc/version.h>
/* IWYU pragma: end_exports */

#endif
