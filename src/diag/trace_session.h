// A trace from its start to its file: goc_trace_start() and the like, and GOCONC_TRACE.
//
// Locking: `lock` of the one session, for all of each function: a file is written under it. It comes
// before the recorder's locks, and is taken under those of a start and a stop of the runtime.
// A fork's child begins without: the file is the parent's.
#pragma once

#include <cstddef>

namespace goc::diag {

constexpr size_t kDefaultTraceBytes = size_t{2} << 20;

// All return a goc_result; see goconc/diag.h.
int start_trace(const char* path, size_t bytes);
int stop_trace();
int write_trace_to(const char* path);

}  // namespace goc::diag
