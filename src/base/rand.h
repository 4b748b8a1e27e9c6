// A small fast random generator (xorshift64*, Vigna 2016) for steal order and select order.
#pragma once

#include <cstdint>

namespace goc {

class Rand {
 public:
  explicit constexpr Rand(uint64_t seed = 0x9E3779B97F4A7C15ull) : state_(seed | 1) {}

  uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545F4914F6CDD1Dull) >> 32);
  }

  // Uniform in [0, n), n > 0 (Lemire's multiplication; its bias of n / 2^32 does not matter here).
  uint32_t below(uint32_t n) {
    return static_cast<uint32_t>((static_cast<uint64_t>(next()) * n) >> 32);
  }

 private:
  uint64_t state_;
};

}  // namespace goc
