// watch(): see watch.h.
#include "diag/watch.h"

#include <goconc/time.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/fatal.h"
#include "diag/dump.h"
#include "sched/hooks.h"
#include "sched/runtime.h"

namespace goc {
namespace {

constexpr int64_t kLastWords = 5 * GOC_SECOND;

constinit Atom<uint32_t> g_wishes{0};
constinit Atom<uint32_t> g_done{0};
constinit Atom<bool> g_dying{false};

constinit int g_signal = 0;
constinit struct sigaction g_before {};

constinit int64_t g_trace_every = 0;  // of the monitor; nanoseconds
constinit int64_t g_trace_next = 0;
constinit int64_t g_trace_start = 0;

// The number that the whole text is, else 0.
int64_t number(const char* text) {
  const char* end = text + std::strlen(text);
  int64_t n = 0;
  const auto [at, error] = std::from_chars(text, end, n);
  return error == std::errc() && at == end ? n : 0;
}

int signal_named(const char* text) {
  if (const int64_t n = number(text)) return n > 0 && n <= SIGRTMAX ? static_cast<int>(n) : 0;
  if (std::strncmp(text, "SIG", 3) == 0) text += 3;
  for (int i = 1; i <= SIGRTMAX; ++i)
    if (const char* name = sigabbrev_np(i); name != nullptr && std::strcmp(name, text) == 0)
      return i;
  return 0;
}

// --- Dumps ------------------------------------------------------------------------------------------

// D1; async-signal-safe.
void wish() {
  g_wishes.fetch_add(1, std::memory_order_release);
  g_runtime.monitor.poke();
}

void tell_done() {
  g_done.store(1, std::memory_order_release);
  os::futex_wake(g_done, 1);
}

// D2.
void fulfil() {
  if (g_wishes.load(std::memory_order_relaxed) == 0) return;
  g_wishes.store(0, std::memory_order_relaxed);
  pthread_t thread;
  auto body = [](void*) -> void* {
    dump(STDERR_FILENO);  // D3
    tell_done();
    return nullptr;
  };
  if (os::start_thread(&thread, body, nullptr))
    pthread_detach(thread);
  else
    tell_done();
}

void on_signal(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  wish();
  errno = error;
  if ((g_before.sa_flags & SA_SIGINFO) != 0 && g_before.sa_sigaction != nullptr)
    g_before.sa_sigaction(signal, info, context);
  else if (g_before.sa_handler != SIG_DFL && g_before.sa_handler != SIG_IGN)
    g_before.sa_handler(signal);
}

void dump_before_death() {
  if (!g_runtime.started() || g_dying.exchange(true)) return;
  g_done.store(0, std::memory_order_relaxed);
  wish();
  const int64_t deadline = os::now() + kLastWords;
  while (g_done.load(std::memory_order_acquire) == 0)
    if (!os::futex_wait(g_done, 0, deadline)) return;
}

// --- The scheduler ------------------------------------------------------------------------------------

void trace(int64_t now) {
  if (g_trace_every == 0 || now < g_trace_next) return;
  g_trace_next = now + g_trace_every;
  const Census census = g_runtime.census();
  char line[1024];
  int size = std::snprintf(line, sizeof line / 2,
                           "goconc: scheduler after %lld ms: procs=%d idle=%d threads=%d asleep=%d "
                           "searching=%d stalled=%d "
                           "goroutines=%lld global=%lld local=[",
                           static_cast<long long>((now - g_trace_start) / GOC_MILLISECOND),
                           census.procs, census.idle_procs, census.threads, census.asleep,
                           census.searching, census.stalled, static_cast<long long>(census.alive()),
                           static_cast<long long>(census.in_global_queue));
  const auto rest = [&] { return sizeof line - static_cast<size_t>(size); };
  for (uint32_t i = 0; i < std::min(census.workers, Census::kShown); ++i)
    size += std::snprintf(line + size, rest(), "%s%lld", i != 0 ? " " : "",
                          static_cast<long long>(std::min<int64_t>(census.in_queue[i], 99999999)));
  size +=
      std::snprintf(line + size, rest(), "%s]\n", census.workers > Census::kShown ? " ..." : "");
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line, static_cast<size_t>(size));
}

// --- The environment ----------------------------------------------------------------------------------

void catch_signal() {
  const char* text = getenv("GOCONC_DUMP_SIGNAL");
  const int signal = text != nullptr ? signal_named(text) : 0;
  if (signal == 0 || g_signal != 0) return;
  struct sigaction action = {};
  action.sa_sigaction = &on_signal;
  action.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  sigaction(signal, nullptr, &g_before);  // before ours can be called
  if (sigaction(signal, &action, nullptr) == 0) g_signal = signal;
}

void on_start() {
  catch_signal();
  const char* every = getenv("GOCONC_SCHEDTRACE");
  g_trace_every =
      every != nullptr ? std::clamp<int64_t>(number(every), 0, 1'000'000'000) * GOC_MILLISECOND : 0;
  g_trace_start = os::now();
  g_trace_next = g_trace_start + g_trace_every;
}

void on_tick(int64_t now) {
  fulfil();
  trace(now);
}

void before_abandon() {
  const char* wanted = getenv("GOCONC_DUMP_LEAKS");
  if (wanted != nullptr && number(wanted) != 0) leaks(STDERR_FILENO);
}

}  // namespace

void watch() {
  g_hooks = {&on_start, &on_tick, &before_abandon, [] { dump(STDERR_FILENO); }};
  before_death.store(&dump_before_death, std::memory_order_relaxed);
}

void forget_dumps() {
  g_wishes.store(0, std::memory_order_relaxed);
  g_dying.store(false, std::memory_order_relaxed);
  forget_dump_in_progress();
}

}  // namespace goc
