// Select: one of several channel operations, whichever can be carried out first.
#pragma once

#include <goconc/select.h>

namespace goc {

// The cases have been checked: known ops, handles of channels or null, elements to send.
// Returns the index of the case that fired, or a goc_result.
int select(goc_case* cases, size_t n, int64_t deadline);

}  // namespace goc
