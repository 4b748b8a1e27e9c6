// The heavy half, and which barriers are passed. See barrier.h.
#include "base/barrier.h"

namespace goc {

constinit Atom<bool> careful{true};

namespace {

// The part of the time that heavy barriers may take before full ones are passed, and below which these
// are given up after some time. A barrier costs those whom it interrupts as much as its caller.
constexpr int64_t kMuch = 10;      // a tenth
constexpr int64_t kLittle = 50;    // a fiftieth
constexpr int64_t kPatience = 16;  // times that weigh_barriers() is called

constinit Atom<bool> g_exist{false};
constinit Atom<bool> g_all_careful{true};
constinit Atom<int64_t> g_passed{0};  // heavy barriers since the last weighing
constinit Atom<int64_t> g_spent{0};   // nanoseconds, in those that were the system's

// Of weigh_barriers().
constinit int64_t g_weighed = 0;
constinit int64_t g_price = 0;  // of one of the system's barriers
constinit int64_t g_calm = 0;

// Until this has run everybody passes full barriers.
__attribute__((constructor)) void begin_light() {
  g_exist.store(os::heavy_barrier(), std::memory_order_relaxed);
  pass_full_barriers(false);
}

}  // namespace

bool light_barriers_exist() { return g_exist.load(std::memory_order_relaxed); }

void heavy_barrier() {
  full_barrier();  // R2
  g_passed.fetch_add(1, std::memory_order_relaxed);
  if (g_all_careful.load(std::memory_order_acquire)) return;
  const int64_t start = os::now();
  os::heavy_barrier();
  g_spent.fetch_add(os::now() - start, std::memory_order_relaxed);
}

void pass_full_barriers(bool full) {
  if (!light_barriers_exist()) return;
  if (full) {
    careful.store(true, std::memory_order_release);        // T1
    os::heavy_barrier();                                   // T2
    g_all_careful.store(true, std::memory_order_release);  // T3
  } else {
    g_all_careful.store(false, std::memory_order_release);  // A1
    careful.store(false, std::memory_order_release);        // A2
  }
}

void weigh_barriers(int64_t now) {
  const int64_t time = now - g_weighed;
  const int64_t passed = g_passed.exchange(0, std::memory_order_relaxed);
  const int64_t spent = g_spent.exchange(0, std::memory_order_relaxed);
  g_weighed = now;
  if (!careful.load(std::memory_order_relaxed)) {
    if (passed > 0) g_price = spent / passed;
    if (spent > time / kMuch) pass_full_barriers(true);
    g_calm = 0;
  } else if (passed * g_price > time / kLittle) {
    g_calm = 0;
  } else if (++g_calm == kPatience) {
    pass_full_barriers(false);
  }
}

}  // namespace goc
