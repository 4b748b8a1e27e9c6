// A pipe, to block a thread in a system call until somebody writes.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

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

  // Blocks the thread until a byte is there.
  void read_one() const {
    char byte;
    EXPECT_EQ(read(ends_[0], &byte, 1), 1);
  }
  void write_one() const { EXPECT_EQ(write(ends_[1], "", 1), 1); }

 private:
  int ends_[2];
};

}  // namespace goc_test
