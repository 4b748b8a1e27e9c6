// RWMutex: sharing and exclusion, who goes first, deadlines, misuse, life.
#include <atomic>
#include <thread>
#include <vector>

#include "chan_tools.h"
#include "lock_fixtures.h"
#include "waiters.h"

namespace {

using goc_test::blocked_readers;
using goc_test::blocked_writers;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::on_both;
using goc_test::soon;

class RWMutex : public goc_test::WithRWMutex {
 protected:
  int lock(int64_t deadline = soon()) { return goc_rwmutex_lock(rw_, deadline); }
  int unlock() { return goc_rwmutex_unlock(rw_); }
  int rlock(int64_t deadline = soon()) { return goc_rwmutex_rlock(rw_, deadline); }
  int runlock() { return goc_rwmutex_runlock(rw_); }

  // Starts one that locks and then stands in `held` until it is told to go; waits until it is blocked.
  void start_reader(Group& group) {
    const int before = blocked_readers(rw_);
    group.go([this] {
      EXPECT_EQ(rlock(), GOC_OK);
      stand(reading_);
      EXPECT_EQ(runlock(), GOC_OK);
    });
    eventually([&] { return blocked_readers(rw_) == before + 1; });
  }
  void start_writer(Group& group) {
    const int before = blocked_writers(rw_);
    group.go([this] {
      EXPECT_EQ(lock(), GOC_OK);
      stand(writing_);
      EXPECT_EQ(unlock(), GOC_OK);
    });
    eventually([&] { return blocked_writers(rw_) == before + 1; });
  }
  void stand(std::atomic<int>& held) {
    ++held;
    goc_chan_recv(go_on_, nullptr, soon());
    --held;
  }
  void let_go(int n) {
    for (int i = 0; i < n; ++i) ASSERT_EQ(goc_chan_send(go_on_, nullptr, soon()), GOC_OK);
  }

