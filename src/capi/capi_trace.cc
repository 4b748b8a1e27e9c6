// goconc/diag.h: traces.
#include <goconc/diag.h>
#include <goconc/goroutine.h>

#include <algorithm>
#include <cerrno>

#include "diag/trace_session.h"
#include "trace/ring.h"

namespace {

// Writing a file blocks the thread.
template <class Use>
int blocking(Use use) {
  goc_blocking_begin();
  const int result = use();
  const int error = errno;
  goc_blocking_end();
  errno = error;
  return result;
}

}  // namespace

int goc_trace_start(const char* path) {
  return goc::diag::start_trace(path, goc::diag::kDefaultTraceBytes);
}

int goc_trace_start_with(const goc_trace_options* options) {
  if (options == nullptr) return goc_trace_start(nullptr);
  if (options->size != sizeof *options || options->memory > goc::trace::Ring::kMostBytes)
    return GOC_EINVAL;
  size_t memory = options->memory != 0 ? options->memory : goc::diag::kDefaultTraceBytes;
  return goc::diag::start_trace(options->path, std::max(memory, goc::trace::Ring::kLeastBytes));
}

int goc_trace_write(const char* path) {
  if (path == nullptr) return GOC_EINVAL;
  return blocking([=] { return goc::diag::write_trace_to(path); });
}

int goc_trace_stop(void) { return blocking(&goc::diag::stop_trace); }
