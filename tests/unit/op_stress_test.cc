// Operations in storms: started, completed and canceled everywhere, each exactly once.
#include <random>
#include <thread>
#include <vector>

#include "fixture.h"
#include "ops.h"
#include "port/op.h"
#include "port/port.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::Group;
using goc_test::Operation;
using goc_test::PortHandle;
using goc_test::soon;

class OpStorms : public goc_test::Procs {
 protected:
  PortHandle port_;
  PortHandle other_;
};
GOC_FOR_ALL_PROCS(OpStorms);

// A party of a port that is not a goroutine: it starts operations and cancels some, and resumes
// whoever its calls have woken, by a flag for each token.
class Party {
 public:
  static constexpr int kOps = 16;

  Party(goc_chan* a, goc_chan* b, goc_port* port, int64_t first_token, unsigned seed)
      : channels_{a, b}, port_(port), first_(first_token), random_(seed) {
    for (int i = 0; i < kOps; ++i) ops_.emplace_back(first_token + i);
  }

  // Starts and cancels `count` operations; all are over when it returns.
  void send_or_receive(int64_t count, goc::Atom<int64_t>& next_word) {
    for (int64_t i = 0; i < count; ++i) {
      Operation& op = ops_[random_() % kOps];
      if (!over(op)) {
        if (random_() % 2 == 0) cancel(op);
        continue;
      }
      const bool sends = random_() % 2 == 0;
      const int64_t word = sends ? next_word.fetch_add(1) : 0;
      begin(op, sends, word);
    }
    while (!all_over()) {
      for (Operation& op : ops_)
        if (!over(op)) cancel(op);
      fetch();
      goc_yield();  // tokens may be with others
    }
  }

  int64_t sent = 0, received = 0, sum_sent = 0, sum_received = 0;
  int64_t events = 0;

  // Set by whichever party sees the token.
  static inline goc::Atom<int> s_done[256];

 private:
  bool over(Operation& op) {
    const auto at = static_cast<size_t>(op.token - first_);
    if (states_[at] == kIdle) return true;
    if (s_done[op.token].exchange(0) == 0) return false;
    count(op, states_[at] == kSends, op.status);
    states_[at] = kIdle;
    return true;
  }
  bool all_over() {
    bool all = true;
    for (Operation& op : ops_) all = over(op) && all;
    return all;
  }
  void begin(Operation& op, bool sends, int64_t word) {
    op.value = word;
    int result;
    if (random_() % 2 == 0) {
      goc_chan* chan = channels_[random_() % 2];
      result = sends ? goc_chan_send_op(chan, &op, port_) : goc_chan_recv_op(chan, &op, port_);
    } else {
      goc_case cases[2];
      for (int i = 0; i < 2; ++i)
        cases[i] = {channels_[i], sends ? GOC_SEND : GOC_RECV, 0, nullptr};
      result = goc_select_op(cases, 2, &op, port_, 0);
    }
    if (result == GOC_PENDING) {
      states_[static_cast<size_t>(op.token - first_)] = sends ? kSends : kReceives;
      fetch();
      return;
    }
    ASSERT_EQ(result, GOC_OK);
    if (op.woken != 0) resume(op.woken);
    count(op, sends, GOC_OK);
  }
  void cancel(Operation& op) {
    const int result = goc_op_cancel(&op);
    if (result == GOC_OK)
      states_[static_cast<size_t>(op.token - first_)] = kIdle;
    else
      ASSERT_EQ(result, GOC_ETOOLATE);
  }
  void fetch() {
    int64_t tokens[8];
    const int got = goc_port_poll(port_, tokens, 8);
    for (int i = 0; i < got; ++i) resume(tokens[i]);
    events += got;
  }
  static void resume(int64_t token) { ASSERT_EQ(s_done[token].fetch_add(1), 0) << "twice"; }
  void count(const Operation& op, bool sends, int status) {
    ASSERT_EQ(status, GOC_OK);
    (sends ? sent : received) += 1;
    (sends ? sum_sent : sum_received) += op.value;
  }

