// Sessions of tracing: see trace_session.h.
#include "diag/trace_session.h"

#include <goconc/error.h>

#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>

#include "base/fatal.h"
#include "base/lock.h"
#include "base/os_file.h"
#include "diag/trace_json.h"

namespace goc::diag {

namespace {

struct Session {
  Lock lock;
  static constexpr uint64_t kNever = UINT64_MAX;
  int fd = -1;                // the file; -1: only memory
  uint64_t written = kNever;  // how many words are in the file
  bool environment_asked = false;
  bool forked = false;
};
constinit Session g_session;

bool names_process(const char* path) { return std::strstr(path, "%p") != nullptr; }

// With the process's id for each %p.
std::string expanded(const char* path) {
  std::string result;
  for (const char* at = path; *at != 0; ++at) {
    if (std::strncmp(at, "%p", 2) == 0) {
      result += std::to_string(os::process_id());
      ++at;
    } else {
      result += *at;
    }
  }
  return result;
}

int open_file(const char* path, int* fd) {
  *fd = os::file_create(expanded(path).c_str());
  return *fd >= 0 ? GOC_OK : GOC_EINVAL;
}

// The functions below run under the lock, or throw std::bad_alloc.

int begin(const char* path, size_t bytes) {
  if (trace::on()) return GOC_EALREADY;
  int fd = -1;
  if (path != nullptr)
    if (const int result = open_file(path, &fd); result != GOC_OK) return result;
  if (!trace::begin(std::bit_ceil(bytes))) {
    if (fd >= 0) os::file_close(fd);
    return GOC_ENOMEM;
  }
  g_session.fd = fd;
  g_session.written = Session::kNever;
  return GOC_OK;
}

int write_to(int fd) { return write_trace(fd, trace::snapshot()) ? GOC_OK : GOC_EINVAL; }

// What has not been written yet.
int save() {
  const uint64_t words = trace::words_recorded();
  if (g_session.fd < 0 || words == g_session.written) return GOC_OK;
  os::file_rewind(g_session.fd);
  g_session.written = words;
  return write_to(g_session.fd);
}

int end() {
  if (!trace::on()) return GOC_EPERM;
  trace::end();
  const int result = save();
  if (g_session.fd >= 0) os::file_close(g_session.fd);
  g_session.fd = -1;
  return result;
}

// GOC_ENOMEM when there is no memory for what `use` does.
template <class Use>
int locked(Use use) {
  Guard guard(g_session.lock);
  try {
    return use();
  } catch (const std::bad_alloc&) {
    return GOC_ENOMEM;
  }
}

// The process ends, by exit() or by a return from main(). Workers may still run.
__attribute__((destructor)) void save_at_exit() {
  if (trace::on()) locked(&end);
}

}  // namespace

int start_trace(const char* path, size_t bytes) {
  return locked([=] { return begin(path, bytes); });
}

int stop_trace() { return locked(&end); }

int write_trace_to(const char* path) {
  return locked([=]() -> int {
    if (!trace::on()) return GOC_EPERM;
    int fd;
    if (const int result = open_file(path, &fd); result != GOC_OK) return result;
    const int result = write_to(fd);
    os::file_close(fd);
    return result;
  });
}

}  // namespace goc::diag

namespace goc::trace {

// Once for a process. A fork's child would overwrite its parent's file, unless they have names of
// their own.
void begin_by_environment() {
  diag::Session& session = diag::g_session;
  diag::locked([&] {
    if (session.environment_asked) return 0;
    session.environment_asked = true;
    const char* path = std::getenv("GOCONC_TRACE");
    if (path == nullptr || *path == 0 || on()) return 0;
    if (session.forked && !diag::names_process(path)) return 0;
    const int result = diag::begin(path, diag::kDefaultTraceBytes);
    if (result == GOC_EINVAL)
      report({"GOCONC_TRACE: ", path, " cannot be written (", std::strerror(errno),
              "); there will be no trace"});
    else if (result != GOC_OK)
      report({"GOCONC_TRACE: there is no memory for a trace"});
    return 0;
  });
}

void save() { diag::locked(&diag::save); }

void leave_to_parent() {
  const int fd = diag::g_session.fd;
  new (&diag::g_session) diag::Session;
  diag::g_session.forked = true;
  if (fd >= 0) os::file_close(fd);
}

}  // namespace goc::trace
