// goconc/goconc.hpp: goroutines, channels and select for C++17, header-only over the C interface.
//
//   goconc::chan<std::string> lines(16);
//   goconc::go([=] { lines.send("hello"); lines.close(); });
//   for (std::string& line : lines) std::puts(line.c_str());
//
// Everything here may be used from goroutines and from plain threads. Objects are handles: a copy
// refers to the same channel, WaitGroup or Once, and a const one can do what another can, so a lambda
// that captures them needs no `mutable`. Times are std::chrono durations. Errors are thrown as
// goconc::error; running into a closed channel or a time-out on the receiving side is not an error
// but an empty result. Rules for goroutines (migration, thread-locals, stacks) stand in goroutine.h.
// An exception that leaves a goroutine ends the process with its what().
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_GOCONC_HPP
#define GOCONC_GOCONC_HPP

#include <cxxabi.h>
#include <goconc/goconc.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <ratio>
#include <string>
#include <type_traits>
#include <utility>

namespace goconc {

/// What the library throws: a result code of error.h with its text.
class error : public std::exception {
 public:
  explicit error(int code) noexcept : code_(code) {}
  int code() const noexcept { return code_; }
  const char *what() const noexcept override { return goc_strerror(code_); }

 private:
  int code_;
};

/// Thrown by send() on a closed channel; the value is destroyed with the call.
class closed_error : public error {
 public:
  closed_error() noexcept : error(GOC_ECLOSED) {}
};

namespace detail {

inline void check(int code) {
  if (code == GOC_ECLOSED) throw closed_error();
  if (code < 0) throw error(code);
}

inline bool checked(int result) {
  check(result);
  return result != 0;
}

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

using chan_handle = handle<goc_chan, goc_chan_retain, goc_chan_release>;
using wg_handle = handle<goc_wg, goc_wg_retain, goc_wg_release>;
using mutex_handle = handle<goc_mutex, goc_mutex_retain, goc_mutex_release>;
using once_handle = handle<goc_once, goc_once_retain, goc_once_release>;
using rwmutex_handle = handle<goc_rwmutex, goc_rwmutex_retain, goc_rwmutex_release>;
using cond_handle = handle<goc_cond, goc_cond_retain, goc_cond_release>;
using sem_handle = handle<goc_sem, goc_sem_retain, goc_sem_release>;
using group_handle = handle<goc_group, goc_group_retain, goc_group_release>;
using flight_handle = handle<goc_flight, goc_flight_retain, goc_flight_release>;
using timer_handle = handle<goc_timer, goc_timer_retain, goc_timer_release>;
using ticker_handle = handle<goc_ticker, goc_ticker_retain, goc_ticker_release>;

/// False if a call could not be carried out in its time. @throws error for any other failure.
inline bool in_time(int code) {
  if (code == GOC_EAGAIN || code == GOC_ETIMEDOUT) return false;
  check(code);
  return true;
}

/// A new object of the C interface. @throws error without memory.
template <class Handle, class T, class... Args>
Handle make(int (*create)(T **, Args...), Args... args) {
  T *object = nullptr;
  check(create(&object, args...));
  return Handle(object);
}

/// Raw memory for one value that a receive fills.
template <class T>
class slot {
 public:
  void *memory() noexcept { return bytes_; }
  /// The value, which ends the life of the one here; nothing if there is none.
  std::optional<T> take(bool filled) {
    std::optional<T> result;
    if (!filled) return result;
    T *value = std::launder(reinterpret_cast<T *>(bytes_));
    result.emplace(std::move(*value));
    value->~T();
    return result;
  }

 private:
  alignas(T) unsigned char bytes_[sizeof(T)];
};

/// A value that a send may take away: destroyed here unless it was sent.
template <class T>
class parcel {
 public:
  template <class U>
  explicit parcel(U &&value) {
    ::new (static_cast<void *>(bytes_)) T(std::forward<U>(value));
  }
  parcel(const parcel &) = delete;
  parcel &operator=(const parcel &) = delete;
  ~parcel() {
    if (!sent_) value()->~T();
  }
  T *value() noexcept { return std::launder(reinterpret_cast<T *>(bytes_)); }
  void sent() noexcept { sent_ = true; }

