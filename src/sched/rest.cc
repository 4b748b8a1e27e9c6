// Rest: see rest.h.
#include "sched/rest.h"

#include <goconc/time.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "arch/sanitizer.h"
#include "base/fatal.h"
#include "sched/hooks.h"
#include "sched/runtime.h"

namespace goc {

constinit Outside g_outside;

namespace {

constexpr int64_t kFirstInterval = 50000000;  // 50 ms; doubled each time
constexpr int64_t kLastInterval = 256 * kFirstInterval;
constexpr int64_t kVirtualInterval = GOC_MILLISECOND;

#if defined(GOC_TSAN)
constexpr int kThreadsOfTools = 1;  // it uses nothing of ours
#else
constexpr int kThreadsOfTools = 0;
#endif

// GOCONC_DEADLOCK, as the first caller found it.
OnDeadlock default_on_deadlock() {
  static constinit Atom<OnDeadlock> cached{OnDeadlock::kByDefault};
  OnDeadlock known = cached.load(std::memory_order_relaxed);
  if (known != OnDeadlock::kByDefault) return known;
  const char* text = std::getenv("GOCONC_DEADLOCK");
  const std::string_view wanted(text != nullptr ? text : "fatal");
  known = wanted == "off"      ? OnDeadlock::kOff
          : wanted == "report" ? OnDeadlock::kReport
                               : OnDeadlock::kFatal;
  const bool first = cached.exchange(known, std::memory_order_relaxed) == OnDeadlock::kByDefault;
  if (first && known == OnDeadlock::kFatal && wanted != "fatal")
    report({"GOCONC_DEADLOCK is neither fatal, report nor off: ", wanted});
  return known;
}

}  // namespace

// --- Naps -----------------------------------------------------------------------------------------

// Lives on the stack of the thread that naps.
struct Rest::Nap {
  Nap(Rest& r, Atom<uint32_t>& w, uint32_t e, int64_t d, Hope h)
      : rest(r), word(w), expected(e), deadline(d), hope(h), worker(current_worker() != nullptr) {
    Guard guard(rest.lock_);
    ++rest.naps_begun_;
    next = rest.naps_;
    if (next != nullptr) next->prev = this;
    rest.naps_ = this;
  }
  ~Nap() {
    Guard guard(rest.lock_);
    (prev != nullptr ? prev->next : rest.naps_) = next;
    if (next != nullptr) next->prev = prev;
  }
  Nap(const Nap&) = delete;
  Nap& operator=(const Nap&) = delete;

  bool undisturbed() const { return word.load(std::memory_order_acquire) == expected; }  // A4

