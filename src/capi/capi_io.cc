// goconc/io.h: each call is tried, waited for and tried again.
#include <goconc/goroutine.h>
#include <goconc/io.h>
#include <goconc/time.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "base/os_io.h"
#include "poll/watch.h"
#include "sched/chaos.h"

using goc::Watch;
using goc::os::kMayWait;

static_assert(GOC_READ == goc::os::kReadable && GOC_WRITE == goc::os::kWritable);

namespace {

// What a call has given, as a result of this library.
int64_t translate(int64_t result) {
  if (result >= 0) return result;
  errno = static_cast<int>(-result);
  return GOC_ESYSTEM;
}

// Calls attempt(ready) until it does not give -EAGAIN. `ready`: what cannot be waited for is
// always so.
template <class Attempt>
int64_t until_done(int fd, int events, int64_t deadline, Attempt attempt) {
  Watch watch(fd, events);
  for (bool ready = false;;) {
    watch.begin_try();
    if (ready) watch.end_try();  // it may take long
    const int64_t result = attempt(ready);
    watch.end_try();
    if (result != -EAGAIN || ready) {
      watch.pass_on();
      return translate(result);
    }
    const int waited = watch.wait(deadline);
    ready = waited == Watch::kAlwaysReady;
    if (waited != GOC_OK && !ready) return waited;
  }
}

template <class Call>
auto waiting(int64_t deadline, Call call) {
  return goc::g_runtime.chaotic() ? goc::in_chaos(deadline, call) : call();
}

bool bad(const void* data, size_t len) {
  return (data == nullptr && len != 0) || len > static_cast<size_t>(PTRDIFF_MAX);
}
bool bad(const iovec* parts, int count) {
  return count < 0 || (parts == nullptr && count != 0) ||
         std::any_of(parts, parts + count,
                     [](const iovec& part) { return bad(part.iov_base, part.iov_len); });
}

// On a thread that may be kept.
template <class Call>
int64_t in_its_own_time(Call call) {
  struct Box {
    Call& call;
    int64_t result;
  } box{call, 0};
  goc_blocking(
      [](void* b) {
        auto* box = static_cast<Box*>(b);
        box->result = box->call();
      },
      &box);
  return box.result;
}

// For a descriptor that does not say whether call() would wait.
template <class Call>
int64_t without_knowing(int fd, int events, bool ready, Call call) {
  if (!ready && goc::os::nonblocking(fd)) return call();
  const int64_t found = ready ? events : goc::os::look_at(fd, events);
  if (found <= 0) return found == 0 ? -EAGAIN : found;
  return in_its_own_time(call);
}

int64_t try_read(int fd, const iovec* parts, int count, bool ready) {
  const int64_t result = ready ? kMayWait : goc::os::read_now(fd, parts, count);
  if (result != kMayWait) return result;
  return without_knowing(fd, GOC_READ, ready,
                         [=] { return goc::os::read_anyhow(fd, parts, count); });
}

int64_t try_write(int fd, const iovec* parts, int count, bool ready) {
  const int64_t result = ready ? kMayWait : goc::os::write_now(fd, parts, count);
  if (result != kMayWait) return result;
  return without_knowing(fd, GOC_WRITE, ready, [=] { return goc::os::write_anyhow(fd, *parts); });
}

int64_t read_some(int fd, const iovec* parts, int count, int64_t deadline) {
  return waiting(deadline, [=] {
    return until_done(fd, GOC_READ, deadline,
                      [=](bool ready) { return try_read(fd, parts, count, ready); });
  });
}

// `head` is what is left of the first part.
int64_t write_all(int fd, const iovec* parts, int count, int64_t deadline) {
  int64_t written = 0;
  iovec head = count > 0 ? *parts : iovec{};
  do {
    const bool whole = count == 0 || head.iov_len == parts->iov_len;
    const int64_t result = until_done(fd, GOC_WRITE, deadline, [&](bool ready) {
      return try_write(fd, whole && count > 0 ? parts : &head, whole && count > 1 ? count : 1,
                       ready);
    });
    if (result < 0) return written > 0 ? written : result;
    written += result;
    auto left = static_cast<size_t>(result);
    for (; count > 0 && left >= head.iov_len; --count) {
      left -= head.iov_len;
      if (count > 1) head = *++parts;
    }
    head.iov_base = static_cast<char*>(head.iov_base) + left;
    head.iov_len -= left;
    if (result == 0) break;
  } while (count > 0);
  return written;
}

int64_t send_all(int fd, const char* data, size_t len, int flags, const sockaddr* to,
                 socklen_t to_len, int64_t deadline) {
  size_t sent = 0;
  do {
    const int64_t result = until_done(fd, GOC_WRITE, deadline, [=](bool) {
      return goc::os::send_now(fd, data + sent, len - sent, flags, to, to_len);
    });
    if (result < 0) return sent > 0 ? static_cast<int64_t>(sent) : result;
    sent += static_cast<size_t>(result);
    if (result == 0) break;
  } while (sent < len);
  return static_cast<int64_t>(sent);
}

// A queue of a socket in the file system is full: nobody tells when it is not any more.
int64_t connect_in_turns(int fd, const sockaddr* to, socklen_t to_len, int64_t deadline) {
  bool again = false;
  for (;;) {
    bool full = false;
    const int64_t result = until_done(fd, GOC_WRITE, deadline, [&](bool) {
      const int64_t now = goc::os::connect_now(fd, to, to_len, again);
      full = now == -EAGAIN;
      again = again || now == -EINPROGRESS;
      return full ? 0 : now == -EINPROGRESS ? -EAGAIN : now;
    });
    if (!full) return result;
    if (const int late = goc::time_to_wait(deadline)) return late;
    goc_sleep_until(std::min(deadline, goc_deadline(GOC_MILLISECOND)));
  }
}

}  // namespace

