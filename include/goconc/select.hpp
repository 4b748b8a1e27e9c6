// goconc/select.hpp: waiting for the first of several sends and receives.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_SELECT_HPP
#define GOCONC_SELECT_HPP

#include <goconc/channel.hpp>
#include <goconc/detail.hpp>
#include <goconc/error.hpp>
#include <goconc/select.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace goconc {

// --- Select -------------------------------------------------------------------------------------

namespace detail {

template <class T, class F>
class recv_case {
 public:
  static constexpr bool waits = true;
  recv_case(chan<T> channel, F then) noexcept
      : channel_(std::move(channel)), then_(std::move(then)) {}
  goc_case prepare() { return {channel_.native(), GOC_RECV, GOC_OK, slot_.memory()}; }
  void fire(int status) { then_(slot_.take(status == GOC_OK)); }

 private:
  chan<T> channel_;
  slot<T> slot_;
  F then_;
};

template <class T, class F>
class send_case {
 public:
  static constexpr bool waits = true;
  send_case(chan<T> channel, T value, F then)
      : channel_(std::move(channel)), value_(std::move(value)), then_(std::move(then)) {}
  send_case(send_case &&other) noexcept
      : channel_(std::move(other.channel_)),
        value_(std::move(*other.value_.value())),
        then_(std::move(other.then_)) {}
  goc_case prepare() { return {channel_.native(), GOC_SEND, GOC_OK, value_.value()}; }
  void fire(int status) {
    if (status == GOC_ECLOSED) throw closed_error();
    value_.sent();
    then_();
  }

 private:
  chan<T> channel_;
  parcel<T> value_;
  F then_;
};

template <class F>
struct timeout_case {
  static constexpr bool waits = false;
  std::int64_t deadline;
  F then;
};

template <class F>
struct default_case {
  static constexpr bool waits = false;
  static constexpr std::int64_t deadline = GOC_NOW;
  F then;
};

struct do_nothing {
  template <class... Args>
  void operator()(Args &&...) const noexcept {}
};

}  // namespace detail

/// A case of select(): receive from ch, then call then(std::optional<T>), which is empty if ch is
/// closed and drained.
template <class T, class F = detail::do_nothing>
auto recv(chan<T> ch, F then = {}) {
  return detail::recv_case<T, F>(std::move(ch), std::move(then));
}

/// A case of select(): send value on ch, then call then(). The value is destroyed if another case
/// fires; select() throws closed_error if this one fires on a closed channel.
template <class T, class U, class F = detail::do_nothing>
auto send(chan<T> ch, U &&value, F then = {}) {
  return detail::send_case<T, F>(std::move(ch), T(std::forward<U>(value)), std::move(then));
}

/// A case of select(): call then() if no other case fires within this time.
template <class Rep, class Period, class F = detail::do_nothing>
auto after(std::chrono::duration<Rep, Period> time, F then = {}) {
  return detail::timeout_case<F>{detail::deadline_after(time), std::move(then)};
}

/// A case of select(): call then() if no other case is ready (Go's default).
template <class F = detail::do_nothing>
auto otherwise(F then = {}) {
  return detail::default_case<F>{std::move(then)};
}

/// Carries out exactly one of the cases, as goc_select(), and calls its function on this goroutine.
/// At most one after() or otherwise() among them. @return the position of the case that fired.
template <class... Cases>
std::size_t select(Cases &&...cases) {
  constexpr std::size_t channel_cases = (std::size_t{std::decay_t<Cases>::waits} + ... + 0);
  static_assert(sizeof...(cases) - channel_cases <= 1, "one after() or otherwise() at most");
  goc_case c_cases[channel_cases + 1];
  std::size_t count = 0;
  std::int64_t deadline = GOC_FOREVER;
  const auto prepare = [&](auto &c) {
    if constexpr (std::decay_t<decltype(c)>::waits)
      c_cases[count++] = c.prepare();
    else
      deadline = c.deadline;
  };
  (prepare(cases), ...);
  const int fired = goc_select(c_cases, count, deadline);
  const bool none = fired == GOC_EAGAIN || fired == GOC_ETIMEDOUT;
  if (fired < 0 && !none) throw error(fired);

  std::size_t position = 0;
  std::size_t result = 0;
  int channel_case = 0;
  const auto dispatch = [&](auto &c) {
    if constexpr (std::decay_t<decltype(c)>::waits) {
      if (channel_case++ == fired) {
        result = position;
        c.fire(c_cases[fired].status);
      }
    } else if (none) {
      result = position;
      c.then();
    }
    ++position;
  };
  (dispatch(cases), ...);
  return result;
}

}  // namespace goconc

#endif
