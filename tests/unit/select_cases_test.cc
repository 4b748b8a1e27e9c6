// Select: any number of cases, and cases that are wrong.
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class SelectCases : public Procs {};
GOC_FOR_ALL_PROCS(SelectCases);

constexpr size_t kCounts[] = {1, 2, 3, 15, 16, 17, 100, 1000};

// n channels with a case each.
class Many {
 public:
  Many(size_t n, size_t capacity) : channels(n), cases(n), values(n) {
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(goc_chan_new(&channels[i], 8, capacity), GOC_OK);
      values[i] = static_cast<int64_t>(i);
      cases[i] = i % 2 == 0 ? receiving(channels[i], &values[i]) : sending(channels[i], &values[i]);
    }
  }
  ~Many() {
    for (goc_chan* ch : channels) goc_chan_release(ch);
  }
  Many(const Many&) = delete;
  Many& operator=(const Many&) = delete;

  // The other side of case i.
  void meet(size_t i) {
    if (i % 2 == 0)
      EXPECT_EQ(put(channels[i], -5), GOC_OK);
    else
      EXPECT_EQ(take(channels[i]), static_cast<int64_t>(i));
  }

  std::vector<goc_chan*> channels;
  std::vector<goc_case> cases;
  std::vector<int64_t> values;
};

bool waits(Many& many, size_t i) {
  return (i % 2 == 0 ? blocked_receivers(many.channels[i]) : blocked_senders(many.channels[i])) ==
         1;
}

TEST_P(SelectCases, AnyOneOfManyMayBeReadyAtOnce) {
  on_both([] {
    for (const size_t n : kCounts) {
      Many many(n, 0);
      EXPECT_EQ(goc_select(many.cases.data(), n, GOC_NOW), GOC_EAGAIN);
      for (const size_t i : {size_t{0}, n / 2, n - 1}) {
        Chan ready(8, 1);
        many.cases[i] = sending(ready, &many.values[i]);
        ASSERT_EQ(goc_select(many.cases.data(), n, GOC_NOW), static_cast<int>(i));
        ASSERT_EQ(many.cases[i].status, GOC_OK);
        ASSERT_EQ(take(ready), static_cast<int64_t>(i));
        many.cases[i] = receiving(nullptr, nullptr);
      }
    }
  });
}

TEST_P(SelectCases, AnyOneOfManyMayEndTheWait) {
  for (const size_t n : kCounts) {
    Many many(n, 0);
    Crew crew;
    for (const size_t i : {size_t{0}, n / 2, n - 1}) {
      crew.start([&, n, i] {
        ASSERT_EQ(goc_select(many.cases.data(), n, soon()), static_cast<int>(i));
        EXPECT_EQ(many.values[i], i % 2 == 0 ? -5 : static_cast<int64_t>(i));
      });
      eventually([&] { return waits(many, i); });
      many.meet(i);
      crew.wait();
      for (size_t k = 0; k < n; ++k) ASSERT_FALSE(waits(many, k)) << "it has left " << k;
    }
  }
}

