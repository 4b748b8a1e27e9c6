/* goconc/diag.h: what a person looks at when a program hangs. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_DIAG_H
#define GOCONC_DIAG_H

#include <goconc/error.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** Says whether the program may be woken by what this library cannot see, such as a signal handler
 *  that releases somebody. While expected is not 0, no deadlock is reported; see runtime.h. Virtual time
 *  goes on. */
GOC_API void goc_expect_external_events(int expected);

GOC_END_DECLS

#endif
