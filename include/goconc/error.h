/* goconc/error.h: result codes, their names and texts. The table errors.def makes all three. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_ERROR_H
#define GOCONC_ERROR_H

#include <goconc/types.h> /* IWYU pragma: export */

GOC_BEGIN_DECLS

/** What functions return: GOC_OK is 0, errors are negative. */
typedef enum goc_result {
#define GOC_ERROR(name, value, text) name = value,
#include <goconc/errors.def>
#undef GOC_ERROR
  GOC_RESULT_FORCE_INT = 0x7fffffff /* keeps the enum as wide as int; not a result */
} goc_result;

/** The name of a code, such as "GOC_ECLOSED"; "GOC_UNKNOWN" for any other value.
 *  The text is static. Async-signal-safe. */
GOC_API const char *goc_error_name(int code);

/** A short English description of a code; never NULL, static. Async-signal-safe. */
GOC_API const char *goc_strerror(int code);

GOC_END_DECLS

#endif
