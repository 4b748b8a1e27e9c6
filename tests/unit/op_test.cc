// Operations: done at once, by a peer of the same port, by others; canceled; each exactly once.
#include "port/op.h"

#include <random>
#include <thread>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"
#include "ops.h"
#include "port/port.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::FailingCalls;
using goc_test::Group;
using goc_test::Operation;
using goc_test::PortHandle;
using goc_test::soon;
using Tokens = std::vector<int64_t>;

class Ops : public goc_test::Procs {
 protected:
  PortHandle port_;
  PortHandle other_;
};
GOC_FOR_ALL_PROCS(Ops);

goc_case receives(goc_chan* chan) { return {chan, GOC_RECV, 0, nullptr}; }
goc_case sends(goc_chan* chan) { return {chan, GOC_SEND, 0, nullptr}; }

int64_t next(goc_chan* chan) {
  int64_t word = -1;
  EXPECT_EQ(goc_chan_recv(chan, &word, soon()), GOC_OK);
  return word;
}

// --- Done at once -----------------------------------------------------------------------------------

TEST_P(Ops, WhatNeedsNobodyIsDoneAtOnce) {
  Chan chan(8, 1);
  Operation op;
  EXPECT_EQ(op.send(chan, 42, port_), GOC_OK);
  EXPECT_EQ(op.receive(chan, port_), GOC_OK);
  EXPECT_EQ(op.value, 42);
  EXPECT_EQ(op.status, GOC_OK);
  EXPECT_EQ(op.woken, 0);
  EXPECT_EQ(port_.poll(), Tokens());
}

TEST_P(Ops, OnAClosedChannelTheyEndAtOnce) {
  Chan chan(8, 1);
  Operation op;
  EXPECT_EQ(op.send(chan, 1), GOC_OK);
  EXPECT_EQ(goc_chan_close(chan), GOC_OK);
  EXPECT_EQ(op.send(chan, 2), GOC_ECLOSED);
  EXPECT_EQ(op.receive(chan), GOC_OK);
  EXPECT_EQ(op.value, 1);
  EXPECT_EQ(op.receive(chan), GOC_ECLOSED);
  EXPECT_EQ(op.value, 0);
  EXPECT_EQ(op.status, GOC_ECLOSED);
}

