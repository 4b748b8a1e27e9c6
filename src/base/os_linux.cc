// The door to Linux: see os.h.
#include <goconc/time.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "base/cgroup.h"
#include "base/os.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef PIDFD_SELF
#define PIDFD_SELF (-10000)
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

namespace goc::os {

constinit Atom<bool (*)(Call)> inject_failure{nullptr};

namespace {

bool must_fail(Call call) {
  auto* hook = inject_failure.load(std::memory_order_relaxed);
  return hook != nullptr && hook(call);
}

timespec to_timespec(int64_t ns) {
  return {static_cast<time_t>(ns / GOC_SECOND), static_cast<long>(ns % GOC_SECOND)};
}

int64_t to_ns(const timespec& t) { return t.tv_sec * GOC_SECOND + t.tv_nsec; }

long futex(Atom<uint32_t>& word, int op, uint32_t value, const timespec* timeout) {
  return syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), op | FUTEX_PRIVATE_FLAG, value,
                 timeout, nullptr, FUTEX_BITSET_MATCH_ANY);
}

// How many page-protection guards may still be made: each splits a mapping in two, and half of
// vm.max_map_count is left to the rest of the program.
int64_t initial_guard_budget() {
  long limit = 65530;
  if (FILE* file = fopen("/proc/sys/vm/max_map_count", "re")) {
    if (fscanf(file, "%ld", &limit) != 1) limit = 65530;
    fclose(file);
  }
  return limit / 4;
}

Atom<int64_t>& guard_budget() {
  constexpr int64_t kUnknown = INT64_MIN;
  static constinit Atom<int64_t> budget{kUnknown};
  int64_t unknown = kUnknown;
  if (budget.load(std::memory_order_relaxed) == kUnknown)
    budget.compare_exchange_strong(unknown, initial_guard_budget());
  return budget;
}

// The same advice for several ranges: in one call where the system takes the calling process without a
// descriptor of it (Linux 6.14), else one after the other.
constexpr size_t kRangesAtOnce = 16;
constinit Atom<bool> g_advises_ranges{true};

bool advise_at_once(const iovec* ranges, size_t count, int advice) {
  if (!g_advises_ranges.load(std::memory_order_relaxed) || must_fail(Call::kRanges)) return false;
  long bytes = 0;
  for (size_t i = 0; i < count; ++i) bytes += static_cast<long>(ranges[i].iov_len);
  const long advised = syscall(SYS_process_madvise, PIDFD_SELF, ranges, count, advice, 0);
  const bool refused = advised < 0 && (errno == ENOSYS || errno == EBADF || errno == EPERM);
  if (refused) g_advises_ranges.store(false, std::memory_order_relaxed);
  return advised == bytes;
}

bool advise(const iovec* ranges, size_t count, int advice) {
  if (advise_at_once(ranges, count, advice)) return true;
  return std::all_of(ranges, ranges + count, [=](const iovec& range) {
    return madvise(range.iov_base, range.iov_len, advice) == 0;
  });
}

template <class Range>
bool advise_all(size_t count, int advice, Range range) {
  iovec ranges[kRangesAtOnce];
  for (size_t done = 0; done < count;) {
    const size_t together = std::min(kRangesAtOnce, count - done);
    for (size_t i = 0; i < together; ++i) ranges[i] = range(done + i);
    if (!advise(ranges, together, advice)) return false;
    done += together;
  }
  return true;
}

bool mark_guards(char* first, size_t bytes, size_t stride, size_t count) {
  return advise_all(count, MADV_GUARD_INSTALL, [=](size_t i) {
    return iovec{first + i * stride, bytes};
  });
}

}  // namespace

void* map(size_t bytes) {
  if (must_fail(Call::kMap)) return nullptr;
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return at == MAP_FAILED ? nullptr : at;
}

void unmap(void* at, size_t bytes) { munmap(at, bytes); }
void populate(void* at, size_t bytes) { madvise(at, bytes, MADV_POPULATE_WRITE); }
void populate_pages(void* const* pages, size_t count) {
  advise_all(count, MADV_POPULATE_WRITE, [=](size_t i) { return iovec{pages[i], kPage}; });
}
void no_huge_pages(void* at, size_t bytes) { madvise(at, bytes, MADV_NOHUGEPAGE); }
void want_huge_pages(void* at, size_t bytes) { madvise(at, bytes, MADV_HUGEPAGE); }
void give_back(void* at, size_t bytes) { madvise(at, bytes, MADV_DONTNEED); }

GuardKind guard(void* first, size_t bytes, size_t stride, size_t count) {
  char* at = static_cast<char*>(first);
  if (!must_fail(Call::kGuard) && mark_guards(at, bytes, stride, count)) return GuardKind::kMarker;
  const auto wanted = static_cast<int64_t>(count);
  if (must_fail(Call::kGuard)) return GuardKind::kNone;
  if (guard_budget().fetch_sub(wanted) < wanted) {
    forget_guards(count);
    return GuardKind::kNone;
  }
  for (size_t i = 0; i < count; ++i)
    if (mprotect(at + i * stride, bytes, PROT_NONE) != 0) return GuardKind::kNone;
  return GuardKind::kProtect;
}

