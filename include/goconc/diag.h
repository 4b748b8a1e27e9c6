/* goconc/diag.h: what goroutines are doing, for a person who looks at a program that hangs.
 *
 * Environment: read when the runtime starts.
 *   GOCONC_DUMP_SIGNAL   a signal, by its number or name (QUIT, SIGQUIT, 3): when it comes, what
 *                        goc_dump() writes goes to standard error, and the program goes on. A
 *                        handler that was there before is called too. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_DIAG_H
#define GOCONC_DIAG_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Writes what every goroutine is doing, as text for people: id, name, state, what it waits for and
 *  for how long (a few milliseconds may be missing), its stack, and where it was started. Those that
 *  are alike stand together. Nobody is stopped meanwhile; the stack of one that runs is not shown.
 *  Functions have names, and lines where there is debug information. Stacks, and names of functions
 *  that are not exported, need libdw.so.1 (elfutils), which is loaded when the first dump is made.
 *  From any thread and any goroutine; not async-signal-safe.
 *  @param fd a descriptor that is open for writing.
 *  @return GOC_OK; GOC_EINVAL if it could not be written there; GOC_ENOMEM. */
GOC_API int goc_dump(int fd);

GOC_END_DECLS

#endif
