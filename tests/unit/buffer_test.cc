// Byte buffers, and channels whose elements other languages can read.
#include "chan/buffer.h"

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"

namespace {

using goc_test::effort;
using goc_test::FailingCalls;
using goc_test::Group;
using goc_test::soon;

goc_buf* buffer_of(const std::string& text) {
  goc_buf* buf = nullptr;
  EXPECT_EQ(goc_buf_new(&buf, text.data(), text.size()), GOC_OK);
  return buf;
}
std::string_view text_of(const goc_buf* buf) {
  return {static_cast<const char*>(goc_buf_data(buf)), goc_buf_len(buf)};
}

// Memory of somebody else, who wants to know when it is free again.
struct Lent {
  char bytes[4] = {'l', 'e', 'n', 't'};
  goc::Atom<int> freed{0};
  static void free(void* lent) { ++static_cast<Lent*>(lent)->freed; }
};

TEST(Buffer, HoldsACopy) {
  std::string text("a\0b", 3);
  goc_buf* buf = buffer_of(text);
  text[0] = 'x';
  EXPECT_EQ(text_of(buf), std::string_view("a\0b", 3));
  goc_buf_release(buf);
}

TEST(Buffer, MayBeEmptyOrFilledLater) {
  goc_buf* empty = buffer_of("");
  EXPECT_EQ(goc_buf_len(empty), 0U);
  goc_buf_release(empty);
  goc_buf* buf = nullptr;
  ASSERT_EQ(goc_buf_new(&buf, nullptr, 5), GOC_OK);
  std::memcpy(goc_buf_data(buf), "later", 5);
  EXPECT_EQ(text_of(buf), "later");
  goc_buf_release(buf);
}

TEST(Buffer, LivesUntilItsLastReferenceGoes) {
  Lent lent;
  goc_buf* buf = nullptr;
  ASSERT_EQ(goc_buf_wrap(&buf, lent.bytes, sizeof lent.bytes, &Lent::free, &lent), GOC_OK);
  EXPECT_EQ(goc_buf_data(buf), lent.bytes) << "no copy";
  EXPECT_EQ(goc_buf_retain(buf), buf);
  goc_buf_release(buf);
  EXPECT_EQ(lent.freed, 0);
  EXPECT_EQ(text_of(buf), "lent");
  goc_buf_release(buf);
  EXPECT_EQ(lent.freed, 1);
}

TEST(Buffer, WithoutMemoryThereIsNoneAndNothingIsFreed) {
  Lent lent;
  goc_buf* buf = nullptr;
  {
    FailingCalls none(goc::os::Call::kAllocate);
    EXPECT_EQ(goc_buf_new(&buf, "x", 1), GOC_ENOMEM);
    EXPECT_EQ(goc_buf_wrap(&buf, lent.bytes, 1, &Lent::free, &lent), GOC_ENOMEM);
  }
  EXPECT_EQ(goc_buf_new(&buf, nullptr, SIZE_MAX), GOC_ENOMEM);
  EXPECT_EQ(goc_buf_wrap(&buf, nullptr, 1, nullptr, nullptr), GOC_EINVAL);
  EXPECT_EQ(buf, nullptr);
  EXPECT_EQ(lent.freed, 0);
}

// --- Kinds of channels ------------------------------------------------------------------------------

goc_chan* make(int kind, size_t elem_size = 0, size_t capacity = 4) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.kind = kind;
  options.elem_size = elem_size;
  options.capacity = capacity;
  goc_chan* chan = nullptr;
  goc_chan_new_with(&chan, &options);
  return chan;
}

class Kinds : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(Kinds);

TEST_P(Kinds, AChannelKnowsWhatItCarries) {
  for (const int kind : {GOC_KIND_RAW, GOC_KIND_INT64, GOC_KIND_DOUBLE, GOC_KIND_BYTES}) {
    goc_chan* chan = make(kind, 8);
    ASSERT_NE(chan, nullptr);
    EXPECT_EQ(goc_chan_kind(chan), kind);
    goc_chan_release(chan);
  }
}

TEST_P(Kinds, ElementsAreWords) {
  goc_chan* chan = make(GOC_KIND_DOUBLE);
  double value = 0.5;
  ASSERT_EQ(goc_chan_send(chan, &value, GOC_NOW), GOC_OK);
  value = 0;
  EXPECT_EQ(goc_chan_recv(chan, &value, GOC_NOW), GOC_OK);
  EXPECT_EQ(value, 0.5);
  goc_chan_release(chan);
}

TEST_P(Kinds, OptionsThatContradictTheKindAreRefused) {
  EXPECT_EQ(make(GOC_KIND_BYTES + 1), nullptr);
  EXPECT_EQ(make(-1), nullptr);
  EXPECT_EQ(make(GOC_KIND_INT64, 4), nullptr);
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.kind = GOC_KIND_BYTES;
  options.drop = [](void*) {};
  goc_chan* chan = nullptr;
  EXPECT_EQ(goc_chan_new_with(&chan, &options), GOC_EINVAL);
  options.drop = nullptr;
  options.relocate = [](void*, void*) {};
  EXPECT_EQ(goc_chan_new_with(&chan, &options), GOC_EINVAL);
  EXPECT_EQ(chan, nullptr);
}

TEST_P(Kinds, BuffersThatNobodyReceivesGoWithTheirChannel) {
  Lent lent;
  goc_chan* chan = make(GOC_KIND_BYTES);
  for (int i = 0; i < 3; ++i) {
    goc_buf* buf = nullptr;
    ASSERT_EQ(goc_buf_wrap(&buf, lent.bytes, 4, &Lent::free, &lent), GOC_OK);
    ASSERT_EQ(goc_chan_send(chan, &buf, GOC_NOW), GOC_OK);
  }
  EXPECT_EQ(goc_chan_recv(chan, nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(lent.freed, 1) << "a discarded one is released";
  goc_chan_release(chan);
  EXPECT_EQ(lent.freed, 3);
}

// One buffer for many receivers, each with a reference.
TEST_P(Kinds, StressSharedBuffersAreFreedOnce) {
  Lent lent;
  goc_chan* chan = make(GOC_KIND_BYTES, 8, 16);
  const int64_t rounds = effort(20000);
  Group group;
  for (int r = 0; r < 3; ++r)
    group.go([&] {
      goc_buf* buf = nullptr;
      while (goc_chan_recv(chan, &buf, soon()) == GOC_OK) {
        ASSERT_EQ(text_of(buf), "lent");
        goc_buf_release(buf);
      }
    });
  group.go([&] {
    for (int64_t i = 0; i < rounds; ++i) {
      goc_buf* buf = nullptr;
      ASSERT_EQ(goc_buf_wrap(&buf, lent.bytes, 4, &Lent::free, &lent), GOC_OK);
      for (int copy = 0; copy < 3; ++copy) {
        goc_buf_retain(buf);
        ASSERT_EQ(goc_chan_send(chan, &buf, soon()), GOC_OK);
      }
      goc_buf_release(buf);
    }
    goc_chan_close(chan);
  });
  group.wait();
  EXPECT_EQ(lent.freed, rounds);
  goc_chan_release(chan);
}

}  // namespace