  std::atomic<int> reading_{0};
  std::atomic<int> writing_{0};
  goc_test::Chan go_on_{0, 0};
};
GOC_FOR_ALL_PROCS(RWMutex);

TEST_P(RWMutex, ReadersShareIt) {
  on_both([this] {
    EXPECT_EQ(rlock(), GOC_OK);
    EXPECT_EQ(rlock(GOC_NOW), GOC_OK);
    EXPECT_EQ(lock(GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(runlock(), GOC_OK);
    EXPECT_EQ(lock(GOC_NOW), GOC_EAGAIN) << "one is left";
    EXPECT_EQ(runlock(), GOC_OK);
  });
}

TEST_P(RWMutex, AWriterIsAlone) {
  on_both([this] {
    EXPECT_EQ(lock(), GOC_OK);
    EXPECT_EQ(lock(GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(rlock(GOC_NOW), GOC_EAGAIN);
    EXPECT_EQ(unlock(), GOC_OK);
    EXPECT_EQ(rlock(GOC_NOW), GOC_OK);
    EXPECT_EQ(runlock(), GOC_OK);
  });
}

TEST_P(RWMutex, UnlockOfWhatIsNotLockedIsRefused) {
  EXPECT_EQ(unlock(), GOC_EPERM);
  EXPECT_EQ(runlock(), GOC_EPERM);
  rlock();
  EXPECT_EQ(unlock(), GOC_EPERM);
  EXPECT_EQ(runlock(), GOC_OK);
  EXPECT_EQ(runlock(), GOC_EPERM);
  lock();
  EXPECT_EQ(runlock(), GOC_EPERM);
  EXPECT_EQ(unlock(), GOC_OK);
  EXPECT_EQ(unlock(), GOC_EPERM);
}

TEST_P(RWMutex, UnlockOfWhatIsNotLockedIsRefusedWithWaitersToo) {
  Group group;
  rlock();
  start_writer(group);
  EXPECT_EQ(unlock(), GOC_EPERM);
  EXPECT_EQ(runlock(), GOC_OK);
  eventually([this] { return writing_ == 1; });
  start_reader(group);
  EXPECT_EQ(runlock(), GOC_EPERM);
  let_go(2);
  group.wait();
}

TEST_P(RWMutex, AWaitingWriterStopsNewReaders) {
  Group group;
  rlock();
  start_writer(group);
  EXPECT_EQ(rlock(GOC_NOW), GOC_EAGAIN);
  start_reader(group);
  EXPECT_EQ(runlock(), GOC_OK);
  eventually([this] { return writing_ == 1; });
  EXPECT_EQ(blocked_readers(rw_), 1) << "the writer came first";
  let_go(1);
  eventually([this] { return reading_ == 1; });
  let_go(1);
  group.wait();
}

TEST_P(RWMutex, AWriterLetsAllWaitingReadersGoBeforeTheNextWriter) {
  Group group;
  lock();
  start_writer(group);
  for (int i = 0; i < 3; ++i) start_reader(group);
  EXPECT_EQ(unlock(), GOC_OK);
  eventually([this] { return reading_ == 3; });
  EXPECT_EQ(writing_, 0);
  let_go(3);
  eventually([this] { return writing_ == 1; });
  let_go(1);
  group.wait();
}

TEST_P(RWMutex, TheLastReaderLetsOneWriterGo) {
  Group group;
  rlock();
  rlock();
  start_writer(group);
  start_writer(group);
  EXPECT_EQ(runlock(), GOC_OK);
  EXPECT_EQ(blocked_writers(rw_), 2);
  EXPECT_EQ(runlock(), GOC_OK);
  eventually([this] { return writing_ == 1; });
  EXPECT_EQ(blocked_writers(rw_), 1);
  let_go(2);
  group.wait();
}

TEST_P(RWMutex, LockGivesUpAtItsDeadline) {
  lock();
  on_both([this] {
    EXPECT_EQ(lock(goc_deadline(0)), GOC_ETIMEDOUT);
    EXPECT_EQ(rlock(goc_deadline(0)), GOC_ETIMEDOUT);
    EXPECT_EQ(lock(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
    EXPECT_EQ(rlock(goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  });
  EXPECT_EQ(unlock(), GOC_OK);
  EXPECT_EQ(lock(goc_deadline(-1)), GOC_OK) << "a deadline in the past tries once";
  EXPECT_EQ(unlock(), GOC_OK);
}

// Readers wait because of a writer: when it gives up, nothing would ever wake them.
TEST_P(RWMutex, ReadersGoOnWhenTheWriterThatStoppedThemGivesUp) {
  Group group;
  rlock();
  std::atomic<bool> given_up{false};
  group.go([&] {
    EXPECT_EQ(lock(goc_deadline(50 * GOC_MILLISECOND)), GOC_ETIMEDOUT);
    given_up = true;
  });
  eventually([&] { return blocked_writers(rw_) == 1 || given_up; });
  group.go([this] {
    EXPECT_EQ(rlock(), GOC_OK);
    EXPECT_EQ(runlock(), GOC_OK);
  });
  group.wait();
  EXPECT_EQ(runlock(), GOC_OK);
  EXPECT_EQ(lock(GOC_NOW), GOC_OK);
  EXPECT_EQ(unlock(), GOC_OK);
}

TEST_P(RWMutex, PlainThreadsWaitWithGoroutines) {
  lock();
  std::thread reader([this] {
    EXPECT_EQ(rlock(), GOC_OK);
    EXPECT_EQ(runlock(), GOC_OK);
  });
  std::thread writer([this] {
    EXPECT_EQ(lock(), GOC_OK);
    EXPECT_EQ(unlock(), GOC_OK);
  });
  eventually([this] { return blocked_readers(rw_) == 1 && blocked_writers(rw_) == 1; });
  goc_test::run([this] { EXPECT_EQ(unlock(), GOC_OK); });
  reader.join();
  writer.join();
}

TEST_P(RWMutex, WaitersKeepItAfterTheLastReference) {
  Group group;
  lock();
  const int64_t before = goc::RWMutex::live_count();
  group.go([rw = rw_] {
    EXPECT_EQ(goc_rwmutex_rlock(rw, goc_deadline(GOC_MILLISECOND)), GOC_ETIMEDOUT);
  });
  eventually([this] { return blocked_readers(rw_) == 1 || goc_num_goroutines() == 0; });
  goc_rwmutex_release(std::exchange(rw_, nullptr));
  group.wait();
  EXPECT_EQ(goc::RWMutex::live_count(), before - 1);
}

TEST_P(RWMutex, AnAbandonedWriterLetsItsReadersGo) {
  rlock();
  goc_test::go_for_ever([rw = rw_] { goc_rwmutex_lock(rw, GOC_FOREVER); });
  eventually([this] { return blocked_writers(rw_) == 1; });
  std::thread reader([this] {
    EXPECT_EQ(rlock(), GOC_OK);
    EXPECT_EQ(runlock(), GOC_OK);
  });
  eventually([this] { return blocked_readers(rw_) == 1; });
  eventually([] { return goc_shutdown(goc_now()) == 1; });  // as soon as nobody runs any more
  reader.join();
  EXPECT_EQ(runlock(), GOC_OK);
}

TEST_P(RWMutex, StressWritersAreAloneAndNobodyIsLost) {
  const int64_t rounds = effort(3000);
  int64_t shared = 0;  // plain memory: ThreadSanitizer would see a race
  std::atomic<int64_t> written{0};
  goc_test::Crew crew;
  for (int member = 0; member < 8; ++member)
    crew.start([&, member] {
      goc_test::Dice dice(static_cast<uint64_t>(member) + 1);
      for (int64_t i = 0; i < rounds; ++i) {
        const int64_t deadline =
            dice.one_in(4) ? goc_deadline(dice.below(20 * GOC_MICROSECOND)) : soon();
        if (dice.one_in(3)) {
          if (lock(deadline) != GOC_OK) continue;
          const int64_t before = shared;
          if (dice.one_in(8)) goc_yield();
          shared = before + 1;
          ++written;
          ASSERT_EQ(unlock(), GOC_OK);
        } else {
          if (rlock(deadline) != GOC_OK) continue;
          const int64_t before = shared;
          if (dice.one_in(8)) goc_yield();
          EXPECT_EQ(shared, before);
          ASSERT_EQ(runlock(), GOC_OK);
        }
      }
    });
  crew.wait();
  EXPECT_EQ(shared, written);
  EXPECT_EQ(lock(GOC_NOW), GOC_OK) << "nothing is held";
  EXPECT_EQ(unlock(), GOC_OK);
}

}  // namespace
