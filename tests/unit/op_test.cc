// Operations: done at once, by a peer of the same port, by others; canceled; each exactly once.
#include "port/op.h"

#include <thread>
#include <vector>

#include "failing_calls.h"
#include "fixture.h"
#include "ops.h"
#include "port/port.h"

namespace {

using goc_test::Chan;
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

// Starts a timer after `wait`, or later where this thread is too slow to see it pending.
int64_t start_timer(Operation& op, goc_port* port, int64_t wait) {
  for (;; wait *= 2) {
    const int64_t deadline = goc_deadline(wait);
    const int result = goc_timer_op(deadline, &op, port);
    if (result == GOC_PENDING) return deadline;
    EXPECT_EQ(result, GOC_OK);
  }
}

TEST_P(Ops, ATimerCompletesAtItsDeadline) {
  Operation op(71);
  EXPECT_EQ(goc_timer_op(goc_now() - 1, &op, port_), GOC_OK);
  const int64_t deadline = start_timer(op, port_, GOC_MILLISECOND);
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
  int64_t token = 0;
  int64_t wait = GOC_MILLISECOND;
  for (;; wait *= 2) {
    start_timer(op, port_, wait);
    if (goc_op_cancel(&op) == GOC_OK) break;
    EXPECT_EQ(goc_port_wait(port_, &token, 1, soon()), 1) << "it was faster";
  }
  ASSERT_EQ(op.receive(chan, port_), GOC_PENDING);
  start_timer(later, port_, 2 * wait);
  EXPECT_EQ(goc_port_wait(port_, &token, 1, soon()), 1);
  EXPECT_EQ(token, 73);
  EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
  EXPECT_EQ(port_.poll(), Tokens());
}

TEST_P(Ops, ATimerThatAShutdownHasForgottenCanBeCanceled) {
  Operation op(74);
  ASSERT_EQ(goc_timer_op(soon(), &op, port_), GOC_PENDING);
  EXPECT_EQ(goc_shutdown(soon()), 0);
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

}  // namespace
