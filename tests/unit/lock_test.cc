// base/lock.h: mutual exclusion, and no sleeper is forgotten.
#include "base/lock.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "base/os.h"
#include "fixture.h"

namespace {

using goc::Guard;
using goc::Lock;
using goc_test::effort;
using goc_test::eventually;

bool asleep(int thread) {
  std::string line;
  std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::getline(stat, line);
  const size_t after_name = line.rfind(')');
  return after_name != std::string::npos && line[after_name + 2] == 'S';
}

// A thread that takes the lock and says so.
class Contender {
 public:
  explicit Contender(Lock& lock)
      : thread_([this, &lock] {
          id_.store(static_cast<int>(syscall(SYS_gettid)));
          lock.lock();
          has_it_.store(true);
          eventually([this] { return leave_.load(); });
          lock.unlock();
        }) {}
  ~Contender() { leave(); }

  // A thread that nobody wakes is not joined: that ends the process rather than hang it.
  void leave() {
    leave_.store(true);
    if (has_it() && thread_.joinable()) thread_.join();
  }
  bool has_it() const { return has_it_.load(); }
  bool waits() const { return id_.load() != 0 && !has_it() && asleep(id_.load()); }

 private:
  goc::Atom<int> id_{0};
  goc::Atom<bool> has_it_{false};
  goc::Atom<bool> leave_{false};
  std::thread thread_;
};

TEST(Lock, TryLockTakesAFreeLockOnly) {
  Lock lock;
  EXPECT_TRUE(lock.try_lock());
  EXPECT_FALSE(lock.try_lock());
  lock.unlock();
  EXPECT_TRUE(lock.try_lock());
  lock.unlock();
}

TEST(Lock, AGuardHoldsItForAScope) {
  Lock lock;
  {
    const Guard guard(lock);
    EXPECT_FALSE(lock.try_lock());
  }
  EXPECT_TRUE(lock.try_lock());
}

TEST(Lock, AnotherThreadMayUnlock) {
  Lock lock;
  lock.lock();
  std::thread([&] { lock.unlock(); }).join();
  EXPECT_TRUE(lock.try_lock());
}

TEST(Lock, AWaiterSleepsAndIsWoken) {
  Lock lock;
  lock.lock();
  Contender contender(lock);
  eventually([&] { return contender.waits(); });
  EXPECT_FALSE(contender.has_it());
  lock.unlock();
  eventually([&] { return contender.has_it(); });
  EXPECT_FALSE(lock.try_lock());
  contender.leave();
  EXPECT_TRUE(lock.try_lock());
}

TEST(Lock, EverySleeperHasItsTurn) {
  Lock lock;
  lock.lock();
  Contender first(lock);
  Contender second(lock);
  Contender third(lock);
  Contender* all[] = {&first, &second, &third};
  for (Contender* contender : all) eventually([&] { return contender->waits(); });
  lock.unlock();
  for (int turn = 0; turn < 3; ++turn) {
    Contender* holder = nullptr;
    eventually([&] {
      for (Contender*& contender : all)
        if (contender != nullptr && contender->has_it()) holder = std::exchange(contender, nullptr);
      return holder != nullptr;
    });
    for (const Contender* other : all) EXPECT_FALSE(other != nullptr && other->has_it());
    holder->leave();
  }
  EXPECT_TRUE(lock.try_lock());
}

// --- Many threads -----------------------------------------------------------------------------------

void compete(int threads, int64_t rounds, void (*take)(Lock&)) {
  Lock lock;
  int64_t counter = 0;  // not atomic on purpose
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&] {
      for (int64_t round = 0; round < rounds; ++round) {
        take(lock);
        ++counter;
        lock.unlock();
      }
    });
  for (std::thread& thread : all) thread.join();
  EXPECT_EQ(counter, threads * rounds);
}

TEST(Lock, StressOneHolderAtATime) {
  compete(4, effort(300000), [](Lock& lock) { lock.lock(); });
}

TEST(Lock, StressTryLock) {
  compete(2, effort(1000000), [](Lock& lock) {
    for (int tries = 1; !lock.try_lock(); ++tries)
      tries % 200 == 0 ? std::this_thread::yield() : goc::cpu_relax();
  });
}

// The window of H1, H2 against S1 to S3: the waiter falls asleep while the holder leaves.
TEST(Lock, StressNobodySleepsThroughAnUnlock) {
  Lock lock;
  goc::Atom<int64_t> turns[2] = {0, 0};
  const int64_t rounds = effort(20000);
  auto body = [&](int me) {
    for (int64_t i = 0; i < rounds; ++i) {
      const Guard guard(lock);
      turns[me].store(i + 1, std::memory_order_relaxed);
      for (int pause = 0; pause < static_cast<int>(i % 1200); ++pause) goc::cpu_relax();
    }
  };
  std::thread one(body, 0);
  std::thread other(body, 1);
  eventually([&] { return turns[0].load() == rounds && turns[1].load() == rounds; });
  if (HasFatalFailure()) return;  // and end the process: they would not join
  one.join();
  other.join();
}

}  // namespace
