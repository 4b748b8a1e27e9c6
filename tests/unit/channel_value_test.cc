// Channel: who owns a value and when its life ends (drop and relocate).
#include <atomic>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class ChannelValue : public Procs {};
GOC_FOR_ALL_PROCS(ChannelValue);

// A value that knows where it lives: a bytewise copy, a second end, or none is noticed.
struct Value {
  explicit Value(int64_t n) : self(this), number(n) { ++alive; }
  ~Value() {
    EXPECT_EQ(self, this) << "the end of something that is not alive";
    self = nullptr;
    --alive;
  }
  Value(const Value&) = delete;
  Value& operator=(const Value&) = delete;

  static void drop(void* elem) {
    ++dropped;
    static_cast<Value*>(elem)->~Value();
  }
  static void relocate(void* dst, void* src) {
    new (dst) Value(static_cast<Value*>(src)->number);
    static_cast<Value*>(src)->~Value();
    ++moves;
  }

  Value* self;
  int64_t number;
  static std::atomic<int> alive;
  static std::atomic<int> dropped;
  static std::atomic<int> moves;
};
std::atomic<int> Value::alive{0};
std::atomic<int> Value::dropped{0};
std::atomic<int> Value::moves{0};

// Raw memory in which a Value may live.
struct alignas(Value) Place {
  char bytes[sizeof(Value)];
  Value& value() { return *reinterpret_cast<Value*>(bytes); }
};

goc_chan* channel_of_values(size_t capacity) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = sizeof(Value);
  options.capacity = capacity;
  options.drop = &Value::drop;
  options.relocate = &Value::relocate;
  goc_chan* ch = nullptr;
  EXPECT_EQ(goc_chan_new_with(&ch, &options), GOC_OK);
  Value::alive = Value::dropped = Value::moves = 0;
  return ch;
}

int send_value(goc_chan* ch, int64_t number, int64_t deadline = soon()) {
  Place place;
  auto* value = new (&place) Value(number);
  const int result = goc_chan_send(ch, &place, deadline);
  if (result != GOC_OK) value->~Value();  // it stayed ours, and whole
  return result;
}

int64_t recv_value(goc_chan* ch) {
  Place place;
  if (const int result = goc_chan_recv(ch, &place, soon()); result != GOC_OK) return result;
  const int64_t number = place.value().number;
  place.value().~Value();
  return number;
}

TEST_P(ChannelValue, LivesOnceWhileItGoesThroughTheBuffer) {
  goc_chan* ch = channel_of_values(2);
  for (int64_t i = 0; i < 10; ++i) {
    ASSERT_EQ(send_value(ch, i), GOC_OK);
    EXPECT_EQ(Value::alive, 1);
    EXPECT_EQ(recv_value(ch), i);
    EXPECT_EQ(Value::alive, 0);
  }
  EXPECT_EQ(Value::moves, 20) << "into the buffer and out of it";
  goc_chan_release(ch);
  EXPECT_EQ(Value::dropped, 0);
}

TEST_P(ChannelValue, IsMovedOnceToAReceiverThatWaits) {
  goc_chan* ch = channel_of_values(GetParam() % 4);
  Crew crew;
  for (int i = 0; i < 2; ++i) {
    crew.start([=] { EXPECT_EQ(recv_value(ch), 5); });
    eventually([=] { return blocked_receivers(ch) == 1; });
    ASSERT_EQ(send_value(ch, 5), GOC_OK);
  }
  crew.wait();
  EXPECT_EQ(Value::moves, 2);
  EXPECT_EQ(Value::alive, 0);
  goc_chan_release(ch);
}

TEST_P(ChannelValue, IsTakenFromASenderThatWaits) {
  for (const size_t capacity : {0, 1}) {
    goc_chan* ch = channel_of_values(capacity);
    if (capacity != 0) {
      ASSERT_EQ(send_value(ch, 0), GOC_OK);
    }
    Crew crew;
    crew.start([=] { EXPECT_EQ(send_value(ch, 5), GOC_OK); });
    eventually([=] { return blocked_senders(ch) == 1; });
    if (capacity != 0) {
      EXPECT_EQ(recv_value(ch), 0);
    }
    EXPECT_EQ(recv_value(ch), 5);
    crew.wait();
    EXPECT_EQ(Value::alive, 0);
    goc_chan_release(ch);
  }
}

