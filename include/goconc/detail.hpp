// goconc/detail.hpp: what the other headers of C++ share; nothing here is for users.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_DETAIL_HPP
#define GOCONC_DETAIL_HPP

#include <cxxabi.h>
#include <goconc/error.hpp>
#include <goconc/time.h>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <ratio>
#include <type_traits>
#include <utility>

namespace goconc {

namespace detail {

template <class Rep, class Period>
int64_t nanoseconds(std::chrono::duration<Rep, Period> time) {
  // Beyond 200 years it is for ever, below zero it is now: the comparisons in floating point cannot
  // overflow, where the cast could.
  constexpr double kForEver = 6.3e18;
  const auto ns = std::chrono::duration<double, std::nano>(time);
  if (ns.count() >= kForEver) return GOC_FOREVER;
  if (!(ns.count() > 0)) return 0;
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
}

template <class Rep, class Period>
int64_t deadline_after(std::chrono::duration<Rep, Period> time) {
  return goc_deadline(nanoseconds(time));
}

/// A counted handle of the C interface.
template <class T, T *(*Retain)(T *), void (*Release)(T *)>
class handle {
 public:
  handle() noexcept = default;
  explicit handle(T *owned) noexcept : object_(owned) {}
  handle(const handle &other) noexcept : object_(Retain(other.object_)) {}
  handle(handle &&other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  handle &operator=(handle other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~handle() { Release(object_); }
  T *get() const noexcept { return object_; }

 private:
  T *object_ = nullptr;
};

/// A new object of the C interface. @throws error without memory.
template <class Handle, class T, class... Args>
Handle make(int (*create)(T **, Args...), Args... args) {
  T *object = nullptr;
  check(create(&object, args...));
  return Handle(object);
}

/// Calls f() and gives what it has thrown. An exit of the goroutine goes on its way; it has no object behind
/// the reference, which UndefinedBehaviorSanitizer must not look at.
template <class F>
__attribute__((noinline, no_sanitize("null"))) std::exception_ptr caught(F &&f) {
  try {
    f();
    return nullptr;
#if defined(__GLIBCXX__)  // for others `catch (...)` does not stop an exit
  } catch (const abi::__forced_unwind &) {
    throw;
#endif
  } catch (...) {
    return std::current_exception();
  }
}

/// Calls f() behind a C callback and brings its result or its exception back. A goroutine that exits
/// leaves neither.
template <class F>
class carrier {
 public:
  using result = std::decay_t<std::invoke_result_t<F &>>;
  explicit carrier(F &f) noexcept : f_(f) {}
  static void entry(void *self) { static_cast<carrier *>(self)->call(); }
  void rethrow() {
    if (exception_) std::rethrow_exception(std::move(exception_));
  }
  /// @throws error with GOC_ECANCELED if f() has ended its goroutine instead of returning.
  result take() {
    rethrow();
    if (!value_) throw error(GOC_ECANCELED);
    if constexpr (!std::is_void_v<result>) return std::move(*value_);
  }

 private:
  void call() {
    exception_ = caught([this] {
      if constexpr (std::is_void_v<result>)
        f_(), value_.emplace();
      else
        value_.emplace(f_());
    });
  }
  using stored = std::conditional_t<std::is_void_v<result>, char, result>;
  F &f_;
  std::optional<stored> value_;
  std::exception_ptr exception_;
};

template <class F>
void run_box(void *box) {
  const std::unique_ptr<F> f(static_cast<F *>(box));
  (*f)();
}

}  // namespace detail

}  // namespace goconc

#endif
