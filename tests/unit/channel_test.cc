// Channel: the table of channel.h, cell by cell, for everything that is decided without waiting.
#include <cstring>
#include <string>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class Channel : public Procs {};
GOC_FOR_ALL_PROCS(Channel);

constexpr size_t kSizes[] = {0, 1, 7, 8, 16, 4096};
constexpr size_t kSomeCapacities[] = {0, 1, 3, 64};

template <class F>
void for_all_shapes(F f) {
  for (const size_t size : kSizes)
    for (const size_t capacity : kSomeCapacities) {
      SCOPED_TRACE("size " + std::to_string(size) + " capacity " + std::to_string(capacity));
      f(size, capacity);
    }
}

std::string pattern(size_t size, int seed) {
  std::string bytes(size, 0);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(seed * 31 + i * 7 + 1);
  return bytes;
}

// --- NULL ---------------------------------------------------------------------------------------

TEST_P(Channel, ANullChannelNeverSendsOrReceives) {
  on_both([] {
    int64_t value = 7;
    EXPECT_EQ(goc_chan_send(nullptr, &value, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_chan_recv(nullptr, &value, GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_chan_send(nullptr, &value, passed()), GOC_ETIMEDOUT);
    EXPECT_EQ(goc_chan_recv(nullptr, &value, passed()), GOC_ETIMEDOUT);
    const int64_t deadline = goc_deadline(2 * GOC_MILLISECOND);
    EXPECT_EQ(goc_chan_send(nullptr, nullptr, deadline), GOC_ETIMEDOUT);
    EXPECT_GE(goc_now(), deadline);
    EXPECT_EQ(goc_chan_recv(nullptr, &value, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    EXPECT_EQ(value, 7);
  });
}

TEST_P(Channel, ANullChannelCannotBeClosedAndIsEmpty) {
  EXPECT_EQ(goc_chan_close(nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_chan_len(nullptr), 0u);
  EXPECT_EQ(goc_chan_cap(nullptr), 0u);
  EXPECT_EQ(goc_chan_is_closed(nullptr), 0);
  EXPECT_EQ(goc_chan_retain(nullptr), nullptr);
  goc_chan_release(nullptr);
}

TEST_P(Channel, AGoroutineThatWaitsForEverOnNullIsLeftAtShutdown) {
  go_for_ever([] { goc_chan_recv(nullptr, nullptr, GOC_FOREVER); });
  go_for_ever([] { goc_chan_send(nullptr, nullptr, GOC_FOREVER); });
  eventually([] { return goc_num_goroutines() == 2; });
  expect_left_blocked(2);
  ASSERT_EQ(goc_shutdown(soon()), 2);
  expect_left_blocked(0);
}

// --- Open ---------------------------------------------------------------------------------------

TEST_P(Channel, AnEmptyOneGivesNothingWithoutWaiting) {
  for_all_shapes([](size_t size, size_t capacity) {
    Chan ch(size, capacity);
    std::string elem(size + 1, 'x');
    EXPECT_EQ(goc_chan_recv(ch, elem.data(), GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_chan_recv(ch, elem.data(), passed()), GOC_ETIMEDOUT);
    EXPECT_EQ(elem, std::string(size + 1, 'x')) << "the element is untouched";
  });
}

TEST_P(Channel, AFullOneTakesNothingWithoutWaiting) {
  for_all_shapes([](size_t size, size_t capacity) {
    Chan ch(size, capacity);
    const std::string elem = pattern(size, 1);
    for (size_t i = 0; i < capacity; ++i)
      ASSERT_EQ(goc_chan_send(ch, elem.data(), GOC_NOW), GOC_OK);
    EXPECT_EQ(goc_chan_send(ch, elem.data(), GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(goc_chan_send(ch, elem.data(), passed()), GOC_ETIMEDOUT);
    EXPECT_EQ(goc_chan_len(ch), capacity);
  });
}

TEST_P(Channel, ValuesComeOutWholeInTheOrderTheyWentIn) {
  for_all_shapes([](size_t size, size_t capacity) {
    Chan ch(size, capacity);
    int next_in = 0;
    int next_out = 0;
    for (size_t fill = 1; fill <= capacity; fill += 1 + capacity / 8) {  // the ring wraps
      for (size_t i = 0; i < fill; ++i)
        ASSERT_EQ(goc_chan_send(ch, pattern(size, next_in++).data(), GOC_NOW), GOC_OK);
      for (size_t i = 0; i < fill; ++i) {
        std::string elem(size + 1, 'x');
        ASSERT_EQ(goc_chan_recv(ch, elem.data(), GOC_NOW), GOC_OK);
        ASSERT_EQ(elem, pattern(size, next_out++) + 'x');
      }
    }
  });
}

TEST_P(Channel, ValuesPassWholeBetweenThoseWhoMeet) {
  for_all_shapes([](size_t size, size_t capacity) {
    Chan ch(size, capacity);
    Crew crew;
    crew.start([&] {
      for (int i = 0; i < 20; ++i)
        ASSERT_EQ(goc_chan_send(ch, pattern(size, i).data(), soon()), GOC_OK);
    });
    for (int i = 0; i < 20; ++i) {
      std::string elem(size + 1, 'x');
      ASSERT_EQ(goc_chan_recv(ch, elem.data(), soon()), GOC_OK);
      ASSERT_EQ(elem, pattern(size, i) + 'x');
    }
    crew.wait();
  });
}

TEST_P(Channel, LenCountsTheBufferAndCapIsFixed) {
  Chan ch(8, 3);
  for (size_t n = 0; n < 3; ++n) {
    EXPECT_EQ(goc_chan_len(ch), n);
    EXPECT_EQ(goc_chan_cap(ch), 3u);
    must_put(ch, 1);
  }
  EXPECT_EQ(goc_chan_len(ch), 3u);
  take(ch);
  EXPECT_EQ(goc_chan_len(ch), 2u);
  EXPECT_EQ(goc_chan_is_closed(ch), 0);
}

TEST_P(Channel, AnElementOfNoSizeNeedsNoMemory) {
  for (const size_t capacity : kSomeCapacities) {
    Chan ch(0, capacity);
    Crew crew;
    crew.start([&] { EXPECT_EQ(goc_chan_send(ch, nullptr, soon()), GOC_OK); });
    char untouched = 'x';
    EXPECT_EQ(goc_chan_recv(ch, &untouched, soon()), GOC_OK);
    EXPECT_EQ(untouched, 'x');
    crew.start([&] { EXPECT_EQ(goc_chan_send(ch, &untouched, soon()), GOC_OK); });
    EXPECT_EQ(goc_chan_recv(ch, nullptr, soon()), GOC_OK);
    crew.wait();
  }
}

TEST_P(Channel, ReceivingWithoutMemoryDiscardsTheValue) {
  Chan ch(8, 2);
  must_put(ch, 1);
  must_put(ch, 2);
  EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(take(ch), 2);
}

// --- Closed -------------------------------------------------------------------------------------

TEST_P(Channel, AClosedOneTakesNothing) {
  for_all_shapes([](size_t size, size_t capacity) {
    Chan ch(size, capacity);
    ASSERT_EQ(goc_chan_close(ch), GOC_OK);
    const std::string elem = pattern(size, 1);
    EXPECT_EQ(goc_chan_send(ch, elem.data(), GOC_NOW), GOC_ECLOSED);
    EXPECT_EQ(goc_chan_send(ch, elem.data(), passed()), GOC_ECLOSED);
    EXPECT_EQ(goc_chan_send(ch, elem.data(), GOC_FOREVER), GOC_ECLOSED);
    EXPECT_EQ(goc_chan_len(ch), 0u);
  });
}

TEST_P(Channel, AClosedOneGivesWhatIsBufferedThenZeros) {
  for_all_shapes([](size_t size, size_t capacity) {
    Chan ch(size, capacity);
    for (size_t i = 0; i < capacity; ++i)
      ASSERT_EQ(goc_chan_send(ch, pattern(size, static_cast<int>(i)).data(), GOC_NOW), GOC_OK);
    ASSERT_EQ(goc_chan_close(ch), GOC_OK);
    EXPECT_EQ(goc_chan_len(ch), capacity);
    std::string elem(size + 1, 'x');
    for (size_t i = 0; i < capacity; ++i) {
      ASSERT_EQ(goc_chan_recv(ch, elem.data(), GOC_NOW), GOC_OK);
      ASSERT_EQ(elem, pattern(size, static_cast<int>(i)) + 'x');
    }
    for (const int64_t deadline : {GOC_NOW, passed(), GOC_FOREVER}) {
      elem.assign(size + 1, 'x');
      EXPECT_EQ(goc_chan_recv(ch, elem.data(), deadline), GOC_ECLOSED);
      EXPECT_EQ(elem, std::string(size, 0) + 'x') << "zeros, and not a byte more";
    }
    EXPECT_EQ(goc_chan_recv(ch, nullptr, GOC_NOW), GOC_ECLOSED);
  });
}

TEST_P(Channel, IsClosedOnce) {
  Chan ch(8, 1);
  EXPECT_EQ(goc_chan_close(ch), GOC_OK);
  EXPECT_EQ(goc_chan_is_closed(ch), 1);
  EXPECT_EQ(goc_chan_close(ch), GOC_ECLOSED);
  EXPECT_EQ(goc_chan_cap(ch), 1u);
}

// --- Misuse -------------------------------------------------------------------------------------

TEST_P(Channel, ItsSizeMustFitIntoMemory) {
  goc_chan* ch = nullptr;
  EXPECT_EQ(goc_chan_new(&ch, SIZE_MAX, 2), GOC_EINVAL);
  EXPECT_EQ(goc_chan_new(&ch, 2, SIZE_MAX), GOC_EINVAL);
  EXPECT_EQ(goc_chan_new(&ch, SIZE_MAX / 2 + 1, 2), GOC_EINVAL);
  EXPECT_EQ(goc_chan_new(&ch, 1, static_cast<size_t>(PTRDIFF_MAX) + 1), GOC_EINVAL);
  EXPECT_EQ(goc_chan_new(nullptr, 8, 1), GOC_EINVAL);
  EXPECT_EQ(ch, nullptr) << "out is untouched on error";
}

TEST_P(Channel, WithoutASizeItsCapacityNeedsNoMemory) {
  Chan ch(0, SIZE_MAX);
  EXPECT_EQ(goc_chan_cap(ch), SIZE_MAX);
  for (size_t n = 1; n <= 1000; ++n) {
    ASSERT_EQ(goc_chan_send(ch, nullptr, GOC_NOW), GOC_OK);
    ASSERT_EQ(goc_chan_len(ch), n);
  }
}

TEST_P(Channel, OptionsMustBeOfTheRightSize) {
  goc_chan* ch = nullptr;
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  EXPECT_EQ(goc_chan_new_with(&ch, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_chan_new_with(nullptr, &options), GOC_EINVAL);
  for (const size_t size : {size_t{0}, sizeof options - 1, sizeof options + 1}) {
    options.size = size;
    EXPECT_EQ(goc_chan_new_with(&ch, &options), GOC_EINVAL);
  }
  EXPECT_EQ(ch, nullptr);
}

TEST_P(Channel, ANameOfAnyLengthIsTaken) {
  const std::string name(500, 'n');
  goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
  options.name = name.c_str();
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new_with(&ch, &options), GOC_OK);
  goc_chan_release(ch);
}

TEST_P(Channel, SendingNeedsAnElement) {
  for_all_shapes([](size_t size, size_t capacity) {
    if (size == 0) return;
    Chan ch(size, capacity);
    EXPECT_EQ(goc_chan_send(ch, nullptr, GOC_NOW), GOC_EINVAL);
    EXPECT_EQ(goc_chan_len(ch), 0u);
    goc_chan_close(ch);
    EXPECT_EQ(goc_chan_send(ch, nullptr, GOC_NOW), GOC_EINVAL);
  });
}

void expect_bad(goc_chan* bad) {
  int64_t value = 7;
  EXPECT_EQ(goc_chan_send(bad, &value, GOC_FOREVER), GOC_EBADHANDLE);
  EXPECT_EQ(goc_chan_recv(bad, &value, GOC_FOREVER), GOC_EBADHANDLE);
  EXPECT_EQ(goc_chan_close(bad), GOC_EBADHANDLE);
  EXPECT_EQ(goc_chan_len(bad), 0u);
  EXPECT_EQ(goc_chan_cap(bad), 0u);
  EXPECT_EQ(goc_chan_is_closed(bad), 0);
  EXPECT_EQ(goc_chan_retain(bad), bad);
  goc_chan_release(bad);
  EXPECT_EQ(value, 7);
}

TEST_P(Channel, AReleasedHandleIsRecognised) {
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 8, 1), GOC_OK);
  goc_chan_release(ch);
  expect_bad(ch);
}

TEST_P(Channel, AHandleOfAnotherTypeIsRecognised) {
  Group group;
  expect_bad(reinterpret_cast<goc_chan*>(group.wg()));
  EXPECT_EQ(goc_wg_add(group.wg(), 0), GOC_OK) << "and the other object is unharmed";
}

TEST_P(Channel, LivesUntilItsLastReferenceGoes) {
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 8, 1), GOC_OK);
  EXPECT_EQ(goc_chan_retain(ch), ch);
  goc_chan_release(ch);
  EXPECT_EQ(put(ch, 5), GOC_OK);
  EXPECT_EQ(take(ch), 5);
  goc_chan_release(ch);
  EXPECT_EQ(put(ch, 5), GOC_EBADHANDLE);
}

}  // namespace
