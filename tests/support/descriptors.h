// Descriptors for tests, closed at the end of their scope, and who waits for them.
#pragma once

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "base/os.h"
#include "fixture.h"
#include "poll/descriptor.h"

namespace goc_test {

class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) { EXPECT_GE(fd, -1); }
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Fd() { reset(); }
  operator int() const { return fd_; }  // NOLINT: it stands for its descriptor

  void reset() {
    if (fd_ >= 0) {
      EXPECT_EQ(goc_fd_close(fd_), GOC_OK);
    }
    fd_ = -1;
  }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

// What is written to `in` is read from `out`; of a socket or a terminal the other way too.
struct Ends {
  Fd in, out;
};

inline Ends socket_pair(int type = SOCK_STREAM) {
  int ends[2] = {-1, -1};
  EXPECT_EQ(socketpair(AF_UNIX, type, 0, ends), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

inline Ends pipe_ends() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(pipe(ends), 0);
  return {Fd(ends[1]), Fd(ends[0])};
}

// An address of the loopback with a port of the system's choice.
inline sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

inline const sockaddr* plain(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}
inline sockaddr* plain(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

// A bound socket, and where.
struct Bound {
  explicit Bound(int type) : fd(socket(AF_INET, type, 0)) {
    socklen_t len = sizeof address;
    EXPECT_EQ(bind(fd, plain(address), len), 0);
    EXPECT_EQ(getsockname(fd, plain(address), &len), 0);
  }
  sockaddr_in address = loopback();
  Fd fd;
};

struct Listener : Bound {
  explicit Listener(int backlog = 128) : Bound(SOCK_STREAM) { EXPECT_EQ(listen(fd, backlog), 0); }
  Fd connected() const {
    Fd client(socket(AF_INET, SOCK_STREAM, 0));
    EXPECT_EQ(goc_connect(client, plain(address), sizeof address, soon()), GOC_OK);
    return client;
  }
  Fd accepted() const { return Fd(goc_accept(fd, nullptr, nullptr, soon())); }
};

inline Ends tcp_pair() {
  const Listener listener;
  Fd client = listener.connected();
  return {std::move(client), listener.accepted()};
}

// How many wait for the descriptor in a direction; whoever is counted has its stack at rest.
inline int blocked_on_fd(int fd, int direction) {
  goc::Descriptor* known = goc::Descriptor::find(fd);
  if (known == nullptr) return 0;
  const goc::Guard guard(known->lock);
  int count = 0;
  goc::WaitQueue& queue = known->queues[direction == GOC_READ ? 0 : 1];
  for (const goc::Waiter* w = queue.front(); w != nullptr; w = w->next) ++count;
  return count;
}
inline void until_blocked(int fd, int direction, int count = 1) {
  eventually([=] { return blocked_on_fd(fd, direction) == count; });
}

inline int open_descriptors() {
  int count = 0;
  DIR* open = opendir("/proc/self/fd");
  while (const dirent* entry = readdir(open)) count += entry->d_name[0] != '.';
  closedir(open);
  return count - 1;  // without that of the directory
}

// A runtime after whose end no descriptor is left.
class WithDescriptors : public Procs {
 protected:
  void SetUp() override {
    goc::os::parallel();  // opens files the first time, and a worker may ask
    open_ = open_descriptors();
    Procs::SetUp();
  }
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(open_descriptors(), open_) << "descriptors are left";
  }

 private:
  int open_ = 0;
};

inline void expect_system_error(int64_t result, int error) {
  const int found = errno;
  EXPECT_EQ(result, GOC_ESYSTEM);
  EXPECT_EQ(found, error);
}

// Byte for byte.
inline void write_text(int fd, const std::string& text) {
  EXPECT_EQ(goc_write(fd, text.data(), text.size(), soon()), static_cast<int64_t>(text.size()));
}
inline std::string read_text(int fd, size_t len) {
  std::string text;
  while (text.size() < len) {
    char part[4096];
    const int64_t got = goc_read(fd, part, std::min(sizeof part, len - text.size()), soon());
    EXPECT_GT(got, 0) << goc_error_name(static_cast<int>(got));
    if (got <= 0) break;
    text.append(part, static_cast<size_t>(got));
  }
  return text;
}

}  // namespace goc_test
