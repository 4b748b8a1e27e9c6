// base/rand.h: the generator for steal order and select order. The seeds are fixed: what holds once
// holds always.
#include "base/rand.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace {

using goc::Rand;

// Pearson's statistic of `counts` against equal shares.
double chi_square(const std::vector<int>& counts) {
  double total = 0;
  for (int count : counts) total += count;
  const double share = total / static_cast<double>(counts.size());
  double sum = 0;
  for (int count : counts) sum += (count - share) * (count - share) / share;
  return sum;
}

TEST(Rand, BelowStaysBelow) {
  Rand rand(1);
  for (uint32_t n : {1u, 2u, 3u, 61u, 65536u, 0x80000001u, 0xFFFFFFFFu})
    for (int i = 0; i < 1000; ++i) ASSERT_LT(rand.below(n), n);
}

TEST(Rand, BelowOneIsZero) {
  Rand rand(7);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(rand.below(1), 0u);
}

// The limits are those that a fair generator exceeds once in a thousand seeds.
TEST(Rand, EveryChoiceIsEquallyLikely) {
  const struct {
    uint32_t choices;
    double limit;
  } cases[] = {{2, 10.8}, {3, 13.8}, {10, 27.9}, {16, 37.7}, {100, 148.2}};
  for (const auto& [choices, limit] : cases) {
    Rand rand(42);
    std::vector<int> counts(choices);
    for (int i = 0; i < 100000; ++i) ++counts[rand.below(choices)];
    EXPECT_LT(chi_square(counts), limit) << choices << " choices";
  }
}

TEST(Rand, AChoiceSaysNothingAboutTheNext) {
  Rand rand(42);
  std::vector<int> pairs(64);
  uint32_t before = rand.below(8);
  for (int i = 0; i < 100000; ++i) {
    const uint32_t now = rand.below(8);
    ++pairs[before * 8 + now];
    before = now;
  }
  EXPECT_LT(chi_square(pairs), 103.4);
}

TEST(Rand, EveryBitIsSetHalfOfTheTime) {
  constexpr int kDraws = 100000;
  Rand rand(42);
  int set[32] = {};
  for (int i = 0; i < kDraws; ++i) {
    const uint32_t bits = rand.next();
    for (int bit = 0; bit < 32; ++bit) set[bit] += bits >> bit & 1;
  }
  for (int bit = 0; bit < 32; ++bit) EXPECT_NEAR(set[bit], kDraws / 2, 650) << "bit " << bit;
}

// Workers are seeded with multiples of one constant.
TEST(Rand, WorkersDrawDifferently) {
  std::set<uint32_t> first;
  for (uint64_t worker = 1; worker <= 1000; ++worker)
    first.insert(Rand(0x9E3779B97F4A7C15ull * worker).next());
  EXPECT_GT(first.size(), 950u);
}

TEST(Rand, SeedZeroIsASeed) {
  Rand rand(0);
  std::set<uint32_t> drawn;
  for (int i = 0; i < 100; ++i) drawn.insert(rand.next());
  EXPECT_GT(drawn.size(), 95u);
}

TEST(Rand, TheSameSeedDrawsTheSame) {
  Rand one(99);
  Rand other(99);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(one.next(), other.next());
}

}  // namespace
