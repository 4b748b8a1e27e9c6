// The clock: see clock.h.
#include "time/clock.h"

#include <cstdlib>
#include <string_view>

#include "base/fatal.h"

namespace goc::clock {

constinit Atom<int64_t> virtual_now{0};

namespace {

constinit Atom<bool> virtual_by_default{false};

// When the library is loaded: a program may compute a deadline before anything else.
__attribute__((constructor)) void read_environment() {
  const char* text = std::getenv("GOCONC_TIME");
  if (text == nullptr) return;
  const std::string_view kind(text);
  if (kind == "virtual")
    virtual_by_default.store(true, std::memory_order_relaxed);
  else if (kind != "real")
    report({"GOCONC_TIME is neither real nor virtual: ", kind});
  reset();
}

}  // namespace

void choose(bool is_virtual) {
  if (is_virtual != clock::is_virtual())
    virtual_now.store(is_virtual ? kVirtualStart : 0, std::memory_order_relaxed);
}

void reset() { choose(virtual_by_default.load(std::memory_order_relaxed)); }

}  // namespace goc::clock
