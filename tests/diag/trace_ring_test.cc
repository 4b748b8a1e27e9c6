// A ring of events: one thread writes, others read what is left, whole and in order.
#include <algorithm>
#include <atomic>
#include <thread>

#include "base/atomic.h"
#include "base/rand.h"
#include "fixture.h"
#include "single_step.h"
#include "trace/recorder.h"

namespace {

using goc::trace::Kind;
using goc::trace::Ring;
using goc::trace::Stream;
using goc::trace::Word;

// The same moment for all, so that they follow each other quickly on any machine.
constexpr uint64_t kNow = 1000;

void put_until_stamps_are_rare(Ring& ring) {
  while (!ring.put(Word(Kind::kReady, 0)) || !ring.put(Word(Kind::kReady, 0)))
    ring.put_with_stamp(Word(Kind::kReady, 0), kNow);
}

struct TraceRing : testing::Test {
  void SetUp() override {
    ring = Ring::make(0, Ring::kLeastBytes);
    ASSERT_NE(ring, nullptr);
    ring->begin(0);
  }
  void TearDown() override { Ring::destroy(ring); }
  void put(uint64_t subject) {
    const Word word(Kind::kReady, subject);
    if (!ring->put(word)) ring->put_with_stamp(word, kNow);
  }

  // The numbers of the events; a gap or a word that nobody has written fails the test.
  static std::vector<uint64_t> events(const Stream& stream) {
    std::vector<uint64_t> numbers;
    for (const Word word : stream.words) {
      if (word.kind() == Kind::kStamp) continue;
      EXPECT_EQ(word.kind(), Kind::kReady);
      if (!numbers.empty()) {
        EXPECT_EQ(word.subject(), numbers.back() + 1);
      }
      numbers.push_back(word.subject());
    }
    return numbers;
  }

  // Puts off that this goroutine is made ready, as soon as that can be.
  void put_off(uint64_t goroutine) {
    while (!ring->may_put_off()) put(0);
    ring->put_off_ready(Word::first_turn(goroutine));
  }
  // The kinds of the newest words.
  std::vector<Kind> newest(size_t count) {
    const Stream stream = ring->read();
    std::vector<Kind> kinds;
    for (size_t i = stream.words.size() - count; i < stream.words.size(); ++i)
      kinds.push_back(stream.words[i].kind());
    return kinds;
  }

  Ring* ring = nullptr;
};

TEST(TraceWord, KeepsWhatItIsGiven) {
  constexpr uint64_t kId = (uint64_t{1} << 56) - 1;
  for (int kind = 0; kind <= static_cast<int>(Kind::kThread); ++kind) {
    const Word word(static_cast<Kind>(kind), kId);
    EXPECT_EQ(word.kind(), static_cast<Kind>(kind));
    EXPECT_EQ(word.subject(), kId);
  }
  for (int reason = 0; reason < goc::trace::kMostReasons; ++reason)
    for (const Kind kind : {Kind::kSwitch, Kind::kPark, Kind::kHandOver}) {
      const Word word(kind, 7, static_cast<goc::trace::Reason>(reason));
      EXPECT_EQ(word.kind(), kind);
      EXPECT_EQ(word.reason(), reason);
    }
  EXPECT_EQ(Word::steal(9999, 32).victim(), 9999u);
  EXPECT_EQ(Word::steal(9999, 32).count(), 32u);
}

TEST(TraceWord, AStampFindsItsHighestBitsAgain) {
  constexpr uint64_t kSince = (uint64_t{3} << 56) - 5;
  for (const uint64_t later : {0, 1, 4, 5, 1000000})
    EXPECT_EQ(Word::stamp(kSince + later).ticks(kSince), kSince + later);
}

TEST_F(TraceRing, HoldsAllWhileThereIsRoom) {
  for (uint64_t i = 0; i < 100; ++i) put(i);
  const Stream stream = ring->read();
  EXPECT_FALSE(stream.lost);
  EXPECT_EQ(stream.words.front().kind(), Kind::kStamp);
  EXPECT_EQ(events(stream).size(), 100u);
}

TEST_F(TraceRing, KeepsTheNewest) {
  for (uint64_t i = 0; i < 10000; ++i) put(i);
  const Stream stream = ring->read();
  EXPECT_TRUE(stream.lost);
  EXPECT_GE(stream.words.size(), Ring::kLeastBytes / 8 - 1);
  EXPECT_EQ(events(stream).back(), 9999u);
}

TEST_F(TraceRing, ForgetsWhatWasBeforeItsBegin) {
  for (uint64_t i = 0; i < 10; ++i) put(i);
  ring->begin(0);
  put(10);
  EXPECT_EQ(events(ring->read()), std::vector<uint64_t>{10});
}

TEST_F(TraceRing, StampsBecomeRareWhileEventsAreQuickAndComeWhenTheyAreAskedFor) {
  for (uint64_t i = 0; i < 400; ++i) put(i);
  EXPECT_LT(ring->read().words.size(), 600u);  // if each had one, 800
  ring->stamp_next();
  put(400);
  const Stream stream = ring->read();
  EXPECT_EQ(stream.words[stream.words.size() - 2].kind(), Kind::kStamp);
}

TEST_F(TraceRing, OneWordTellsOfWhoWasMadeReadyAndFollows) {
  put_off(7);
  EXPECT_FALSE(ring->may_put_off()) << "one at a time";
  EXPECT_FALSE(ring->put_hand_over(Word::first_turn(8), 3)) << "it is another one";
  ASSERT_TRUE(ring->put_hand_over(Word::first_turn(7), 3));
  const Word told = ring->read().words.back();
  EXPECT_EQ(told.kind(), Kind::kHandOver);
  EXPECT_EQ(told.goroutine(), 7u);
  EXPECT_EQ(told.reason(), 3);
}

TEST_F(TraceRing, WhatWasPutOffStandsBeforeTheNextWordAndItsStamp) {
  put_off(7);
  ASSERT_TRUE(ring->put(Word(Kind::kCreate, 8)));
  EXPECT_EQ(newest(2), (std::vector{Kind::kReady, Kind::kCreate}));
  put_off(7);
  ring->stamp_next();
  EXPECT_FALSE(ring->put_hand_over(Word::first_turn(7), 3)) << "a stamp is due";
  ring->put_with_stamp(Word(Kind::kCreate, 8));
  EXPECT_EQ(newest(3), (std::vector{Kind::kReady, Kind::kStamp, Kind::kCreate}));
}

TEST_F(TraceRing, WhatIsPutOffIsReadAndEndsWithTheRecording) {
  put_off(7);
  EXPECT_EQ(ring->read().words.back().goroutine(), 7u);
  EXPECT_EQ(newest(1), std::vector{Kind::kReady});
  ring->begin(0);
  EXPECT_TRUE(ring->read().words.empty());
}

// Whoever reads, it is told once that a goroutine was made ready: put off, in a word of its own, or with the switch.
TEST_F(TraceRing, StressWhatIsPutOffIsReadOnce) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    goc::Rand rand(1);
    for (uint64_t g = 1; !stop.load(std::memory_order_relaxed); ++g) {
      put_off(g);
      for (uint32_t i = rand.below(2000); i > 0; --i) goc::cpu_relax();
      if (rand.below(2) == 0) ring->put_hand_over(Word::first_turn(g), 3);
    }
  });
  for (int64_t seen = 0; seen < goc_test::effort(100000) && !HasFailure();) {
    uint64_t last = 0;
    for (const Word word : ring->read().words) {
      const bool ready = word.kind() == Kind::kHandOver || word.kind() == Kind::kReady;
      if (!ready || word.goroutine() == 0) continue;
      if (last != 0) {
        EXPECT_EQ(word.goroutine(), last + 1);
      }
      last = word.goroutine();
    }
    seen += last != 0;
  }
  stop = true;
  writer.join();
}

