// goconc/diag.h
#include <goconc/diag.h>

#include "diag/dump.h"

int goc_dump(int fd) { return goc::dump(fd); }
