// Go's TestSelectFairness and TestPseudoRandomSend: select chooses by chance, between receives and
// between sends, where there is a buffer and where goroutines meet.
#include <atomic>
#include <cmath>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class SelectChoice : public Procs {};
GOC_FOR_1_2_4(SelectChoice);

// Two channels that always hold something; a coin that falls ten standard deviations off is none.
TEST_P(SelectChoice, TwoThatAreAlwaysReadyAreChosenEquallyOften) {
  constexpr int64_t kTrials = 10000;
  Chan first(1, kTrials + 1);
  Chan second(1, kTrials + 1);
  Chan never(1, 0);
  const char byte = 0;
  for (int64_t i = 0; i <= kTrials; ++i) {
    ASSERT_EQ(goc_chan_send(first, &byte, GOC_NOW), GOC_OK);
    ASSERT_EQ(goc_chan_send(second, &byte, GOC_NOW), GOC_OK);
  }
  int64_t of_first = 0;
  run([&] {
    goc_case cases[] = {receiving(never, nullptr), receiving(first, nullptr),
                        receiving(second, nullptr), receiving(never, nullptr)};
    for (int64_t i = 0; i < kTrials; ++i) {
      const int fired = goc_select(cases, 4, GOC_FOREVER);
      ASSERT_TRUE(fired == 1 || fired == 2) << fired;
      of_first += fired == 1;
    }
  });
  const double sigma = 0.5 * std::sqrt(static_cast<double>(kTrials));
  EXPECT_LT(std::abs(static_cast<double>(of_first - kTrials / 2)), 10 * sigma);
}

TEST_P(SelectChoice, BetweenTwoSendsEachHasAShare) {
  constexpr int64_t kTrials = 1000;
  for (const size_t capacity : {0, 1, 100}) {
    Chan ch(8, capacity);
    Group group;
    group.go([&] {
      const int64_t zero = 0;
      const int64_t one = 1;
      goc_case cases[] = {sending(ch, &zero), sending(ch, &one)};
      for (int64_t i = 0; i < kTrials; ++i) ASSERT_GE(goc_select(cases, 2, soon()), 0);
    });
    int64_t ones = 0;
    for (int64_t i = 0; i < kTrials; ++i) ones += take(ch);
    group.wait();
    EXPECT_GT(ones, kTrials / 10);
    EXPECT_LT(ones, kTrials - kTrials / 10);
  }
}

}  // namespace
