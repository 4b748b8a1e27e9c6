// base/owner_lock.h: the owner and its visitors exclude each other.
#include "base/owner_lock.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "counter.h"
#include "fixture.h"

namespace {

using goc_test::Counter;
using goc_test::effort;

TEST(OwnerLock, StressOwnerAndVisitorsExcludeEachOther) {
  goc::OwnerLock lock;
  Counter counter;
  goc::Atom<bool> stop{false};
  int64_t by_owner = 0;
  std::thread owner([&] {
    for (; !stop.load(std::memory_order_relaxed); ++by_owner) {
      lock.enter();
      counter.add();
      lock.leave();
    }
  });
  const auto visits = static_cast<int>(effort(20000));
  std::vector<std::thread> visitors;
  for (int t = 0; t < 2; ++t)
    visitors.emplace_back([&] {
      for (int i = 0; i < visits; ++i) {
        lock.visit();
        counter.add();
        lock.end_visit();
      }
    });
  for (std::thread& visitor : visitors) visitor.join();
  stop = true;
  owner.join();
  EXPECT_EQ(counter.value, by_owner + 2 * int64_t{visits});
}

}  // namespace
