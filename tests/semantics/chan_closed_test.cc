// Go's test/closedchan.go: every operation on closed channels, as a call, as a select of one case, and
// in a select among channels that are NULL.

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChanClosed : public Procs {};
GOC_FOR_1_2_4(ChanClosed);

enum class Way { kCall, kSelectOfOne, kSelectAmongNulls };
constexpr Way kWays[] = {Way::kCall, Way::kSelectOfOne, Way::kSelectAmongNulls};
constexpr int64_t kDeadlines[] = {GOC_NOW, GOC_FOREVER};

// The status of the case, or why it did not fire.
int select(goc_case of_interest, Way way, int64_t deadline) {
  goc_case cases[] = {receiving(nullptr, nullptr), of_interest, sending(nullptr, nullptr)};
  const bool alone = way == Way::kSelectOfOne;
  const int fired = goc_select(alone ? cases + 1 : cases, alone ? 1 : 3, deadline);
  if (fired < 0) return fired;
  EXPECT_EQ(fired, alone ? 0 : 1);
  return cases[1].status;
}

int send(goc_chan* ch, int64_t value, Way way, int64_t deadline) {
  return way == Way::kCall ? put(ch, value, deadline) : select(sending(ch, &value), way, deadline);
}

int receive(goc_chan* ch, int64_t* value, Way way, int64_t deadline) {
  return way == Way::kCall ? goc_chan_recv(ch, value, deadline)
                           : select(receiving(ch, value), way, deadline);
}

void expect_closed_and_empty(goc_chan* ch, Way way) {
  for (const int64_t deadline : kDeadlines)
    for (int again = 0; again < 2; ++again) {
      int64_t value = -1;
      EXPECT_EQ(receive(ch, &value, way, deadline), GOC_ECLOSED);
      EXPECT_EQ(value, 0) << "zeroed";
      EXPECT_EQ(receive(ch, nullptr, way, deadline), GOC_ECLOSED);
      EXPECT_EQ(send(ch, 2, way, deadline), GOC_ECLOSED);
      EXPECT_EQ(goc_chan_close(ch), GOC_ECLOSED);
      EXPECT_EQ(goc_chan_len(ch), 0u) << "nothing was sent";
      EXPECT_EQ(goc_chan_is_closed(ch), 1);
    }
}

TEST_P(ChanClosed, AnEmptyOneGivesZerosAndTakesNothing) {
  on_both([] {
    for (const Way way : kWays)
      for (const size_t capacity : {0, 1, 2}) {
        Chan ch(8, capacity);
        ASSERT_EQ(goc_chan_close(ch), GOC_OK);
        expect_closed_and_empty(ch, way);
      }
  });
}

TEST_P(ChanClosed, ABufferedValueComesBeforeTheClose) {
  on_both([] {
    for (const Way way : kWays)
      for (const int64_t deadline : kDeadlines)
        for (const bool discarded : {false, true}) {
          Chan ch(8, 2);
          ASSERT_EQ(put(ch, 1), GOC_OK);
          ASSERT_EQ(goc_chan_close(ch), GOC_OK);
          EXPECT_EQ(goc_chan_close(ch), GOC_ECLOSED);
          EXPECT_EQ(send(ch, 2, way, deadline), GOC_ECLOSED) << "though there is room";
          int64_t value = -1;
          EXPECT_EQ(receive(ch, discarded ? nullptr : &value, way, deadline), GOC_OK);
          EXPECT_EQ(value, discarded ? -1 : 1);
          expect_closed_and_empty(ch, way);
        }
  });
}

TEST_P(ChanClosed, AValueThatWasBufferedAndReceivedLeavesNoTrace) {
  for (const Way way : kWays) {
    Chan ch(8, 1);
    ASSERT_EQ(put(ch, 1), GOC_OK);
    ASSERT_EQ(take(ch), 1);
    ASSERT_EQ(goc_chan_close(ch), GOC_OK);
    expect_closed_and_empty(ch, way);
  }
}

TEST_P(ChanClosed, CloseWakesWhoeverWaitsInWhateverWay) {
  for (const Way way : kWays)
    for (const bool sends : {false, true})
      for (const size_t capacity : {0, 1}) {
        if (HasFailure()) return;
        Chan ch(8, capacity);
        const bool filled = sends && capacity == 1;
        if (filled) must_put(ch, 1);
        Crew crew;
        for (int i = 0; i < 4; ++i)
          crew.start([&, i, way, sends] {
            const int64_t deadline = i == 0 ? GOC_FOREVER : soon();
            int64_t value = -1;
            EXPECT_EQ(sends ? send(ch, 2, way, deadline) : receive(ch, &value, way, deadline),
                      GOC_ECLOSED);
            EXPECT_EQ(value, sends ? -1 : 0);
          });
        eventually([&] { return blocked_receivers(ch) + blocked_senders(ch) == 4; });
        ASSERT_EQ(goc_chan_close(ch), GOC_OK);
        crew.wait();
        if (filled) take(ch);  // it was there before the close
        expect_closed_and_empty(ch, way);
      }
}

TEST_P(ChanClosed, NullCannotBeClosed) { EXPECT_EQ(goc_chan_close(nullptr), GOC_EINVAL); }

}  // namespace
