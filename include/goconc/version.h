/* goconc/version.h: which goconc this header belongs to. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GOCONC_VERSION_H
#define GOCONC_VERSION_H

#include <goconc/types.h> /* IWYU pragma: export */

/** The version at compile time; goc_version() gives that of the loaded library. */
#define GOC_VERSION_MAJOR 0
#define GOC_VERSION_MINOR 2
#define GOC_VERSION_PATCH 0
#define GOC_VERSION_STRING "0.2.0"

/** Number of the binary interface: the N in libgoconc.so.N. It changes only
 *  when a program built against an older library would no longer run. */
#define GOC_ABI_VERSION 1

#endif
