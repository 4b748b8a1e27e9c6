/* must.h: the error handling of a small program: a call that fails ends it with the reason. */
#ifndef GOCONC_EXAMPLES_MUST_H
#define GOCONC_EXAMPLES_MUST_H

#include <goconc/goconc.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns result unless it is an error. */
static inline int must(int result) {
  if (result < 0) {
    fprintf(stderr, "%s: %s\n", goc_error_name(result), goc_strerror(result));
    exit(EXIT_FAILURE);
  }
  return result;
}

#endif