TEST_P(SelectCases, TheMostIsAllowedAndNoMore) {
  std::vector<goc_case> cases(GOC_SELECT_MAX + 1, receiving(nullptr, nullptr));
  Chan ch(8, 1);
  const int64_t value = 5;
  cases[GOC_SELECT_MAX - 1] = sending(ch, &value);
  EXPECT_EQ(goc_select(cases.data(), GOC_SELECT_MAX + 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_chan_len(ch), 0u);
  EXPECT_EQ(goc_select(cases.data(), GOC_SELECT_MAX, GOC_NOW), GOC_SELECT_MAX - 1);
  EXPECT_EQ(goc_chan_len(ch), 1u);
}

TEST_P(SelectCases, ScaleToTheMostWithOneChannelInAll) {
  Chan ch(8, 0);
  int64_t values[2] = {7, 8};
  std::vector<goc_case> cases(GOC_SELECT_MAX);
  for (size_t i = 0; i < cases.size(); ++i)
    cases[i] = i % 2 == 0 ? receiving(ch, &values[0]) : sending(ch, &values[1]);
  Crew crew;
  for (int i = 0; i < 2; ++i) {
    crew.start([&] {
      const int fired = goc_select(cases.data(), cases.size(), soon());
      ASSERT_GE(fired, 0);
      EXPECT_EQ(fired % 2, 0);
    });
    ASSERT_EQ(put(ch, 5 + i), GOC_OK);
    crew.wait();
    EXPECT_EQ(values[0], 5 + i);
    EXPECT_EQ(blocked_receivers(ch) + blocked_senders(ch), 0u);
  }
}

// --- Misuse -------------------------------------------------------------------------------------

// A wrong case among good ones that are all ready: nothing is sent or received.
void expect_refused(const goc_case& wrong, int error) {
  for (const size_t at : {0, 1, 2})
    for (const int64_t deadline : {GOC_NOW, GOC_FOREVER}) {
      Chan filled(8, 1);
      Chan room(8, 1);
      must_put(filled, 1);
      int64_t value = 7;
      std::vector<goc_case> cases = {receiving(filled, &value), sending(room, &value)};
      cases.insert(cases.begin() + static_cast<ptrdiff_t>(at), wrong);
      EXPECT_EQ(goc_select(cases.data(), cases.size(), deadline), error);
      EXPECT_EQ(goc_chan_len(filled), 1u);
      EXPECT_EQ(goc_chan_len(room), 0u);
      EXPECT_EQ(value, 7);
      goc_case alone = wrong;
      EXPECT_EQ(goc_select(&alone, 1, deadline), error);
    }
}

TEST_P(SelectCases, AnUnknownDirectionIsRefused) {
  Chan ch(8, 1);
  int64_t value = 1;
  for (const int op : {0, 3, -1, 1 << 16}) {
    expect_refused({ch, op, 0, &value}, GOC_EINVAL);
    expect_refused({nullptr, op, 0, &value}, GOC_EINVAL);
  }
}

TEST_P(SelectCases, SendingNothingIsRefused) {
  Chan ch(8, 1);
  expect_refused({ch, GOC_SEND, 0, nullptr}, GOC_EINVAL);
  goc_chan_close(ch);
  expect_refused({ch, GOC_SEND, 0, nullptr}, GOC_EINVAL);
}

TEST_P(SelectCases, ABadHandleIsRefused) {
  int64_t value = 1;
  Group group;
  goc_chan* other = reinterpret_cast<goc_chan*>(group.wg());
  expect_refused({other, GOC_RECV, 0, &value}, GOC_EBADHANDLE);
  expect_refused({other, GOC_SEND, 0, &value}, GOC_EBADHANDLE);
}

TEST_P(SelectCases, AReleasedHandleIsRefused) {
  goc_chan* dead[8];  // more than are made before one is used again
  for (goc_chan*& ch : dead) ASSERT_EQ(goc_chan_new(&ch, 8, 1), GOC_OK);
  for (goc_chan* ch : dead) goc_chan_release(ch);
  int64_t value = 1;
  expect_refused({dead[0], GOC_RECV, 0, &value}, GOC_EBADHANDLE);
  expect_refused({dead[0], GOC_SEND, 0, &value}, GOC_EBADHANDLE);
}

TEST_P(SelectCases, NoCasesAreNoArray) {
  EXPECT_EQ(goc_select(nullptr, 1, GOC_FOREVER), GOC_EINVAL);
  EXPECT_EQ(goc_select(nullptr, SIZE_MAX, GOC_FOREVER), GOC_EINVAL);
  goc_case one = receiving(nullptr, nullptr);
  EXPECT_EQ(goc_select(&one, 0, GOC_NOW), GOC_EAGAIN);
}

TEST_P(SelectCases, AnElementOfNoSizeNeedsNoMemory) {
  on_both([] {
    Chan ch(0, 1);
    goc_case cases[] = {sending(ch, nullptr), receiving(ch, nullptr)};
    for (int i = 0; i < 10; ++i) ASSERT_EQ(goc_select(cases, 2, GOC_NOW), i % 2);
  });
}

}  // namespace
