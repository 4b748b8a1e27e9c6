// goconc/time.hpp: timers, tickers, and functions that run later.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_TIME_HPP
#define GOCONC_TIME_HPP

#include <goconc/channel.h>
#include <goconc/channel.hpp>
#include <goconc/detail.hpp>
#include <goconc/error.hpp>
#include <goconc/time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <ratio>
#include <type_traits>
#include <utility>

namespace goconc {

namespace detail {

using timer_handle = handle<goc_timer, goc_timer_retain, goc_timer_release>;
using ticker_handle = handle<goc_ticker, goc_ticker_retain, goc_ticker_release>;

}  // namespace detail

// --- Timers and tickers -------------------------------------------------------------------------

/// What timers and tickers send: the time for which they were set, on the clock of goc_now().
using tick = std::chrono::steady_clock::time_point;
static_assert(sizeof(tick) == sizeof(std::int64_t) && std::is_same_v<tick::period, std::nano>,
              "a tick is what the C interface sends");

/// Sends one tick to its channel when its time has come; see goc_timer_new(). Copies refer to the same
/// timer; the last one stops it.
class timer {
 public:
  /// @throws error without memory.
  template <class Rep, class Period>
  explicit timer(std::chrono::duration<Rep, Period> time)
      : handle_(make(detail::nanoseconds(time))) {}

  /// Where the tick is received: also in select().
  goconc::chan<tick> chan() const {
    return goconc::chan<tick>(detail::chan_handle(goc_chan_retain(goc_timer_chan(handle_.get()))));
  }
  /// No tick of before can be received afterwards. @return false if it was received or stopped before.
  bool stop() const { return detail::checked(goc_timer_stop(handle_.get())); }
  /// Sets it anew. @return as stop(). @throws error without memory or threads.
  template <class Rep, class Period>
  bool reset(std::chrono::duration<Rep, Period> time) const {
    return detail::checked(goc_timer_reset(handle_.get(), detail::nanoseconds(time)));
  }
  goc_timer *native() const noexcept { return handle_.get(); }

 private:
  static goc_timer *make(std::int64_t ns) {
    goc_timer *made = nullptr;
    detail::check(goc_timer_new(&made, nullptr, ns));
    return made;
  }

  detail::timer_handle handle_;
};

/// Sends a tick to its channel each time a period has passed; see goc_ticker_new(). Copies refer to the
/// same ticker; the last one stops it, so a loop over the channel of a temporary waits for ever. A loop
/// over the channel of a variable goes on until it is left.
class ticker {
 public:
  /// @throws error without memory, and with GOC_EINVAL unless the period is positive.
  template <class Rep, class Period>
  explicit ticker(std::chrono::duration<Rep, Period> period)
      : handle_(make(detail::nanoseconds(period))) {}

  /// Where the ticks are received: also in select().
  goconc::chan<tick> chan() const {
    return goconc::chan<tick>(detail::chan_handle(goc_chan_retain(goc_ticker_chan(handle_.get()))));
  }
  /// No tick of before can be received afterwards. @return false if it was stopped before.
  bool stop() const { return detail::checked(goc_ticker_stop(handle_.get())); }
  /// Starts it anew, with another period. @return as stop(). @throws error as the constructor.
  template <class Rep, class Period>
  bool reset(std::chrono::duration<Rep, Period> period) const {
    return detail::checked(goc_ticker_reset(handle_.get(), detail::nanoseconds(period)));
  }
  goc_ticker *native() const noexcept { return handle_.get(); }

 private:
  static goc_ticker *make(std::int64_t ns) {
    goc_ticker *made = nullptr;
    detail::check(goc_ticker_new(&made, nullptr, ns));
    return made;
  }

  detail::ticker_handle handle_;
};

namespace detail {

/// A function that a timer calls: kept by the handle and by each call that is still to come.
template <class F>
struct call_later {
  explicit call_later(F &&f) : function(std::move(f)) {}
  static void entry(void *self) {
    const std::unique_ptr<call_later, dropped> later(static_cast<call_later *>(self));
    later->function();
  }
  static void drop(void *self) {
    auto *later = static_cast<call_later *>(self);
    if (later->users.fetch_sub(1, std::memory_order_acq_rel) == 1) delete later;
  }
  static void keep(void *self) {
    static_cast<call_later *>(self)->users.fetch_add(1, std::memory_order_relaxed);
  }
  struct dropped {
    void operator()(call_later *later) const { drop(later); }
  };

  F function;
  std::atomic<int> users{2};
};

}  // namespace detail

/// A call that after_func() has arranged. It takes place also when no handle is left.
class later_call {
 public:
  later_call(const later_call &) = delete;
  later_call &operator=(const later_call &) = delete;
  later_call(later_call &&other) noexcept
      : timer_(std::move(other.timer_)),
        call_(std::exchange(other.call_, nullptr)),
        keep_(other.keep_),
        drop_(other.drop_) {}
  ~later_call() {
    if (call_ != nullptr) drop_(call_);
  }

  /// @return false if the function has been started, or the call was stopped before.
  bool stop() const { return dropped_if(detail::checked(goc_timer_stop(timer_.get()))); }
  /// The function is called after this time, once more if it has been started before. @return as stop().
  /// @throws error without memory or threads: the call is stopped then.
  template <class Rep, class Period>
  bool reset(std::chrono::duration<Rep, Period> time) const {
    const bool stopped = stop();
    keep_(call_);
    const int result = goc_timer_reset(timer_.get(), detail::nanoseconds(time));
    dropped_if(result != 0);  // an error; or another thread has reset it meanwhile, in vain
    return detail::checked(result) || stopped;
  }

 private:
  template <class Rep, class Period, class F>
  friend later_call after_func(std::chrono::duration<Rep, Period> time, F &&f);
  template <class Call>
  later_call(goc_timer *timer, Call *call) noexcept
      : timer_(timer), call_(call), keep_(&Call::keep), drop_(&Call::drop) {}

  // A call less is to come.
  bool dropped_if(bool prevented) const {
    if (prevented) drop_(call_);
    return prevented;
  }

  detail::timer_handle timer_;
  void *call_;
  void (*keep_)(void *);
  void (*drop_)(void *);
};

/// Calls f() in a goroutine of its own after this time; see goc_after_func(). The result may be dropped.
/// @throws error without memory or threads: f is not called then.
template <class Rep, class Period, class F>
later_call after_func(std::chrono::duration<Rep, Period> time, F &&f) {
  using call = detail::call_later<std::decay_t<F>>;
  auto owned = std::make_unique<call>(std::decay_t<F>(std::forward<F>(f)));
  goc_timer *timer = nullptr;
  detail::check(goc_after_func(&timer, detail::nanoseconds(time), &call::entry, owned.get()));
  return later_call(timer, owned.release());
}

}  // namespace goconc

#endif