  Rest& rest;
  Nap* next;
  Nap* prev = nullptr;
  Atom<uint32_t>& word;
  const uint32_t expected;
  const int64_t deadline;
  const Hope hope;
  const bool worker;  // a worker's thread naps, within goc_blocking() say
};

bool Rest::wait(Atom<uint32_t>& word, uint32_t expected, int64_t deadline, Hope hope) {
  if (clock::is_virtual()) return wait_virtually(word, expected, deadline, hope);
  if (deadline == INT64_MAX && hope == Hope::kNone) return wait_for_ever(word, expected);
  return os::futex_wait(word, expected, deadline);
}

bool Rest::wait_for_ever(Atom<uint32_t>& word, uint32_t expected) {
  int64_t interval = next_interval(0);
  if (os::futex_wait(word, expected, os::deadline_in(interval))) return true;
  const Nap nap(*this, word, expected, INT64_MAX, Hope::kNone);
  do {
    ask();
    interval = next_interval(interval);
  } while (!os::futex_wait(word, expected, os::deadline_in(interval)));
  return true;
}

bool Rest::wait_virtually(Atom<uint32_t>& word, uint32_t expected, int64_t deadline, Hope hope) {
  const Nap nap(*this, word, expected, deadline, hope);
  for (;;) {
    ask();
    if (!nap.undisturbed()) return true;
    if (clock::now() >= deadline) return false;
    if (os::futex_wait(word, expected, os::deadline_in(kVirtualInterval))) return true;
  }
}

int64_t Rest::next_interval(int64_t last) const {
  if (on_deadlock() == OnDeadlock::kOff) return INT64_MAX;
  if (last == 0) return kFirstInterval;
  return last < kLastInterval ? 2 * last : INT64_MAX;
}

// --- The question ---------------------------------------------------------------------------------

OnDeadlock Rest::on_deadlock() const {
  const OnDeadlock chosen = runtime_.on_deadlock();
  return chosen != OnDeadlock::kByDefault ? chosen : default_on_deadlock();
}

void Rest::ask() {
  if (!clock::is_virtual() && on_deadlock() == OnDeadlock::kOff) return;
  {
    Guard idle_guard(runtime_.idle.lock);  // A1
    Guard guard(lock_);
    if (!nobody_is_awake() || somebody_is_ready()) return;
    if (runtime_.somebody_waits_for_descriptors()) return;
    if (const int64_t due = next_due(); due != INT64_MAX) {
      if (clock::is_virtual()) move_clock(due);
      return;
    }
    if (on_deadlock() == OnDeadlock::kOff || hopes_for_deadlock() || stamp() == reported_) return;
    reported_ = stamp();
  }
  report_deadlock();
}

// A2 to A4. The runtime neither starts nor stops meanwhile: the thread that does it would be awake.
bool Rest::nobody_is_awake() const {
  const bool started = runtime_.started();
  const Idle& idle = runtime_.idle;
  if (started && idle.stopping) return false;
  int threads = started ? runtime_.threads_ + 1 : 0;
  int napping_workers = 0;
  for (const Nap* nap = naps_; nap != nullptr; nap = nap->next)
    ++(nap->worker ? napping_workers : threads);
  if (started && idle.busy() != napping_workers) return false;
  if (os::threads() - kThreadsOfTools != threads) return false;
  for (const Nap* nap = naps_; nap != nullptr; nap = nap->next)
    if (!nap->undisturbed()) return false;
  return true;
}

bool Rest::somebody_is_ready() const {
  if (!runtime_.started()) return false;
  if (runtime_.work_visible() || runtime_.locked_work_visible()) return true;
  for (uint32_t i = 0; i < runtime_.worker_count(); ++i)
    if (runtime_.worker(i).queues_.has_next()) return true;
  return false;
}

bool Rest::hopes_for_deadlock() const {
  if (g_outside.ports.load(std::memory_order_acquire) != 0) return true;
  if (g_outside.expected.load(std::memory_order_acquire)) return true;
  for (const Nap* nap = naps_; nap != nullptr; nap = nap->next)
    if (nap->hope != Hope::kNone || nap->worker) return true;
  return false;
}

int64_t Rest::next_due() const {
  int64_t due = INT64_MAX;
  for (const Nap* nap = naps_; nap != nullptr; nap = nap->next) due = std::min(due, nap->deadline);
  const uint32_t workers = runtime_.started() ? runtime_.worker_count() : 0;
  for (uint32_t i = 0; i < workers; ++i)
    due = std::min(due, runtime_.worker(i).timers().earliest());
  return due;
}

// Whoever is due may be under way already, then the time stays, and waking him again does no harm.
void Rest::move_clock(int64_t to) {
  if (to > clock::now()) clock::virtual_now.store(to, std::memory_order_relaxed);
  const uint32_t workers = runtime_.started() ? runtime_.worker_count() : 0;
  for (uint32_t i = 0; i < workers; ++i)
    if (runtime_.worker(i).timers().earliest() <= to) runtime_.worker(i).wake();
  for (const Nap* nap = naps_; nap != nullptr; nap = nap->next)
    if (nap->deadline <= to) os::futex_wake(nap->word, INT32_MAX);
}

// Tells one rest from another.
uint64_t Rest::stamp() const {
  uint64_t sum = naps_begun_;
  const uint32_t workers = runtime_.started() ? runtime_.worker_count() : 0;
  for (uint32_t i = 0; i < workers; ++i)
    sum += runtime_.worker(i).progress_.load(std::memory_order_relaxed);
  return sum;
}

// --- A deadlock -----------------------------------------------------------------------------------

// Nothing moves any more: what is printed is at rest too.
void Rest::report_deadlock() {
  print({"fatal error: all goroutines are asleep - deadlock!"});
  if (g_hooks.on_deadlock != nullptr) g_hooks.on_deadlock();
  if (on_deadlock() == OnDeadlock::kFatal) os::end_process(2);
}

}  // namespace goc