int goc_fd_wait(int fd, int events, int64_t deadline) {
  if (events < 1 || events > (GOC_READ | GOC_WRITE)) return GOC_EINVAL;
  return static_cast<int>(waiting(deadline, [=] {
    return until_done(fd, events, deadline, [=](bool) -> int64_t {
      const int64_t found = goc::os::look_at(fd, events);
      return found == 0 ? -EAGAIN : found;
    });
  }));
}

int goc_fd_close(int fd) { return static_cast<int>(translate(Watch::close(fd))); }

int64_t goc_read(int fd, void* data, size_t len, int64_t deadline) {
  if (bad(data, len)) return GOC_EINVAL;
  const iovec part{data, len};
  return read_some(fd, &part, 1, deadline);
}

int64_t goc_write(int fd, const void* data, size_t len, int64_t deadline) {
  if (bad(data, len)) return GOC_EINVAL;
  const iovec part{const_cast<void*>(data), len};
  return waiting(deadline, [&] { return write_all(fd, &part, 1, deadline); });
}

int64_t goc_readv(int fd, const iovec* parts, int count, int64_t deadline) {
  return bad(parts, count) ? static_cast<int64_t>(GOC_EINVAL)
                           : read_some(fd, parts, count, deadline);
}

int64_t goc_writev(int fd, const iovec* parts, int count, int64_t deadline) {
  if (bad(parts, count)) return GOC_EINVAL;
  return waiting(deadline, [=] { return write_all(fd, parts, count, deadline); });
}

int goc_accept(int fd, sockaddr* from, socklen_t* from_len, int64_t deadline) {
  if (from != nullptr && from_len == nullptr) return GOC_EINVAL;
  return static_cast<int>(waiting(deadline, [=] {
    const int64_t made = until_done(fd, GOC_READ, deadline,
                                    [=](bool) { return goc::os::accept_now(fd, from, from_len); });
    if (made >= 0) Watch::renew(static_cast<int>(made));
    return made;
  }));
}

int goc_connect(int fd, const sockaddr* to, socklen_t to_len, int64_t deadline) {
  if (to == nullptr) return GOC_EINVAL;
  return static_cast<int>(waiting(deadline, [=] {
    Watch::renew(fd);
    return connect_in_turns(fd, to, to_len, deadline);
  }));
}

int64_t goc_recv(int fd, void* data, size_t len, int flags, int64_t deadline) {
  return goc_recvfrom(fd, data, len, flags, nullptr, nullptr, deadline);
}

int64_t goc_recvfrom(int fd, void* data, size_t len, int flags, sockaddr* from, socklen_t* from_len,
                     int64_t deadline) {
  if (bad(data, len) || (from != nullptr && from_len == nullptr)) return GOC_EINVAL;
  return waiting(deadline, [=] {
    return until_done(fd, GOC_READ, deadline, [=](bool) {
      return goc::os::receive_now(fd, data, len, flags, from, from_len);
    });
  });
}

int64_t goc_send(int fd, const void* data, size_t len, int flags, int64_t deadline) {
  return goc_sendto(fd, data, len, flags, nullptr, 0, deadline);
}

int64_t goc_sendto(int fd, const void* data, size_t len, int flags, const sockaddr* to,
                   socklen_t to_len, int64_t deadline) {
  if (bad(data, len)) return GOC_EINVAL;
  return waiting(deadline, [=] {
    return send_all(fd, static_cast<const char*>(data), len, flags, to, to_len, deadline);
  });
}
