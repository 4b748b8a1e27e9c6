// goconc/group.hpp: goroutines that work together, and calls that share one execution.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_GROUP_HPP
#define GOCONC_GROUP_HPP

#include <goconc/context.h>
#include <goconc/context.hpp>
#include <goconc/detail.hpp>
#include <goconc/error.hpp>
#include <goconc/group.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace goconc {

namespace detail {

using group_handle = handle<goc_group, goc_group_retain, goc_group_release>;
using flight_handle = handle<goc_flight, goc_flight_retain, goc_flight_release>;

}  // namespace detail

// --- Goroutines that work together --------------------------------------------------------------

/// Goroutines with one purpose: wait() throws what the first of them has thrown that failed. Copies
/// refer to the same group.
class group {
 public:
  /// @param limit how many tasks may run at once; below zero: any number.
  explicit group(std::int64_t limit = -1)
      : handle_(detail::make<detail::group_handle>(goc_group_new)),
        first_(std::make_shared<first_exception>()) {
    if (limit >= 0) detail::check(goc_group_set_limit(handle_.get(), limit));
  }
  /// A group with a context for its tasks, ctx(): it is canceled when the first of them fails, with what
  /// that has thrown as the cause, and when wait() has seen the end of all.
  explicit group(const context &parent, std::int64_t limit = -1)
      : first_(std::make_shared<first_exception>()) {
    goc_group *made = nullptr;
    goc_ctx *ctx = nullptr;
    detail::check(goc_group_with_ctx(&made, &ctx, parent.native()));
    handle_ = detail::group_handle(made);
    first_->ctx = context(ctx);
    if (limit >= 0) detail::check(goc_group_set_limit(handle_.get(), limit));
  }

  /// Runs f() as a goroutine; at the limit it waits until another task has ended.
  template <class F>
  void go(F &&f) const {
    detail::check(start(std::forward<F>(f), GOC_FOREVER));
  }
  /// @return false at the limit: f was not called then.
  template <class F>
  bool try_go(F &&f) const {
    return detail::in_time(start(std::forward<F>(f), GOC_NOW));
  }

  /// Waits until all tasks have ended. @throws what the first that failed has thrown.
  void wait() const { wait_until(GOC_FOREVER); }
  /// @return false if the time has passed first.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> time) const {
    return wait_until(detail::deadline_after(time));
  }
  /// The context of its tasks; the background if it was made without one.
  context ctx() const noexcept { return first_->ctx; }
  goc_group *native() const noexcept { return handle_.get(); }

 private:
  struct first_exception {
    std::atomic<bool> taken{false};
    std::exception_ptr exception;  // of whoever has taken it; read once all tasks have ended
    context ctx;

    void take(std::exception_ptr thrown) noexcept {
      if (taken.exchange(true)) return;
      exception = std::move(thrown);
      try {
        detail::cause cause(exception);
        if (goc_ctx_cancel(ctx.native(), cause.get()) == GOC_OK) cause.release();
      } catch (const std::bad_alloc &) {  // the group cancels it, without the exception
      }
    }
  };
  template <class F>
  struct task {
    F f;
    std::shared_ptr<first_exception> first;
    static int run(void *memory) {
      const std::unique_ptr<task> self(static_cast<task *>(memory));
      std::exception_ptr thrown = detail::caught(self->f);
      if (thrown == nullptr) return 0;
      self->first->take(std::move(thrown));
      return 1;
    }
  };

  template <class F>
  int start(F &&f, std::int64_t deadline) const {
    using box = task<std::decay_t<F>>;
    std::unique_ptr<box> owned(new box{std::forward<F>(f), first_});
    const int result = goc_group_go(handle_.get(), box::run, owned.get(), deadline);
    if (result == GOC_OK) owned.release();
    return result;
  }
  bool wait_until(std::int64_t deadline) const {
    int failed = 0;
    if (!detail::in_time(goc_group_wait(handle_.get(), &failed, deadline))) return false;
    if (failed != 0) std::rethrow_exception(first_->exception);
    return true;
  }

  detail::group_handle handle_;
  std::shared_ptr<first_exception> first_;
};

/// Calls with the same key share one execution while it is under way. Copies refer to the same flight.
/// @tparam T what a call gives, to each caller a copy.
template <class T>
class flight {
 public:
  flight() : handle_(detail::make<detail::flight_handle>(goc_flight_new)) {}

  /// Calls f() and gives its result, or throws what it has thrown; if a call with this key is under
  /// way, the result or the exception of that one.
  template <class F>
  T run(const std::string &key, F &&f) const {
    goc_flight_result result{};
    find<std::remove_reference_t<F>> call{f};
    detail::check(goc_flight_do(handle_.get(), key.data(), key.size(), call.entry, &call, &result,
                                GOC_FOREVER));
    return take(result);
  }
  /// The next call with this key runs its own function.
  void forget(const std::string &key) const {
    detail::check(goc_flight_forget(handle_.get(), key.data(), key.size()));
  }
  goc_flight *native() const noexcept { return handle_.get(); }

 private:
  struct shared {
    std::optional<T> value;
    std::exception_ptr exception;
    std::atomic<std::int64_t> taken{0};  // callers who have theirs
  };
  template <class F>
  struct find {
    F &f;
    static int entry(void *self, void **value) {
      auto made = std::make_unique<shared>();
      made->exception =
          detail::caught([&] { made->value.emplace(static_cast<find *>(self)->f()); });
      *value = made.release();
      return 0;
    }
  };
  static T take(const goc_flight_result &result) {
    detail::check(result.error);
    struct last_frees {
      shared *const s;
      const std::int64_t callers;
      ~last_frees() {
        if (s->taken.fetch_add(1) + 1 == callers) delete s;
      }
    } mine{static_cast<shared *>(result.value), result.callers};
    if (mine.s->exception) std::rethrow_exception(mine.s->exception);
    return *mine.s->value;
  }

  detail::flight_handle handle_;
};

}  // namespace goconc

#endif
