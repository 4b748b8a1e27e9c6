// Plain words that a lock under test guards: without it, updates would be lost, and
// ThreadSanitizer would say so.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

namespace goc_test {

struct Counter {
  int64_t value = 0;
  int64_t twice = 0;

  void add() {
    ++value;
    twice += 2;
    ASSERT_EQ(twice, 2 * value);
  }
};

}  // namespace goc_test