TEST_P(Ops, BadInputGivesCodesAndStartsNothing) {
  Chan chan(8, 0);
  Chan bytes(1, 1);
  Operation op;
  Operation nameless(0);
  EXPECT_EQ(goc_op_size(), sizeof(goc_op));
  EXPECT_EQ(goc_chan_send_op(nullptr, &op, port_), GOC_EINVAL);
  EXPECT_EQ(goc_chan_recv_op(chan, nullptr, port_), GOC_EINVAL);
  EXPECT_EQ(op.send(bytes, 1), GOC_EINVAL);
  EXPECT_EQ(op.receive(bytes), GOC_EINVAL);
  EXPECT_EQ(nameless.receive(chan, port_), GOC_EINVAL);
  EXPECT_EQ(op.receive(reinterpret_cast<goc_chan*>(static_cast<goc_port*>(port_))), GOC_EBADHANDLE);
  EXPECT_EQ(op.receive(chan, reinterpret_cast<goc_port*>(static_cast<goc_chan*>(chan))),
            GOC_EBADHANDLE);
  EXPECT_EQ(goc_select_op(nullptr, 1, &op, port_, 0), GOC_EINVAL);
  EXPECT_EQ(op.select({receives(chan)}, port_, 2), GOC_EINVAL);
  EXPECT_EQ(op.select({{chan, 3, 0, nullptr}}, port_), GOC_EINVAL);
  EXPECT_EQ(op.select({receives(bytes)}, port_), GOC_EINVAL);
  EXPECT_EQ(goc_wg_wait_op(nullptr, &op, port_), GOC_EINVAL);
  EXPECT_EQ(goc_timer_op(GOC_FOREVER, &op, port_), GOC_EINVAL);
  EXPECT_EQ(goc_op_wait(nullptr, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_op_cancel(nullptr), GOC_EINVAL);
  goc_op_interrupt(nullptr);
  EXPECT_EQ(goc_chan_send(chan, &op.value, GOC_NOW), GOC_EAGAIN) << "nobody waits";
}

// --- Handing tokens back ----------------------------------------------------------------------------

TEST_P(Ops, APeerOfTheSamePortGetsTheTokenInWoken) {
  Chan chan(8, 0);
  Operation receiver(11);
  Operation sender(12);
  ASSERT_EQ(receiver.receive(chan, port_), GOC_PENDING);
  EXPECT_EQ(sender.send(chan, 5, port_), GOC_OK);
  EXPECT_EQ(sender.woken, 11);
  EXPECT_EQ(receiver.value, 5);
  EXPECT_EQ(receiver.status, GOC_OK);
  ASSERT_EQ(sender.send(chan, 6, port_), GOC_PENDING);
  EXPECT_EQ(receiver.receive(chan, port_), GOC_OK);
  EXPECT_EQ(receiver.woken, 12);
  EXPECT_EQ(receiver.value, 6);
  EXPECT_EQ(port_.poll(), Tokens()) << "a token comes once";
}

TEST_P(Ops, APeerOfAnotherPortGetsItAsAnEvent) {
  Chan chan(8, 0);
  Operation receiver(11);
  Operation sender(12);
  ASSERT_EQ(receiver.receive(chan, port_), GOC_PENDING);
  EXPECT_EQ(sender.send(chan, 5, other_), GOC_OK);
  EXPECT_EQ(sender.woken, 0);
  EXPECT_EQ(port_.poll(), Tokens{11});
  EXPECT_EQ(other_.poll(), Tokens());
  EXPECT_EQ(receiver.value, 5);
}

TEST_P(Ops, ABlockingCallCompletesThemToo) {
  Chan chan(8, 0);
  Operation receiver(11);
  Operation sender(12);
  int64_t word = 7;
  ASSERT_EQ(receiver.receive(chan, port_), GOC_PENDING);
  EXPECT_EQ(goc_chan_send(chan, &word, GOC_NOW), GOC_OK);
  ASSERT_EQ(sender.send(chan, 8, port_), GOC_PENDING);
  EXPECT_EQ(next(chan), 8);
  EXPECT_EQ(port_.poll(), (Tokens{11, 12}));
  EXPECT_EQ(receiver.value, 7);
}

TEST_P(Ops, CloseCompletesAllThatWait) {
  Chan chan(8, 0);
  std::vector<Operation> receivers;
  for (int64_t token = 1; token <= 3; ++token) receivers.emplace_back(token);
  for (Operation& op : receivers) ASSERT_EQ(op.receive(chan, port_), GOC_PENDING);
  EXPECT_EQ(goc_chan_close(chan), GOC_OK);
  EXPECT_EQ(port_.poll(), (Tokens{1, 2, 3}));
  for (const Operation& op : receivers) {
    EXPECT_EQ(op.status, GOC_ECLOSED);
    EXPECT_EQ(op.value, 0);
  }
}

TEST_P(Ops, OfAClosedChannelABlockedSendKeepsItsValue) {
  Chan chan(8, 0);
  Operation op(3);
  ASSERT_EQ(op.send(chan, 77, port_), GOC_PENDING);
  EXPECT_EQ(goc_chan_close(chan), GOC_OK);
  EXPECT_EQ(port_.poll(), Tokens{3});
  EXPECT_EQ(op.status, GOC_ECLOSED);
  EXPECT_EQ(op.value, 77);
}

TEST_P(Ops, AChannelLivesAsLongAsOperationsWaitInIt) {
  Operation op;
  {
    Chan chan(8, 0);
    ASSERT_EQ(op.receive(chan, port_), GOC_PENDING);
  }
  EXPECT_EQ(goc::Channel::live_count(), 1);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  EXPECT_EQ(goc::Channel::live_count(), 0);
}

// --- Select, WaitGroup, timer -----------------------------------------------------------------------

TEST_P(Ops, ASelectFiresOneCase) {
  Chan a(8, 0);
  Chan b(8, 0);
  Operation op(21);
  ASSERT_EQ(op.select({receives(nullptr), receives(a), sends(b)}, port_), GOC_PENDING);
  int64_t word = 4;
  EXPECT_EQ(goc_chan_send(a, &word, GOC_NOW), GOC_OK);
  EXPECT_EQ(port_.poll(), Tokens{21});
  EXPECT_EQ(op.index, 1);
  EXPECT_EQ(op.status, GOC_OK);
  EXPECT_EQ(op.value, 4);
  EXPECT_EQ(goc_chan_recv(b, &word, GOC_NOW), GOC_EAGAIN) << "the other case waits no more";
}

TEST_P(Ops, ASelectThatIsReadyFiresAtOnceAndReportsItsPeer) {
  Chan a(8, 0);
  Chan b(8, 1);
  Operation sender(31);
  Operation op(32);
  ASSERT_EQ(sender.send(a, 9, port_), GOC_PENDING);
  EXPECT_EQ(op.select({receives(a), receives(b)}, port_), GOC_OK);
  EXPECT_EQ(op.index, 0);
  EXPECT_EQ(op.value, 9);
  EXPECT_EQ(op.woken, 31);
  EXPECT_EQ(op.select({receives(a), receives(b)}, port_, GOC_OP_NOW), GOC_EAGAIN);
  EXPECT_EQ(goc_chan_close(b), GOC_OK);
  EXPECT_EQ(op.select({receives(a), receives(b)}, port_, GOC_OP_NOW), GOC_OK);
  EXPECT_EQ(op.index, 1);
  EXPECT_EQ(op.status, GOC_ECLOSED);
}

TEST_P(Ops, WithoutMemoryASelectIsNotStarted) {
  Chan a(8, 0);
  Chan b(8, 0);
  Operation op;
  int64_t word = 1;
  {
    FailingCalls none(goc::os::Call::kAllocate);
    EXPECT_EQ(op.select({receives(a), receives(b)}, port_), GOC_ENOMEM);
  }
  EXPECT_EQ(goc_chan_send(a, &word, GOC_NOW), GOC_EAGAIN);
}

TEST_P(Ops, SelectsMeetEachOther) {
  Chan a(8, 0);
  Chan b(8, 0);
  Operation first(41);
  Operation second(42);
  second.value = 13;
  ASSERT_EQ(first.select({receives(a), receives(b)}, port_), GOC_PENDING);
  EXPECT_EQ(second.select({sends(b), sends(a)}, port_), GOC_OK);
  EXPECT_EQ(second.woken, 41);
  EXPECT_EQ(first.value, 13);
  EXPECT_EQ(first.index, 1 - second.index);
}

TEST_P(Ops, ASelectOfManyCasesAndOfNone) {
  std::vector<goc_case> cases;
  Chan many(8, 0);
  for (int i = 0; i < 500; ++i) {
    cases.push_back(receives(many));
    cases.push_back(receives(nullptr));
  }
  Operation op(51);
  ASSERT_EQ(op.select(cases, port_), GOC_PENDING);
  int64_t word = 3;
  EXPECT_EQ(goc_chan_send(many, &word, GOC_NOW), GOC_OK);
  EXPECT_EQ(port_.poll(), Tokens{51});
  EXPECT_EQ(op.index % 2, 0);
  ASSERT_EQ(op.select(cases, port_), GOC_PENDING);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  for (const std::vector<goc_case>& nothing : {std::vector<goc_case>{}, {receives(nullptr)}}) {
    ASSERT_EQ(op.select(nothing, port_), GOC_PENDING);
    EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  }
  EXPECT_EQ(port_.poll(), Tokens());
}

TEST_P(Ops, AWaitGroupAtZeroCompletesItsWaiters) {
  goc_wg* wg = nullptr;
  ASSERT_EQ(goc_wg_new(&wg), GOC_OK);
  Operation op(61);
  EXPECT_EQ(goc_wg_wait_op(wg, &op, port_), GOC_OK);
  ASSERT_EQ(goc_wg_add(wg, 1), GOC_OK);
  ASSERT_EQ(goc_wg_wait_op(wg, &op, port_), GOC_PENDING);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  ASSERT_EQ(goc_wg_wait_op(wg, &op, port_), GOC_PENDING);
  EXPECT_EQ(goc_wg_done(wg), GOC_OK);
  EXPECT_EQ(port_.poll(), Tokens{61});
  EXPECT_EQ(op.status, GOC_OK);
  goc_wg_release(wg);
}

TEST_P(Ops, ATimerCompletesAtItsDeadline) {
  Operation op(71);
  EXPECT_EQ(goc_timer_op(goc_now() - 1, &op, port_), GOC_OK);
  const int64_t deadline = goc_deadline(GOC_MILLISECOND);
  ASSERT_EQ(goc_timer_op(deadline, &op, port_), GOC_PENDING);
  int64_t token = 0;
  EXPECT_EQ(goc_port_wait(port_, &token, 1, soon()), 1);
  EXPECT_EQ(token, 71);
  EXPECT_GE(goc_now(), deadline);
  ASSERT_EQ(goc_timer_op(soon(), &op, port_), GOC_PENDING);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
}

TEST_P(Ops, ACanceledTimerDoesNotTouchTheRecordAgain) {
  Chan chan(8, 0);
  Operation op(72);
  Operation later(73);
  const int64_t deadline = goc_deadline(GOC_MILLISECOND);
  ASSERT_EQ(goc_timer_op(deadline, &op, port_), GOC_PENDING);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  ASSERT_EQ(op.receive(chan, port_), GOC_PENDING);
  ASSERT_EQ(goc_timer_op(deadline + 1, &later, port_), GOC_PENDING);
  int64_t token = 0;
  EXPECT_EQ(goc_port_wait(port_, &token, 1, soon()), 1);
  EXPECT_EQ(token, 73);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  EXPECT_EQ(port_.poll(), Tokens());
}

// --- Canceling --------------------------------------------------------------------------------------

TEST_P(Ops, ACanceledOperationDoesNotHappen) {
  Chan chan(8, 0);
  Operation op(81);
  int64_t word = 1;
  ASSERT_EQ(op.receive(chan, port_), GOC_PENDING);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  EXPECT_EQ(goc_chan_send(chan, &word, GOC_NOW), GOC_EAGAIN);
  ASSERT_EQ(op.send(chan, 2, port_), GOC_PENDING);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  EXPECT_EQ(goc_chan_recv(chan, &word, GOC_NOW), GOC_EAGAIN);
  EXPECT_EQ(port_.poll(), Tokens());
}

TEST_P(Ops, WhatHasCompletedCannotBeCanceled) {
  Chan a(8, 0);
  Chan b(8, 0);
  Operation one(91);
  Operation two(92);
  int64_t word = 1;
  ASSERT_EQ(one.receive(a, port_), GOC_PENDING);
  ASSERT_EQ(two.select({receives(a), receives(b)}, port_), GOC_PENDING);
  EXPECT_EQ(goc_chan_send(a, &word, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_chan_send(b, &word, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_op_cancel(&one), GOC_ETOOLATE);
  EXPECT_EQ(goc_op_cancel(&two), GOC_ETOOLATE);
  EXPECT_EQ(port_.poll(), (Tokens{91, 92}));
}

// --- Threads that wait ------------------------------------------------------------------------------

TEST_P(Ops, AThreadWaitsForItsOperation) {
  Chan chan(8, 0);
  Operation op(0);  // needs no token
  ASSERT_EQ(op.receive(chan), GOC_PENDING);
  EXPECT_EQ(goc_op_wait(&op, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  Group sender;
  sender.go([&] {
    int64_t word = 6;
    EXPECT_EQ(goc_chan_send(chan, &word, soon()), GOC_OK);
  });
  EXPECT_EQ(goc_op_wait(&op, soon()), GOC_OK);
  EXPECT_EQ(goc_op_wait(&op, soon()), GOC_OK) << "the result stays";
  EXPECT_EQ(op.value, 6);
  sender.wait();
}

TEST_P(Ops, AnInterruptEndsOneWaitAndTheOperationStaysPending) {
  Chan chan(8, 0);
  Operation op(0);
  ASSERT_EQ(op.receive(chan), GOC_PENDING);
  goc_op_interrupt(&op);
  EXPECT_EQ(goc_op_wait(&op, soon()), GOC_EINTR);
  std::thread other([&] { goc_op_interrupt(&op); });
  EXPECT_EQ(goc_op_wait(&op, soon()), GOC_EINTR);
  other.join();
  EXPECT_EQ(goc_op_wait(&op, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
}

// --- Storms -----------------------------------------------------------------------------------------

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
TEST_P(Ops, StressWhateverIsCanceledNothingIsLostOrDoubled) {
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
  EXPECT_EQ(port_.poll(), Tokens());
  EXPECT_EQ(other_.poll(), Tokens());
}

// Waiting threads are interrupted and cancel; goroutines send to them.
TEST_P(Ops, StressThreadsThatAreInterruptedLoseNothing) {
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
