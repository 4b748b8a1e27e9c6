// Descriptors on Linux: see os_io.h.
#include <fcntl.h>
#include <goconc/time.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/os.h"
#include "base/os_io.h"

namespace goc::os {
namespace {

template <class Call>
int64_t result_of(Call call) {
  for (;;) {
    const int64_t result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return errno == EWOULDBLOCK ? -EAGAIN : -errno;
  }
}

// For what is no socket.
int64_t or_may_wait(int64_t result) {
  return result == -EOPNOTSUPP || result == -ENOSYS ? kMayWait : result;
}

msghdr message_of(const iovec* parts, int count) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<size_t>(count);
  return message;
}

bool is_file(int fd) {
  struct stat status;
  return fstat(fd, &status) == 0 && (S_ISREG(status.st_mode) || S_ISBLK(status.st_mode));
}

// result_of() for what only the descriptor's own flag keeps from waiting.
template <class Call>
int64_t result_while_nonblocking(int fd, Call call) {
  const int flags = fcntl(fd, F_GETFL);
  const bool blocks = flags >= 0 && (flags & O_NONBLOCK) == 0;
  if (blocks) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  const int64_t result = result_of(call);
  if (blocks) fcntl(fd, F_SETFL, flags);
  return result;
}

}  // namespace

int64_t read_now(int fd, const iovec* parts, int count) {
  const int64_t result = result_of([&]() -> ssize_t {
    if (count == 1) return recv(fd, parts->iov_base, parts->iov_len, MSG_DONTWAIT);
    msghdr message = message_of(parts, count);
    return recvmsg(fd, &message, MSG_DONTWAIT);
  });
  if (result != -ENOTSOCK) return result;
  return or_may_wait(result_of([&] { return preadv2(fd, parts, count, -1, RWF_NOWAIT); }));
}

int64_t write_now(int fd, const iovec* parts, int count) {
  constexpr int kFlags = MSG_DONTWAIT | MSG_NOSIGNAL;
  const int64_t result = result_of([&]() -> ssize_t {
    if (count == 1) return send(fd, parts->iov_base, parts->iov_len, kFlags);
    const msghdr message = message_of(parts, count);
    return sendmsg(fd, &message, kFlags);
  });
  if (result != -ENOTSOCK) return result;
  return or_may_wait(result_of([&] { return pwritev2(fd, parts, count, -1, RWF_NOWAIT); }));
}

int64_t read_anyhow(int fd, const iovec* parts, int count) {
  return result_of([&] { return readv(fd, parts, count); });
}

int64_t write_anyhow(int fd, const iovec& part) {
  const auto call = [&] { return write(fd, part.iov_base, part.iov_len); };
  return is_file(fd) ? result_of(call) : result_while_nonblocking(fd, call);
}

bool nonblocking(int fd) { return (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0; }

int64_t receive_now(int fd, void* data, size_t len, int flags, sockaddr* from,
                    socklen_t* from_len) {
  return result_of([&] { return recvfrom(fd, data, len, flags | MSG_DONTWAIT, from, from_len); });
}

int64_t send_now(int fd, const void* data, size_t len, int flags, const sockaddr* to,
                 socklen_t to_len) {
  const int all = flags | MSG_DONTWAIT | MSG_NOSIGNAL;
  return result_of([&] { return sendto(fd, data, len, all, to, to_len); });
}

int64_t accept_now(int fd, sockaddr* from, socklen_t* from_len) {
  const int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && (flags & O_NONBLOCK) == 0) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  return result_of([&] { return accept4(fd, from, from_len, SOCK_CLOEXEC); });
}

int64_t connect_now(int fd, const sockaddr* to, socklen_t to_len, bool again) {
  const int64_t result = result_while_nonblocking(fd, [&] { return connect(fd, to, to_len); });
  if (result == -EALREADY) return -EINPROGRESS;
  return again && result == -EISCONN ? 0 : result;
}

// It is closed also if a signal has interrupted the call.
int64_t close_now(int fd) { return close(fd) == 0 || errno == EINTR ? 0 : -errno; }

namespace {

// POLLIN and so on are EPOLLIN and so on.
int to_events(uint32_t polled) {
  if ((polled & (EPOLLHUP | EPOLLERR)) != 0) return kReadable | kWritable;
  return ((polled & (EPOLLIN | EPOLLRDHUP)) != 0 ? kReadable : 0) |
         ((polled & EPOLLOUT) != 0 ? kWritable : 0);
}

}  // namespace

int64_t look_at(int fd, int events) {
  if (fd < 0) return -EBADF;  // poll() would ignore it
  pollfd look{fd, 0, 0};
  if ((events & kReadable) != 0) look.events |= POLLIN | POLLRDHUP;
  if ((events & kWritable) != 0) look.events |= POLLOUT;
  const int64_t result = result_of([&] { return poll(&look, 1, 0); });
  if (result < 0) return result;
  if ((look.revents & POLLNVAL) != 0) return -EBADF;
  return to_events(static_cast<uint32_t>(look.revents)) & events;
}

// --- Epoll -----------------------------------------------------------------------------------------

int epoll_open() { return descriptor_refused() ? -1 : epoll_create1(EPOLL_CLOEXEC); }
void epoll_close(int epoll) { close(epoll); }

int epoll_watch(int epoll, int fd, bool steady) {
  epoll_event event{};
  event.events = steady ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.fd = fd;
  return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : errno;
}

namespace {

constinit Atom<bool> g_precise{true};  // epoll_pwait2 (Linux 5.11)

int wait_precisely(int epoll, epoll_event* events, int most, int64_t ns) {
  const timespec time{static_cast<time_t>(ns / GOC_SECOND), static_cast<long>(ns % GOC_SECOND)};
  return static_cast<int>(syscall(SYS_epoll_pwait2, epoll, events, most,
                                  ns == INT64_MAX ? nullptr : &time, nullptr, 0));
}

int wait_for_events(int epoll, epoll_event* events, int most, int64_t ns) {
  if (ns == 0) return epoll_wait(epoll, events, most, 0);
  if (g_precise.load(std::memory_order_relaxed)) {
    const int count = wait_precisely(epoll, events, most, ns);
    if (count >= 0 || errno != ENOSYS) return count;
    g_precise.store(false, std::memory_order_relaxed);
  }
  const int64_t ms = ns / GOC_MILLISECOND + (ns % GOC_MILLISECOND != 0);
  return epoll_wait(epoll, events, most,
                    ns == INT64_MAX ? -1 : static_cast<int>(std::min<int64_t>(ms, INT_MAX)));
}

}  // namespace

int epoll_take(int epoll, Readiness* ready, int most, int64_t deadline) {
  constexpr int kMost = 128;
  epoll_event events[kMost];
  const bool timed = deadline != 0 && deadline != INT64_MAX;
  const int64_t ns = timed ? std::max<int64_t>(deadline - now(), 0) : deadline;
  const int count = std::max(wait_for_events(epoll, events, std::min(most, kMost), ns), 0);
  for (int i = 0; i < count; ++i) ready[i] = {events[i].data.fd, to_events(events[i].events)};
  return count;
}

}  // namespace goc::os
