// The door to the operating system for descriptors: calls that do not keep their thread, and epoll.
//
// A call gives a count or a descriptor, 0 or more, or minus an errno: -EAGAIN if it would have to wait. It
// starts again after a signal. What the user has set on the descriptor stays as it is: each call says for itself that it
// does not wait, where the system has a way to say so.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>

namespace goc::os {

// What read_now and write_now give if the system cannot tell for this descriptor (a terminal, some files)
// whether it would wait: the call is for a thread that may be kept.
constexpr int64_t kMayWait = INT64_MIN;

int64_t read_now(int fd, const iovec* parts, int count);
int64_t write_now(int fd, const iovec* parts, int count);  // without SIGPIPE, for a socket
// These may wait: for a disk, and the first one for a rival who has read what was there.
int64_t read_anyhow(int fd, const iovec* parts, int count);
int64_t write_anyhow(int fd, const iovec& part);
bool nonblocking(int fd);

int64_t receive_now(int fd, void* data, size_t len, int flags, sockaddr* from, socklen_t* from_len);
int64_t send_now(int fd, const void* data, size_t len, int flags, const sockaddr* to,
                 socklen_t to_len);
// Makes fd non-blocking. The new descriptor is closed by exec.
int64_t accept_now(int fd, sockaddr* from, socklen_t* from_len);
// -EINPROGRESS: call it again once fd is writable, with `again`. -EAGAIN: call it again some time.
int64_t connect_now(int fd, const sockaddr* to, socklen_t to_len, bool again);
int64_t close_now(int fd);

// --- Readiness ---------------------------------------------------------------------------------
// What a descriptor is ready for, or one that is broken: both.
constexpr int kReadable = 1;
constexpr int kWritable = 2;
struct Readiness {
  int fd;
  int events;
};
// Which of the events are there now; or minus an errno.
int64_t look_at(int fd, int events);

int epoll_open();  // -1 if there can be none
void epoll_close(int epoll);
// Tells of fd each time something changes, or if it is `steady` as long as it is readable. 0 or an errno:
// EEXIST, EPERM (it is always ready), EBADF, ...
int epoll_watch(int epoll, int fd, bool steady);
// Waits until something has changed, or the deadline; how many are stored.
int epoll_take(int epoll, Readiness* ready, int most, int64_t deadline);

}  // namespace goc::os