 private:
  alignas(T) unsigned char bytes_[sizeof(T)];
  bool sent_ = false;
};

/// Calls f() and gives what it has thrown. An exit of the goroutine goes on its way.
template <class F>
std::exception_ptr caught(F &&f) {
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

/// A function and the WaitGroup that waits for the end of its goroutine.
template <class F>
struct counted_box {
  wg_handle wg;
  std::optional<F> f;

  static void run(void *box) {
    const struct ending {
      std::optional<F> &f;
      ~ending() { f.reset(); }
    } ending{static_cast<counted_box *>(box)->f};
    (*ending.f)();
  }
  /// Also called when the goroutine is abandoned, which is no end: f is there then.
  static void finalize(void *box) {
    const std::unique_ptr<counted_box> self(static_cast<counted_box *>(box));
    if (!self->f) goc_wg_done(self->wg.get());
  }
};

}  // namespace detail

// --- Goroutines ------------------------------------------------------------------------------------

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

// --- Channels --------------------------------------------------------------------------------------

/// A channel of T, which may be move-only; its moves must not throw. Copies refer to the same channel.
template <class T>
class chan {
  static_assert(std::is_nothrow_move_constructible_v<T>, "values move under the channel's lock");
  static_assert(alignof(T) <= alignof(std::max_align_t), "over-aligned values are not supported");

 public:
  using value_type = T;

  /// @param capacity number of buffered values; 0 is a rendezvous. @throws error without memory.
  explicit chan(std::size_t capacity = 0) {
    goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
    options.elem_size = sizeof(T);
    options.capacity = capacity;
    if constexpr (!std::is_trivially_copyable_v<T>) {
      options.relocate = [](void *dst, void *src) {
        T *from = static_cast<T *>(src);
        ::new (dst) T(std::move(*from));
        from->~T();
      };
      options.drop = [](void *value) { static_cast<T *>(value)->~T(); };
    }
    goc_chan *channel = nullptr;
    detail::check(goc_chan_new_with(&channel, &options));
    handle_ = detail::chan_handle(channel);
  }

  /// Sends a value and waits for a receiver or a free slot. @throws closed_error.
  void send(T value) const { detail::check(offer(std::move(value), GOC_FOREVER)); }
  /// Sends if that needs no waiting. @return false if it does. @throws closed_error.
  bool try_send(T value) const { return detail::in_time(offer(std::move(value), GOC_NOW)); }
  /// Sends within the time given. @return false if it has passed. @throws closed_error.
  template <class Rep, class Period>
  bool send_for(T value, std::chrono::duration<Rep, Period> time) const {
    return detail::in_time(offer(std::move(value), detail::deadline_after(time)));
  }

  /// Receives a value; nothing once the channel is closed and drained.
  std::optional<T> recv() const { return take(GOC_FOREVER); }
  /// Receives if a value is there; nothing otherwise.
  std::optional<T> try_recv() const { return take(GOC_NOW); }
  /// Receives within the time given; nothing if it has passed, or the channel is closed and drained.
  template <class Rep, class Period>
  std::optional<T> recv_for(std::chrono::duration<Rep, Period> time) const {
    return take(detail::deadline_after(time));
  }

  /// Says that no value will follow. @throws closed_error if it is closed already.
  void close() const { detail::check(goc_chan_close(handle_.get())); }
  bool is_closed() const noexcept { return goc_chan_is_closed(handle_.get()) != 0; }
  std::size_t len() const noexcept { return goc_chan_len(handle_.get()); }
  std::size_t cap() const noexcept { return goc_chan_cap(handle_.get()); }

  /// Receives one value after the other until the channel is closed: `for (auto &v : ch)`.
  class iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = T *;
    using reference = T &;

    iterator() noexcept = default;
    explicit iterator(const chan *from) : from_(from) { ++*this; }
    T &operator*() { return *value_; }
    T *operator->() { return &*value_; }
    iterator &operator++() {
      value_.reset();
      if (auto next = from_->recv())
        value_.emplace(std::move(*next));
      else
        from_ = nullptr;
      return *this;
    }
    bool operator==(const iterator &other) const noexcept { return from_ == other.from_; }
    bool operator!=(const iterator &other) const noexcept { return from_ != other.from_; }

   private:
    const chan *from_ = nullptr;
    std::optional<T> value_;
  };
  iterator begin() const { return iterator(this); }
  iterator end() const noexcept { return {}; }

  /// The channel of the C interface, borrowed: it lives as long as a chan refers to it.
  goc_chan *native() const noexcept { return handle_.get(); }
  friend bool operator==(const chan &a, const chan &b) noexcept { return a.native() == b.native(); }
  friend bool operator!=(const chan &a, const chan &b) noexcept { return !(a == b); }

 private:
  friend class timer;
  friend class ticker;
  explicit chan(detail::chan_handle handle) noexcept : handle_(std::move(handle)) {}

