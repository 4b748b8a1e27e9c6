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

template <class Rep, class Period>
int64_t deadline_after(std::chrono::duration<Rep, Period> time) {
  // Beyond 200 years it is for ever, below zero it is now: the comparisons in floating point cannot
  // overflow, where the cast could.
  constexpr double kForEver = 6.3e18;
  const auto ns = std::chrono::duration<double, std::nano>(time);
  if (ns.count() >= kForEver) return GOC_FOREVER;
  if (!(ns.count() > 0)) return goc_deadline(0);
  return goc_deadline(std::chrono::duration_cast<std::chrono::nanoseconds>(time).count());
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
    try {
      if constexpr (std::is_void_v<result>)
        f_(), value_.emplace();
      else
        value_.emplace(f_());
#if defined(__GLIBCXX__)  // for others `catch (...)` does not stop an exit
    } catch (const abi::__forced_unwind &) {
      throw;
#endif
    } catch (...) {
      exception_ = std::current_exception();
    }
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
  bool try_send(T value) const { return sent(offer(std::move(value), GOC_NOW)); }
  /// Sends within the time given. @return false if it has passed. @throws closed_error.
  template <class Rep, class Period>
  bool send_for(T value, std::chrono::duration<Rep, Period> time) const {
    return sent(offer(std::move(value), detail::deadline_after(time)));
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
  int offer(T value, std::int64_t deadline) const {
    detail::parcel<T> parcel(std::move(value));
    const int result = goc_chan_send(handle_.get(), parcel.value(), deadline);
    if (result == GOC_OK) parcel.sent();
    return result;
  }
  static bool sent(int result) {
    if (result == GOC_EAGAIN || result == GOC_ETIMEDOUT) return false;
    detail::check(result);
    return true;
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

// --- WaitGroup, mutex, once ------------------------------------------------------------------------

/// Waits until a number of things is done; see goc_wg_add().
class wait_group {
 public:
  /// @throws error without memory.
  wait_group() {
    goc_wg *wg = nullptr;
    detail::check(goc_wg_new(&wg));
    handle_ = detail::wg_handle(wg);
  }
  /// @throws error with GOC_ENEGATIVE if the counter would fall below zero: it is unchanged then.
  void add(std::int64_t delta = 1) const { detail::check(goc_wg_add(handle_.get(), delta)); }
  void done() const { add(-1); }
  void wait() const { detail::check(goc_wg_wait(handle_.get(), GOC_FOREVER)); }
  /// @return false if the time has passed first.
  template <class Rep, class Period>
  bool wait_for(std::chrono::duration<Rep, Period> time) const {
    const int result = goc_wg_wait(handle_.get(), detail::deadline_after(time));
    if (result == GOC_ETIMEDOUT) return false;
    detail::check(result);
    return true;
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
  mutex() {
    goc_mutex *mu = nullptr;
    detail::check(goc_mutex_new(&mu));
    handle_ = detail::mutex_handle(mu);
  }
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

/// One call, whoever comes first.
class once {
 public:
  once() {
    goc_once *o = nullptr;
    detail::check(goc_once_new(&o));
    handle_ = detail::once_handle(o);
  }
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

}  // namespace goconc

#endif