void forget_guards(size_t count) { guard_budget().fetch_add(static_cast<int64_t>(count)); }

bool read_memory(const void* from, void* to, size_t bytes) {
  const iovec source{const_cast<void*>(from), bytes};
  const iovec target{to, bytes};
  return process_vm_readv(getpid(), &target, 1, &source, 1, 0) == static_cast<ssize_t>(bytes);
}

void* allocate(size_t bytes) {
  const bool refused = must_fail(Call::kAllocate) || bytes > PTRDIFF_MAX;
  return refused ? nullptr : malloc(bytes);
}
void release(void* at) { free(at); }

bool futex_wait(Atom<uint32_t>& word, uint32_t expected, int64_t deadline) {
  const timespec at = to_timespec(std::max<int64_t>(deadline, 0));
  const long result =
      futex(word, FUTEX_WAIT_BITSET, expected, deadline == INT64_MAX ? nullptr : &at);
  return !(result != 0 && errno == ETIMEDOUT);
}

void futex_wake(Atom<uint32_t>& word, int count) {
  futex(word, FUTEX_WAKE, static_cast<uint32_t>(count), nullptr);
}

namespace {
bool membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }
}  // namespace

// The first time the process must register.
bool heavy_barrier() {
  return membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) ||
         (membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) &&
          membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED));
}

bool descriptor_refused() { return must_fail(Call::kDescriptor); }
uint64_t thread_id() { return static_cast<uint64_t>(syscall(SYS_gettid)); }

int event_open() { return descriptor_refused() ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
void event_set(int fd) { eventfd_write(fd, 1); }
void event_reset(int fd) {
  eventfd_t count;
  eventfd_read(fd, &count);
}
void event_close(int fd) { close(fd); }

int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return to_ns(t);
}

int64_t thread_cpu_time(pthread_t thread) {
  clockid_t clock;
  timespec t;
  if (must_fail(Call::kClock)) return 0;
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
  return to_ns(t);
}

void sleep_until(int64_t deadline) {
  const timespec at = to_timespec(std::max<int64_t>(deadline, 0));
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
}

void yield() { sched_yield(); }

namespace {

sigset_t g_host_signals;

// What threads of ours block: all that can be, but for what a thread does to itself.
sigset_t asynchronous_signals() {
  sigset_t set;
  sigfillset(&set);
  for (int other : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS, SIGKILL, SIGSTOP})
    sigdelset(&set, other);
  return set;
}

bool same_signals(const sigset_t& a, const sigset_t& b) {
  for (int signal = 1; signal <= SIGRTMAX; ++signal) {
    const bool of_libc = signal >= __SIGRTMIN && signal < SIGRTMIN;
    if (!of_libc && sigismember(&a, signal) != sigismember(&b, signal)) return false;
  }
  return true;
}

}  // namespace

void remember_signal_mask() { pthread_sigmask(SIG_SETMASK, nullptr, &g_host_signals); }

void restore_signal_mask() {
  sigset_t now;
  pthread_sigmask(SIG_SETMASK, nullptr, &now);
  if (same_signals(now, asynchronous_signals()))
    pthread_sigmask(SIG_SETMASK, &g_host_signals, nullptr);
}

bool start_thread(pthread_t* thread, void* (*body)(void*), void* arg) {
  if (must_fail(Call::kThread)) return false;
  const sigset_t ours = asynchronous_signals();
  sigset_t before;
  pthread_sigmask(SIG_SETMASK, &ours, &before);
  const int result = pthread_create(thread, nullptr, body, arg);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return result == 0;
}

void precise_timers() { prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); }

int processors() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int affinity = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : INT_MAX;
  const auto online = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  const int quota = cgroup_processors("/proc/self/cgroup", "/sys/fs/cgroup");
  return std::max(1, std::min({affinity, quota, online}));
}

bool parallel() {
  enum : int { kUnknown, kNo, kYes };
  static constinit Atom<int> cached{kUnknown};
  int known = cached.load(std::memory_order_relaxed);
  if (known == kUnknown) {
    known = processors() > 1 ? kYes : kNo;
    cached.store(known, std::memory_order_relaxed);
  }
  return known == kYes;
}

// A folder has a link from each folder in it, and two of its own.
int threads() {
  struct stat tasks;
  const bool refused = must_fail(Call::kThreadCount) || stat("/proc/self/task", &tasks) != 0;
  return refused ? 0 : static_cast<int>(tasks.st_nlink) - 2;
}

void end_process(int status) { _exit(status); }

}  // namespace goc::os