  int offer(T value, std::int64_t deadline) const {
    detail::parcel<T> parcel(std::move(value));
    const int result = goc_chan_send(handle_.get(), parcel.value(), deadline);
    if (result == GOC_OK) parcel.sent();
    return result;
  }
  std::optional<T> take(std::int64_t deadline) const {
    detail::slot<T> slot;
    const int result = goc_chan_recv(handle_.get(), slot.memory(), deadline);
    if (result == GOC_OK) return slot.take(true);
    if (result == GOC_ECLOSED || result == GOC_EAGAIN || result == GOC_ETIMEDOUT) return {};
    throw error(result);
  }

  detail::chan_handle handle_;
};

// --- Select ----------------------------------------------------------------------------------------

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

// --- Timers and tickers ----------------------------------------------------------------------------

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

// --- WaitGroup and locks ------------------------------------------------------------------------

/// Waits until a number of things is done; see goc_wg_add().
class wait_group {
 public:
  /// @throws error without memory.
  wait_group() : handle_(detail::make<detail::wg_handle>(goc_wg_new)) {}
  /// @throws error with GOC_ENEGATIVE if the counter would fall below zero: it is unchanged then.
  void add(std::int64_t delta = 1) const { detail::check(goc_wg_add(handle_.get(), delta)); }
  void done() const { add(-1); }
  void wait() const { detail::check(goc_wg_wait(handle_.get(), GOC_FOREVER)); }
  /// @return false if the time has passed first.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> time) const {
    return detail::in_time(goc_wg_wait(handle_.get(), detail::deadline_after(time)));
  }
  /// Starts a goroutine that this WaitGroup waits for, up to what it has deferred; f is destroyed
  /// before the wait ends.
  template <class F>
  void go(F &&f, const go_options &options = {}) const {
    using function = std::decay_t<F>;
    if (options.plain()) {
      auto owned = std::make_unique<function>(std::forward<F>(f));
      detail::check(goc_wg_go(handle_.get(), detail::run_box<function>, owned.get()));
      owned.release();
      return;
    }
    using box = detail::counted_box<function>;
    auto owned = std::make_unique<box>(box{handle_, std::forward<F>(f)});
    goc_go_options c_options = options.native();
    c_options.finalizer = box::finalize;
    add();
    const int result = goc_go_with(&c_options, box::run, owned.get());
    if (result != GOC_OK) done();
    detail::check(result);
    owned.release();
  }
  std::int64_t count() const noexcept { return goc_wg_count(handle_.get()); }
  goc_wg *native() const noexcept { return handle_.get(); }

 private:
  detail::wg_handle handle_;
};

/// A mutex that parks goroutines instead of threads; for std::lock_guard and std::unique_lock. Unlike
/// a std::mutex it may be held while its goroutine waits or changes threads.
class mutex {
 public:
  mutex() : handle_(detail::make<detail::mutex_handle>(goc_mutex_new)) {}
  mutex(const mutex &) = delete;
  mutex &operator=(const mutex &) = delete;

  void lock() { detail::check(goc_mutex_lock(handle_.get(), GOC_FOREVER)); }
  bool try_lock() { return goc_mutex_lock(handle_.get(), GOC_NOW) == GOC_OK; }
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> time) {
    return goc_mutex_lock(handle_.get(), detail::deadline_after(time)) == GOC_OK;
  }
  /// @throws error with GOC_EPERM if it is not locked.
  void unlock() { detail::check(goc_mutex_unlock(handle_.get())); }
  goc_mutex *native() const noexcept { return handle_.get(); }

 private:
  detail::mutex_handle handle_;
};

/// Many readers or one writer; for std::shared_lock, std::unique_lock and std::lock_guard. A waiting
/// writer stops new readers.
class rw_mutex {
 public:
  rw_mutex() : handle_(detail::make<detail::rwmutex_handle>(goc_rwmutex_new)) {}
  rw_mutex(const rw_mutex &) = delete;
  rw_mutex &operator=(const rw_mutex &) = delete;

  void lock() { detail::check(goc_rwmutex_lock(handle_.get(), GOC_FOREVER)); }
  bool try_lock() { return goc_rwmutex_lock(handle_.get(), GOC_NOW) == GOC_OK; }
  template <class Rep, class Period>
  bool try_lock_for(std::chrono::duration<Rep, Period> time) {
    return goc_rwmutex_lock(handle_.get(), detail::deadline_after(time)) == GOC_OK;
  }
  /// @throws error with GOC_EPERM if it is not locked for writing.
  void unlock() { detail::check(goc_rwmutex_unlock(handle_.get())); }