  enum State : uint8_t { kIdle, kSends, kReceives };
  goc_chan* channels_[2];
  goc_port* port_;
  const int64_t first_;
  std::mt19937 random_;
  std::vector<Operation> ops_;
  State states_[kOps] = {};
};

// Threads and goroutines, two ports, two channels; cancellations everywhere. What was sent was
// received, and every token came once.
TEST_P(OpStorms, StressWhateverIsCanceledNothingIsLostOrDoubled) {
  Chan a(8, 0);
  Chan b(8, 3);
  for (goc::Atom<int>& done : Party::s_done) done = 0;
  goc::Atom<int64_t> next_word{1};
  std::vector<Party> parties;
  for (int i = 0; i < 6; ++i)
    parties.emplace_back(a, b, i % 2 == 0 ? port_ : other_, 1 + i * Party::kOps,
                         static_cast<unsigned>(i));
  const int64_t count = effort(50000);
  goc::Atom<int> left{6};
  goc::Atom<int64_t> sent{0}, received{0}, sum_sent{0}, sum_received{0};
  const auto play = [&](Party& party) {
    party.send_or_receive(count, next_word);
    sent += party.sent;
    received += party.received;
    sum_sent += party.sum_sent;
    sum_received += party.sum_received;
    --left;
  };
  std::vector<std::thread> threads;
  Group goroutines;
  for (size_t i = 0; i < 3; ++i) threads.emplace_back([&, i] { play(parties[i]); });
  for (size_t i = 3; i < 6; ++i) goroutines.go([&, i] { play(parties[i]); });
  for (std::thread& thread : threads) thread.join();
  goroutines.wait();
  int64_t word;
  while (goc_chan_recv(b, &word, GOC_NOW) == GOC_OK) {
    ++received;
    sum_received += word;
  }
  EXPECT_EQ(left, 0);
  EXPECT_GT(sent, 0);
  EXPECT_EQ(received, sent);
  EXPECT_EQ(sum_received, sum_sent);
  EXPECT_TRUE(port_.poll().empty());
  EXPECT_TRUE(other_.poll().empty());
}

// Waiting threads are interrupted and cancel; goroutines send to them.
TEST_P(OpStorms, StressThreadsThatAreInterruptedLoseNothing) {
  Chan chan(8, 0);
  const int64_t count = effort(20000);
  goc::Atom<int64_t> received{0}, sum{0};
  Group senders;
  for (int64_t s = 0; s < 2; ++s)
    senders.go([&, s] {
      for (int64_t i = 1; i <= count; ++i) {
        const int64_t word = s * count + i;
        ASSERT_EQ(goc_chan_send(chan, &word, soon()), GOC_OK);
      }
    });
  std::vector<std::thread> receivers;
  for (int r = 0; r < 2; ++r)
    receivers.emplace_back([&, r] {
      Operation op(0);
      std::mt19937 random(static_cast<unsigned>(r));
      for (;;) {
        int result = op.receive(chan);
        while (result == GOC_PENDING) {
          if (random() % 4 == 0) goc_op_interrupt(&op);
          result = goc_op_wait(&op, soon());
          if (result == GOC_OK) result = op.status;
          if (result != GOC_EINTR) break;
          result = goc_op_cancel(&op);
          if (result == GOC_ETOOLATE)
            result = GOC_PENDING;
          else if (result == GOC_OK)
            result = GOC_ECANCELED;
        }
        if (result == GOC_ECLOSED) return;
        if (result == GOC_ECANCELED) continue;
        ASSERT_EQ(result, GOC_OK);
        ++received;
        sum += op.value;
      }
    });
  senders.wait();
  EXPECT_EQ(goc_chan_close(chan), GOC_OK);
  for (std::thread& receiver : receivers) receiver.join();
  EXPECT_EQ(received, 2 * count);
  EXPECT_EQ(sum, count * (2 * count + 1));
}

}  // namespace
