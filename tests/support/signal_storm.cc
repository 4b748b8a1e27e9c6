// SignalStorm: see signal_storm.h.
#include "signal_storm.h"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "base/os.h"
#include "base/rand.h"

namespace goc_test {
namespace {

constexpr int64_t kPeriod = 1000000;

goc::Atom<int64_t> g_handled{0};

std::vector<pid_t> threads() {
  std::vector<pid_t> ids;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks))
    if (entry->d_name[0] != '.') ids.push_back(static_cast<pid_t>(std::atoi(entry->d_name)));
  closedir(tasks);
  return ids;
}

}  // namespace

SignalStorm::SignalStorm() {
  struct sigaction action = {};
  action.sa_handler = [](int) { g_handled.fetch_add(1, std::memory_order_relaxed); };
  sigaction(SIGUSR1, &action, nullptr);
  thread_ = std::thread([this] { rage(); });
  const int64_t before = handled();
  while (handled() == before) goc::os::yield();
}

SignalStorm::~SignalStorm() {
  stop_ = true;
  thread_.join();
}

int64_t SignalStorm::handled() const { return g_handled.load(std::memory_order_relaxed); }

// A thread may have ended since it was listed: then the signal is nobody's.
void SignalStorm::rage() {
  sigset_t mine;
  sigemptyset(&mine);
  sigaddset(&mine, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &mine, nullptr);
  goc::Rand rand(1);
  int64_t next = goc::os::now();
  for (bool at_process = true; !stop_; at_process = !at_process) {
    if (at_process) {
      kill(getpid(), SIGUSR1);
    } else {
      const std::vector<pid_t> all = threads();
      syscall(SYS_tgkill, getpid(), all[rand.below(static_cast<uint32_t>(all.size()))], SIGUSR1);
    }
    goc::os::sleep_until(next += kPeriod);
  }
}

}  // namespace goc_test