  void lock_shared() { detail::check(goc_rwmutex_rlock(handle_.get(), GOC_FOREVER)); }
  bool try_lock_shared() { return goc_rwmutex_rlock(handle_.get(), GOC_NOW) == GOC_OK; }
  template <class Rep, class Period>
  bool try_lock_shared_for(std::chrono::duration<Rep, Period> time) {
    return goc_rwmutex_rlock(handle_.get(), detail::deadline_after(time)) == GOC_OK;
  }
  /// @throws error with GOC_EPERM if it is not locked for reading.
  void unlock_shared() { detail::check(goc_rwmutex_runlock(handle_.get())); }
  goc_rwmutex *native() const noexcept { return handle_.get(); }

 private:
  detail::rwmutex_handle handle_;
};

/// Waiting for a condition that a mutex guards, as with std::condition_variable, but first come, first
/// served, and without spurious wake-ups. The locks passed in are locked, and are so again afterwards.
class condition {
 public:
  condition() : handle_(detail::make<detail::cond_handle>(goc_cond_new)) {}
  condition(const condition &) = delete;
  condition &operator=(const condition &) = delete;

  /// @param lock a std::unique_lock<goconc::mutex>. @throws error with GOC_EPERM if it is not locked.
  template <class Lock>
  void wait(Lock &lock) {
    detail::check(goc_cond_wait(handle_.get(), lock.mutex()->native(), GOC_FOREVER));
  }
  /// Waits until ready() is true.
  template <class Lock, class Ready>
  void wait(Lock &lock, Ready ready) {
    while (!ready()) wait(lock);
  }
  /// @return false if the time has passed first.
  template <class Lock, class Rep, class Period>
  bool wait_for(Lock &lock, std::chrono::duration<Rep, Period> time) {
    return wait_until(lock, detail::deadline_after(time));
  }
  /// @return what ready() is in the end.
  template <class Lock, class Rep, class Period, class Ready>
  bool wait_for(Lock &lock, std::chrono::duration<Rep, Period> time, Ready ready) {
    const std::int64_t deadline = detail::deadline_after(time);
    while (!ready())
      if (!wait_until(lock, deadline)) return ready();
    return true;
  }
  void notify_one() { detail::check(goc_cond_signal(handle_.get())); }
  void notify_all() { detail::check(goc_cond_broadcast(handle_.get())); }
  goc_cond *native() const noexcept { return handle_.get(); }

 private:
  template <class Lock>
  bool wait_until(Lock &lock, std::int64_t deadline) {
    return detail::in_time(goc_cond_wait(handle_.get(), lock.mutex()->native(), deadline));
  }
  detail::cond_handle handle_;
};

/// A number of units to share, first come, first served; see goc_sem_wait().
class semaphore {
 public:
  explicit semaphore(std::int64_t units)
      : handle_(detail::make<detail::sem_handle>(goc_sem_new, units)) {}
  semaphore(const semaphore &) = delete;
  semaphore &operator=(const semaphore &) = delete;

  void acquire(std::int64_t n = 1) { detail::check(goc_sem_wait(handle_.get(), n, GOC_FOREVER)); }
  bool try_acquire(std::int64_t n = 1) {
    return detail::in_time(goc_sem_wait(handle_.get(), n, GOC_NOW));
  }
  template <class Rep, class Period>
  bool try_acquire_for(std::chrono::duration<Rep, Period> time, std::int64_t n = 1) {
    return detail::in_time(goc_sem_wait(handle_.get(), n, detail::deadline_after(time)));
  }
  /// @throws error with GOC_EPERM if fewer units are taken.
  void release(std::int64_t n = 1) { detail::check(goc_sem_post(handle_.get(), n)); }
  goc_sem *native() const noexcept { return handle_.get(); }

 private:
  detail::sem_handle handle_;
};

/// One call, whoever comes first.
class once {
 public:
  once() : handle_(detail::make<detail::once_handle>(goc_once_new)) {}
  /// Calls f() if nobody has yet; otherwise waits for the end of that call. An exception of f goes to
  /// its caller, and the call counts as done.
  template <class F>
  void call(F &&f) const {
    detail::carrier<std::remove_reference_t<F>> carrier(f);
    detail::check(goc_once_do(handle_.get(), carrier.entry, &carrier));
    carrier.rethrow();
  }

 private:
  detail::once_handle handle_;
};

// --- Goroutines that work together -----------------------------------------------------------------

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
  goc_group *native() const noexcept { return handle_.get(); }

 private:
  struct first_exception {
    std::atomic<bool> taken{false};
    std::exception_ptr exception;  // of whoever has taken it; read once all tasks have ended
  };
  template <class F>
  struct task {
    F f;
    std::shared_ptr<first_exception> first;
    static int run(void *memory) {
      const std::unique_ptr<task> self(static_cast<task *>(memory));
      std::exception_ptr thrown = detail::caught(self->f);
      if (thrown == nullptr) return 0;
      if (!self->first->taken.exchange(true)) self->first->exception = std::move(thrown);
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
