// Go's test/chan/nonblock.go and the races of TestNonblockRecvRace and TestNonblockSelectRace: what
// does not wait fails only if it would have to, for elements of every size.
#include <atomic>
#include <cstring>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChanNonblock : public Procs {};
GOC_FOR_1_2_4(ChanNonblock);

// An element of any size, with a pattern that shows whether it came whole.
class Element {
 public:
  Element(size_t size, unsigned char seed) : bytes_(size + 1) {
    for (size_t i = 0; i < bytes_.size(); ++i) bytes_[i] = static_cast<unsigned char>(seed + i);
  }
  void* data() { return bytes_.data(); }
  bool operator==(const Element&) const = default;

 private:
  std::vector<unsigned char> bytes_;  // and one behind, which nobody may write
};

// Integers of Go, its strings, a struct of 250 of them; and nothing at all.
constexpr size_t kSizes[] = {0, 1, 4, 8, 16, 24, 1000};

void without_a_partner(size_t size) {
  Chan ch(size, 0);
  Element in(size, 1);
  Element out(size, 2);
  EXPECT_EQ(goc_chan_recv(ch, in.data(), GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_chan_send(ch, out.data(), GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(in, Element(size, 1));
}

void with_a_partner(size_t size) {
  Chan ch(size, 0);
  Element out(size, 2);
  Group group;
  group.go([&] {
    Element in(size, 2);
    if (size != 0) std::memset(in.data(), 0, size);
    EXPECT_EQ(goc_chan_recv(ch, in.data(), soon()), GOC_OK);
    EXPECT_EQ(in, out);
    EXPECT_EQ(goc_chan_send(ch, in.data(), soon()), GOC_OK);
  });
  eventually([&] { return blocked_receivers(ch) == 1; });
  EXPECT_EQ(goc_chan_send(ch, out.data(), GOC_NOW), GOC_OK);
  eventually([&] { return blocked_senders(ch) == 1; });
  Element back(size, 2);
  if (size != 0) std::memset(back.data(), 0, size);
  EXPECT_EQ(goc_chan_recv(ch, back.data(), GOC_NOW), GOC_OK);
  EXPECT_EQ(back, out);
  group.wait();
}

void with_a_buffer(size_t size) {
  Chan ch(size, 1);
  Element in(size, 1);
  Element out(size, 2);
  EXPECT_EQ(goc_chan_recv(ch, in.data(), GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_chan_send(ch, out.data(), GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_chan_send(ch, out.data(), GOC_NOW), GOC_EAGAIN);
  Element expected(size, 1);
  if (size != 0) std::memcpy(expected.data(), out.data(), size);
  EXPECT_EQ(goc_chan_recv(ch, in.data(), GOC_NOW), GOC_OK);
  EXPECT_EQ(in, expected);
  EXPECT_EQ(goc_chan_recv(ch, in.data(), GOC_NOW), GOC_EAGAIN);
}

TEST_P(ChanNonblock, ElementsOfEverySizePassWholeOrNotAtAll) {
  on_both([] {
    for (const size_t size : kSizes) {
      without_a_partner(size);
      with_a_partner(size);
      with_a_buffer(size);
    }
  });
}

// A value lies in the buffer or the channel is closed, and one of both is seen at any moment.
TEST_P(ChanNonblock, StressAReceiveThatRacesWithCloseIsNeverTooEarly) {
  for (int64_t round = 0; round < effort(10000) && !HasFailure(); ++round) {
    Chan ch(8, 1);
    ASSERT_EQ(put(ch, 1), GOC_OK);
    std::atomic<bool> begun{false};
    Group group;
    group.go([&] {
      begun = true;
      EXPECT_NE(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_EAGAIN);
    });
    eventually([&] { return begun.load(); });
    for (volatile int64_t delay = round % 100; delay > 0;) delay = delay - 1;
    ASSERT_EQ(goc_chan_close(ch), GOC_OK);
    EXPECT_NE(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_EAGAIN);
    group.wait();
  }
}

// From first to last one of two channels is ready, though not the same one.
void one_is_always_ready(int64_t rounds, const std::function<void(goc_chan*)>& make_ready) {
  Chan done(1, 1);
  for (int64_t round = 0; round < rounds; ++round) {
    Chan first(8, 1);
    Chan second(8, 1);
    ASSERT_EQ(put(first, 1), GOC_OK);
    go([&] {
      goc_case cases[] = {receiving(first, nullptr), receiving(second, nullptr)};
      const bool fired = goc_select(cases, 2, GOC_NOW) >= 0;
      goc_chan_send(done, &fired, GOC_FOREVER);
    });
    make_ready(second);
    goc_chan_recv(first, nullptr, GOC_NOW);
    bool fired = false;
    ASSERT_EQ(goc_chan_recv(done, &fired, soon()), GOC_OK);
    ASSERT_TRUE(fired) << "round " << round;
  }
}

TEST_P(ChanNonblock, StressASelectFindsTheOneThatIsReadyWhileThatChanges) {
  run([] {
    one_is_always_ready(effort(50000), [](goc_chan* ch) { ASSERT_EQ(put(ch, 1), GOC_OK); });
  });
}

TEST_P(ChanNonblock, StressASelectFindsTheOneThatIsReadyWhileAnotherIsClosed) {
  run([] { one_is_always_ready(effort(50000), [](goc_chan* ch) { goc_chan_close(ch); }); });
}

}  // namespace
