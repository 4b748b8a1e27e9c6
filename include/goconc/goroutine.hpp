// goconc/goroutine.hpp: starting goroutines, ending them, and what they may say about themselves.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_GOROUTINE_HPP
#define GOCONC_GOROUTINE_HPP

#include <goconc/detail.hpp>
#include <goconc/error.hpp>
#include <goconc/goroutine.h>
#include <goconc/runtime.h>
#include <goconc/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace goconc {

// --- Goroutines ---------------------------------------------------------------------------------

/// How a goroutine is started; see goc_go_options.
struct go_options {
  std::string name;
  std::size_t stack_size = 0;
  bool pinned = false;

  /// Whether all are the defaults.
  bool plain() const noexcept { return name.empty() && stack_size == 0 && !pinned; }
  /// For the C interface; the name is borrowed.
  goc_go_options native() const noexcept {
    goc_go_options options = GOC_GO_OPTIONS_INIT;
    options.name = name.c_str();
    options.stack_size = stack_size;
    options.pinned = pinned;
    return options;
  }
};

/// Starts a goroutine that calls f(), which may be move-only and need not be copyable.
/// @throws error without memory or threads: f was not called then.
template <class F>
void go(F &&f, const go_options &options = {}) {
  using box = std::decay_t<F>;
  auto owned = std::make_unique<box>(std::forward<F>(f));
  const goc_go_options c_options = options.native();
  detail::check(
      goc_go_with(options.plain() ? nullptr : &c_options, detail::run_box<box>, owned.get()));
  owned.release();
}

/// Runs f() as a goroutine, waits for its end, and gives its result or its exception back.
/// @throws error with GOC_ECANCELED if f() has called exit_goroutine().
template <class F>
auto run(F &&f) {
  detail::carrier<std::remove_reference_t<F>> carrier(f);
  detail::check(goc_run(carrier.entry, &carrier));
  return carrier.take();
}

/// Runs f() on a thread's native stack while the calling goroutine waits, and gives its result or its
/// exception back: for what blocks its thread or needs a deep stack. See goc_blocking().
template <class F>
auto blocking(F &&f) {
  detail::carrier<std::remove_reference_t<F>> carrier(f);
  detail::check(goc_blocking(carrier.entry, &carrier));
  return carrier.take();
}

inline void yield() noexcept { goc_yield(); }

/// Ends the calling goroutine; destructors run. See goc_exit_goroutine().
/// @throws error with GOC_EPERM on a plain thread, and where goc_exit_goroutine() gives it.
[[noreturn]] inline void exit_goroutine() { throw error(goc_exit_goroutine()); }

/// Calls f() when the calling goroutine ends, the last one first. The goroutine's frames are gone by
/// then: f must not refer to its variables. See goc_defer(). @throws error on a plain thread.
template <class F>
void defer(F &&f) {
  using box = std::decay_t<F>;
  auto owned = std::make_unique<box>(std::forward<F>(f));
  detail::check(goc_defer(detail::run_box<box>, owned.get()));
  owned.release();
}

/// Waits at least this long; a goroutine leaves its thread to others.
template <class Rep, class Period>
void sleep_for(std::chrono::duration<Rep, Period> time) noexcept {
  goc_sleep_until(detail::deadline_after(time));
}

inline int max_procs() noexcept { return goc_max_procs(); }
/// @throws error with GOC_EINVAL unless 1 <= n <= 1024.
inline void set_max_procs(int n) { detail::check(goc_set_max_procs(n)); }
inline std::int64_t num_goroutines() noexcept { return goc_num_goroutines(); }

/// While it lives, the calling goroutine says that it blocks its thread; see goc_blocking_begin().
class blocking_scope {
 public:
  blocking_scope() noexcept { goc_blocking_begin(); }
  ~blocking_scope() { goc_blocking_end(); }
  blocking_scope(const blocking_scope &) = delete;
  blocking_scope &operator=(const blocking_scope &) = delete;
};

/// While it lives, the calling goroutine stays on its thread. @throws error on a plain thread.
class thread_lock {
 public:
  thread_lock() { detail::check(goc_lock_thread()); }
  ~thread_lock() { goc_unlock_thread(); }
  thread_lock(const thread_lock &) = delete;
  thread_lock &operator=(const thread_lock &) = delete;
};

}  // namespace goconc

#endif
