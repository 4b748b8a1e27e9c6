// Go's test/ken/chan.go: streams of numbers between parties that send and receive alone or by select, on
// channels with and without a buffer, and that now and then try without waiting or yield. Each stream
// arrives whole and in order.
#include <deque>
#include <functional>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

class KenChan : public Procs {};
GOC_FOR_1_2_4(KenChan);

// One stream has one sender and one receiver.
struct Stream {
  explicit Stream(size_t capacity) : ch(8, capacity) {}
  Chan ch;
  int64_t sent = 0;
  int64_t received = 0;
};

// What a party does with one of its streams.
struct Share {
  Stream* stream;
  bool sends;
};

class Party {
 public:
  Party(std::vector<Share> shares, int64_t values, uint64_t seed)
      : shares_(std::move(shares)), values_(values), dice_(seed), elems_(shares_.size()) {}

  // Until each stream has carried all its values.
  void run() {
    for (;;) {
      std::vector<goc_case> cases = prepare();
      if (open_ == 0) return;
      const int64_t deadline = dice_.one_in(8) ? GOC_NOW : GOC_FOREVER;
      const int fired = goc_select(cases.data(), cases.size(), deadline);
      if (dice_.one_in(16)) goc_yield();
      if (fired == GOC_EAGAIN && deadline == GOC_NOW) continue;
      ASSERT_GE(fired, 0);
      const auto at = static_cast<size_t>(fired);
      ASSERT_EQ(cases[at].status, GOC_OK);
      carried(shares_[at], elems_[at]);
    }
  }

 private:
  // The cases of the streams that have not ended; NULL stands for the others.
  std::vector<goc_case> prepare() {
    std::vector<goc_case> cases;
    open_ = 0;
    for (size_t i = 0; i < shares_.size(); ++i) {
      Stream& stream = *shares_[i].stream;
      const bool sends = shares_[i].sends;
      const bool ended = (sends ? stream.sent : stream.received) == values_;
      open_ += !ended;
      elems_[i] = sends ? stream.sent : -1;
      goc_chan* ch = ended ? nullptr : static_cast<goc_chan*>(stream.ch);
      cases.push_back(sends ? sending(ch, &elems_[i]) : receiving(ch, &elems_[i]));
    }
    return cases;
  }
  static void carried(Share share, int64_t value) {
    if (share.sends)
      ++share.stream->sent;
    else
      ASSERT_EQ(value, share.stream->received++);
  }

  std::vector<Share> shares_;
  const int64_t values_;
  Dice dice_;
  std::vector<int64_t> elems_;
  int open_ = 0;
};

class Streams {
 public:
  Streams(size_t count, size_t capacity, int64_t values) : values_(values) {
    for (size_t i = 0; i < count; ++i) streams_.emplace_back(capacity);
  }
  ~Streams() {
    group_.wait();
    for (const Stream& stream : streams_) {
      EXPECT_EQ(stream.sent, values_);
      EXPECT_EQ(stream.received, values_);
    }
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  void each_alone(bool sends) {
    for (Stream& stream : streams_) start({{&stream, sends}});
  }
  void one_for_all(bool sends) {
    std::vector<Share> shares;
    for (Stream& stream : streams_) shares.push_back({&stream, sends});
    start(std::move(shares));
  }
  // One sends on the even ones and receives on the odd ones.
  void one_for_both_directions(bool sends_even) {
    std::vector<Share> shares;
    for (size_t i = 0; i < streams_.size(); ++i)
      shares.push_back({&streams_[i], (i % 2 == 0) == sends_even});
    start(std::move(shares));
  }

 private:
  void start(std::vector<Share> shares) {
    group_.go([party = Party(std::move(shares), values_, ++parties_)]() mutable { party.run(); });
  }

  const int64_t values_;
  std::deque<Stream> streams_;
  uint64_t parties_ = 0;
  Group group_;
};

// Until one has failed.
void for_all_capacities(const std::function<void(size_t)>& check) {
  for (const size_t capacity : {0, 1, 10, 100})
    if (!testing::Test::HasFailure()) check(capacity);
}

TEST_P(KenChan, StressSendersAndReceiversAlone) {
  for_all_capacities([](size_t capacity) {
    Streams streams(10, capacity, effort(2000));
    streams.each_alone(true);
    streams.each_alone(false);
  });
}

TEST_P(KenChan, StressOneSelectReceivesFromAll) {
  for_all_capacities([](size_t capacity) {
    Streams streams(4, capacity, effort(5000));
    streams.each_alone(true);
    streams.one_for_all(false);
  });
}

TEST_P(KenChan, StressOneSelectSendsToAll) {
  for_all_capacities([](size_t capacity) {
    Streams streams(4, capacity, effort(5000));
    streams.one_for_all(true);
    streams.each_alone(false);
  });
}

TEST_P(KenChan, StressSelectsAtBothEnds) {
  for_all_capacities([](size_t capacity) {
    Streams streams(8, capacity, effort(2000));
    streams.one_for_all(true);
    streams.one_for_all(false);
  });
}

TEST_P(KenChan, StressSelectsThatSendAndReceive) {
  for_all_capacities([](size_t capacity) {
    Streams streams(8, capacity, effort(2000));
    streams.one_for_both_directions(true);
    streams.one_for_both_directions(false);
  });
}

}  // namespace
