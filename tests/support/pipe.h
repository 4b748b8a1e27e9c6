// A pipe, to block a thread in a system call until somebody writes, and to ask what may be read.
#pragma once

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace goc_test {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_), 0); }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  // Blocks the thread until a byte is there, whatever signals come: true if one interrupted it.
  bool read_one() const {
    char byte;
    ssize_t got;
    bool interrupted = false;
    while ((got = read(ends_[0], &byte, 1)) < 0 && errno == EINTR) interrupted = true;
    EXPECT_EQ(got, 1);
    return interrupted;
  }
  void write_one() const { EXPECT_EQ(write(ends_[1], "", 1), 1); }
  // Past the sanitizers, which would read the byte themselves.
  bool takes(const char* byte) const { return syscall(SYS_write, ends_[1], byte, 1) == 1; }

 private:
  int ends_[2];
};

// Asks the kernel, which fails where an access would be a fault.
inline bool readable(const char* at) { return Pipe().takes(at); }

}  // namespace goc_test