#if defined(GOC_TEST_STEPS)
TEST_F(TraceRing, AtEachInstructionItIsToldOnceAtMost) {
  put_off(7);
  int looks = 0;
  goc_test::step_through([&] { ring->put_hand_over(Word::first_turn(7), 3); },
                         [&] {
                           int told = 0;
                           for (const Word word : ring->read().words) told += word.goroutine() == 7;
                           EXPECT_LE(told, 1);
                           ++looks;
                         });
  EXPECT_GT(looks, 10);
  EXPECT_EQ(newest(1), std::vector{Kind::kHandOver});
}
#endif

// B1 to B3 while a word is on its way to P1: whether the recording is another one has been asked before.
TEST_F(TraceRing, AStampThatIsPutWhileAnotherRecordingBeginsIsFollowedByOneThatIsDue) {
  put_until_stamps_are_rare(*ring);
  goc::trace::g_session.store(1);
  ring->stamp_next();
  ring->put_with_stamp(Word(Kind::kReady, 0));
  EXPECT_FALSE(ring->put(Word(Kind::kReady, 0)));
  goc::trace::g_session.store(0);
}

// B3
TEST(TraceRecorder, AnotherRecordingHasTheFirstEventThatFollowsItsBegin) {
  constexpr uint32_t kWorker = 7;
  Ring* ring = &goc::trace::g_no_ring;
  goc::trace::this_thread_is(kWorker, &ring);
  ASSERT_TRUE(goc::trace::begin(Ring::kLeastBytes));
  goc::trace::record(Word(Kind::kReady, 0));
  put_until_stamps_are_rare(*ring);
  goc::trace::end();
  ASSERT_TRUE(goc::trace::begin(Ring::kLeastBytes));
  goc::trace::record(Word(Kind::kReady, 1));
  size_t found = 0;
  for (const Stream& stream : goc::trace::snapshot().streams)
    if (stream.owner == kWorker) found += TraceRing::events(stream) == std::vector<uint64_t>{1};
  EXPECT_EQ(found, 1u);
  goc::trace::end();
  goc::trace::this_thread_is(goc::trace::kPlainThread);
  goc::trace::free_if_off();
}

// The writer overtakes the reader again and again.
TEST_F(TraceRing, StressAReaderThatIsOvertakenSeesNoTornEvent) {
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t i = 0; !stop.load(std::memory_order_relaxed); ++i) put(i);
  });
  uint64_t last = 0;
  for (int64_t i = 0; i < goc_test::effort(20000) && !HasFailure(); ++i) {
    const std::vector<uint64_t> numbers = events(ring->read());
    if (numbers.empty()) continue;
    EXPECT_EQ(numbers.back() - numbers.front(), numbers.size() - 1) << "some are of another lap";
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
    EXPECT_GE(numbers.back(), last);
    last = numbers.back();
  }
  stop = true;
  writer.join();
}

}  // namespace