TEST_P(ChannelValue, StaysWithTheSenderWhenItCannotBeSent) {
  goc_chan* ch = channel_of_values(1);
  ASSERT_EQ(send_value(ch, 0), GOC_OK);
  EXPECT_EQ(send_value(ch, 1, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(send_value(ch, 1, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  Crew crew;
  crew.start([=] { EXPECT_EQ(send_value(ch, 1), GOC_ECLOSED); });
  eventually([=] { return blocked_senders(ch) == 1; });
  goc_chan_close(ch);
  crew.wait();
  EXPECT_EQ(send_value(ch, 1), GOC_ECLOSED);
  EXPECT_EQ(Value::moves, 1);
  EXPECT_EQ(Value::alive, 1) << "the buffered one";
  goc_chan_release(ch);
  EXPECT_EQ(Value::alive, 0);
  EXPECT_EQ(Value::dropped, 1);
}

TEST_P(ChannelValue, IsDroppedWhenAReceiverDiscardsIt) {
  goc_chan* ch = channel_of_values(1);
  ASSERT_EQ(send_value(ch, 1), GOC_OK);  // from the buffer
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(Value::dropped, 1);
  Crew crew;
  crew.start([=] { EXPECT_EQ(goc_chan_recv(ch, nullptr, soon()), GOC_OK); });
  eventually([=] { return blocked_receivers(ch) == 1; });
  ASSERT_EQ(send_value(ch, 2), GOC_OK);  // straight from the sender
  crew.wait();
  EXPECT_EQ(Value::dropped, 2);
  EXPECT_EQ(Value::alive, 0);
  goc_chan_close(ch);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_ECLOSED);
  EXPECT_EQ(Value::dropped, 2) << "at the end there is nothing to drop";
  goc_chan_release(ch);
}

TEST_P(ChannelValue, IsDroppedWithTheLastReference) {
  for (const bool closed : {false, true}) {
    goc_chan* ch = channel_of_values(4);
    for (int64_t i = 0; i < 6; ++i) {  // the buffered ones lie across the end of the ring
      ASSERT_EQ(send_value(ch, i), GOC_OK);
      if (i < 3) {
        EXPECT_EQ(recv_value(ch), i);
      }
    }
    if (closed) goc_chan_close(ch);
    goc_chan_retain(ch);
    goc_chan_release(ch);
    EXPECT_EQ(Value::dropped, 0);
    goc_chan_release(ch);
    EXPECT_EQ(Value::dropped, 3);
    EXPECT_EQ(Value::alive, 0);
  }
}

TEST_P(ChannelValue, IsDroppedWhenTheLastWaiterOfAReleasedChannelLeaves) {
  goc_chan* ch = channel_of_values(1);
  ASSERT_EQ(send_value(ch, 1), GOC_OK);
  Chan end(0, 0);
  Crew crew;
  crew.start([&, ch] {
    Value second(2);
    goc_case cases[] = {sending(ch, &second), receiving(end, nullptr)};
    EXPECT_EQ(goc_select(cases, 2, soon()), 1);
  });
  eventually([=] { return blocked_senders(ch) == 1; });
  goc_chan_release(ch);
  EXPECT_EQ(Value::dropped, 0);
  ASSERT_EQ(goc_chan_send(end, nullptr, soon()), GOC_OK);
  crew.wait();
  EXPECT_EQ(Value::dropped, 1);
  EXPECT_EQ(Value::alive, 0);
}

TEST_P(ChannelValue, LivesOnceInSelectToo) {
  for (const size_t capacity : {0, 1}) {
    goc_chan* ch = channel_of_values(capacity);
    Crew crew;
    crew.start([=] {
      for (int64_t i = 0; i < 50; ++i) {
        Place place;
        new (&place) Value(i);
        goc_case cases[] = {receiving(nullptr, nullptr), sending(ch, &place)};
        ASSERT_EQ(goc_select(cases, 2, soon()), 1);
      }
    });
    for (int64_t i = 0; i < 50; ++i) {
      Place place;
      goc_case cases[] = {receiving(ch, &place), receiving(nullptr, nullptr)};
      ASSERT_EQ(goc_select(cases, 2, soon()), 0);
      ASSERT_EQ(place.value().number, i);
      place.value().~Value();
    }
    crew.wait();
    EXPECT_EQ(Value::alive, 0);
    EXPECT_EQ(Value::dropped, 0);
    goc_chan_release(ch);
  }
}

// --- drop alone ---------------------------------------------------------------------------------

std::atomic<int> drops{0};

goc_chan* make_dropping(size_t size, size_t capacity) {
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.elem_size = size;
  options.capacity = capacity;
  options.drop = [](void*) { ++drops; };
  goc_chan* ch = nullptr;
  EXPECT_EQ(goc_chan_new_with(&ch, &options), GOC_OK);
  drops = 0;
  return ch;
}

TEST_P(ChannelValue, OfAnySizeIsDroppedOnce) {
  for (const size_t size : {0, 1, 8, 24}) {
    SCOPED_TRACE(size);
    goc_chan* ch = make_dropping(size, 3);
    char elem[24] = {};
    for (int i = 0; i < 3; ++i) ASSERT_EQ(goc_chan_send(ch, elem, GOC_NOW), GOC_OK);
    EXPECT_EQ(drops, 0) << "sent, not dropped";
    ASSERT_EQ(goc_chan_recv(ch, elem, GOC_NOW), GOC_OK);
    EXPECT_EQ(drops, 0) << "received, not dropped";
    ASSERT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_OK);
    EXPECT_EQ(drops, 1) << "discarded";
    goc_chan_release(ch);
    EXPECT_EQ(drops, 2) << "left over";
  }
}

}  // namespace
