#include <goconc/goconc.h>
