// A move-only value that counts its living instances and notices a second destruction.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <utility>

namespace goc_test {

class Counted {
 public:
  explicit Counted(int value) noexcept : value_(std::make_unique<int>(value)) { ++alive_; }
  Counted(Counted&& other) noexcept : value_(std::move(other.value_)) { ++alive_; }
  Counted& operator=(Counted&&) noexcept = default;
  ~Counted() {
    EXPECT_EQ(mark_, kMark) << "destroyed twice, or never made";
    mark_ = 0;
    --alive_;
  }
  int value() const { return value_ != nullptr ? *value_ : -1; }
  static int alive() { return alive_; }

 private:
  static constexpr uint32_t kMark = 0xC0DEC0DE;
  static inline std::atomic<int> alive_{0};

  volatile uint32_t mark_ = kMark;  // volatile: written in the destructor all the same
  std::unique_ptr<int> value_;      // a leak or a double release is also the sanitizer's
};

}  // namespace goc_test
