// take_snapshots(): what has been copied of a goroutine fits together, whenever it begins to run meanwhile.
#include "diag/snapshot.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <functional>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {
thread_local const std::function<void()>* t_before_reading = nullptr;
}

// By which os::read_memory() reads: in the place of the C library's.
extern "C" ssize_t process_vm_readv(pid_t process, const iovec* to, unsigned long to_count,
                                    const iovec* from, unsigned long from_count,
                                    unsigned long flags) noexcept {
  if (t_before_reading != nullptr) (*t_before_reading)();
  return syscall(SYS_process_vm_readv, process, to, to_count, from, from_count, flags);
}

namespace goc_test {
namespace {

class SnapshotSteps : public Runtime {
 protected:
  void SetUp() override { start({}); }

  static goc::Snapshot only_one() {
    std::vector<goc::Snapshot> all;
    EXPECT_TRUE(goc::take_snapshots(nullptr, all));
    return all.size() == 1 ? all.front() : goc::Snapshot{};
  }

  // Of a goroutine that waits, until the reader is about to read for the so manyeth time.
  goc::State state_if_it_runs_from(int time) {
    const Chan begin(0, 0);
    goc::Atom<bool> runs{false}, stop{false};
    Group group;
    group.go([&] {
      EXPECT_EQ(goc_chan_recv(begin, nullptr, GOC_FOREVER), GOC_OK);
      runs = true;
      while (!stop) goc::cpu_relax();
    });
    eventually([] { return only_one().state == goc::State::kWaiting; });
    const auto let_it_run = [&] {
      std::thread([&] { EXPECT_EQ(goc_chan_send(begin, nullptr, soon()), GOC_OK); }).join();
      while (!runs) std::this_thread::yield();
    };
    times_ = 0;
    const std::function<void()> look = [&] {
      if (++times_ == time) let_it_run();
    };
    t_before_reading = &look;
    const goc::Snapshot seen = only_one();
    t_before_reading = nullptr;
    if (!runs) let_it_run();
    stop = true;
    group.wait();
    return seen.state;
  }

  int times_ = 0;
};

// N3: it was waiting at N1. From N2 on it is not, and what is copied is no stack at rest.
TEST_F(SnapshotSteps, WhoBeginsToRunMeanwhileWaitsOrRuns) {
  for (int time = 1; times_ >= time - 1; ++time) {
    const goc::State state = state_if_it_runs_from(time);
    EXPECT_TRUE(state == goc::State::kWaiting || state == goc::State::kRunning)
        << "at " << time << ": " << static_cast<int>(state);
  }
}

}  // namespace
}  // namespace goc_test
