// goconc/context.hpp: one word that tells many goroutines to stop, with deadlines and values.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_CONTEXT_HPP
#define GOCONC_CONTEXT_HPP

#include <goconc/channel.h>
#include <goconc/channel.hpp>
#include <goconc/context.h>
#include <goconc/detail.hpp>
#include <goconc/error.hpp>
#include <goconc/select.hpp>
#include <goconc/time.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace goconc {

namespace detail {

using ctx_handle = handle<goc_ctx, goc_ctx_retain, goc_ctx_release>;

/// An exception as a cause of the C interface.
class cause {
 public:
  explicit cause(std::exception_ptr exception) {
    if (exception != nullptr) native_ = {0, new std::exception_ptr(std::move(exception)), &drop};
  }
  cause(const cause &) = delete;
  cause &operator=(const cause &) = delete;
  ~cause() {
    if (native_.drop != nullptr) drop(native_.data);
  }
  const goc_cause *get() const noexcept { return &native_; }
  /// It has been taken over.
  void release() noexcept { native_ = {}; }

  /// What a context's cause stands for; one that C has given is the error of its code.
  static std::exception_ptr exception_of(const goc_cause &cause) {
    return cause.drop == &drop ? *static_cast<std::exception_ptr *>(cause.data)
                               : std::make_exception_ptr(error(cause.code));
  }

 private:
  static void drop(void *data) { delete static_cast<std::exception_ptr *>(data); }

  goc_cause native_ = {};
};

}  // namespace detail

// --- Contexts -----------------------------------------------------------------------------------

/// What nobody ever sends: a channel of it is only closed.
class no_value {
  [[maybe_unused]] std::int64_t word_ = 0;  // the channel of a context is one of words
};

/// The key of a value of type T in contexts: itself, so it is a static variable.
template <class T>
class context_key {
 public:
  constexpr context_key() noexcept = default;
  context_key(const context_key &) = delete;
  context_key &operator=(const context_key &) = delete;

 private:
  char distinct_ = 0;  // keys have addresses of their own
};

class cancel_scope;

/// What a function that may take long gets from its caller, to give up when it is done. Copies refer to
/// the same context; none of them can end it, which is for its cancel_scope. See context.h.
class context {
 public:
  /// The background: never done, no deadline, no values.
  context() noexcept : handle_(goc_ctx_background()) {}
  /// Takes over a reference of the C interface.
  explicit context(goc_ctx *owned) noexcept : handle_(owned) {}

  /// GOC_OK while it is not done; GOC_ECANCELED, or GOC_ETIMEDOUT at a deadline.
  int err() const noexcept { return goc_ctx_err(handle_.get()); }
  bool is_done() const noexcept { return err() != GOC_OK; }
  /// Why it is done: the exception that was given, or an error with err(). Null while it is not.
  std::exception_ptr cause() const {
    goc_cause given = {};
    if (goc_ctx_cause(handle_.get(), &given) == GOC_OK) return nullptr;
    return detail::cause::exception_of(given);
  }
  /// @throws the cause if it is done.
  void throw_if_done() const {
    if (std::exception_ptr why = cause()) std::rethrow_exception(std::move(why));
  }
  /// Closed when it is done: to receive from, and for select(), where done() is shorter.
  goconc::chan<no_value> done() const {
    return goconc::chan<no_value>(
        detail::chan_handle(goc_chan_retain(goc_ctx_done(handle_.get()))));
  }
  /// When it will be done at the latest, on the clock of goc_now().
  std::optional<tick> deadline() const noexcept {
    const std::int64_t time = goc_ctx_deadline(handle_.get());
    if (time == GOC_FOREVER) return std::nullopt;
    return tick(std::chrono::nanoseconds(time));
  }

  /// A context below this one that is done when it is canceled, or this one is done.
  /// @throws error without memory.
  cancel_scope with_cancel() const;
  /// The same, which is also done after this time, with GOC_ETIMEDOUT. @param cause what cause() gives
  /// then. @throws error without memory or threads.
  template <class Rep, class Period>
  cancel_scope with_timeout(std::chrono::duration<Rep, Period> time,
                            std::exception_ptr cause = nullptr) const;
  /// The same, which is also done at this time.
  cancel_scope with_deadline(tick time, std::exception_ptr cause = nullptr) const;
  /// A context with the same values that is never done. @throws error without memory.
  context without_cancel() const {
    return context(made([&](goc_ctx **out) { return goc_ctx_without_cancel(out, native()); }));
  }
  /// A context below this one in which the key has a value. @throws error without memory.
  template <class T, class U>
  context with_value(const context_key<T> &key, U &&value) const {
    auto owned = std::make_unique<const T>(std::forward<U>(value));
    const auto drop = [](void *data) { delete static_cast<const T *>(data); };
    context below(made([&](goc_ctx **out) {
      return goc_ctx_with_value(out, native(), &key, const_cast<T *>(owned.get()), drop);
    }));
    owned.release();
    return below;
  }
  /// The value of the key here or above, which lives as long as this context; null if there is none.
  template <class T>
  const T *value(const context_key<T> &key) const noexcept {
    return static_cast<const T *>(goc_ctx_value(handle_.get(), &key));
  }
  goc_ctx *native() const noexcept { return handle_.get(); }

 private:
  template <class Make>
  static goc_ctx *made(Make make) {
    goc_ctx *made = nullptr;
    detail::check(make(&made));
    return made;
  }

  detail::ctx_handle handle_;
};

/// A context that is canceled at the end of its scope, if not before: work that is started in the scope
/// gets a copy of the context, and does not outlive it for long. Whoever has the cancel_scope can end it.
///
///     const goconc::cancel_scope scope = ctx.with_timeout(2s);
///     goconc::go([ctx = goconc::context(scope)] { work(ctx); });
class cancel_scope : public context {
 public:
  cancel_scope(cancel_scope &&) noexcept = default;
  cancel_scope(const cancel_scope &) = delete;
  cancel_scope &operator=(const cancel_scope &) = delete;
  ~cancel_scope() { cancel(); }

  /// Ends it, and all below it before it returns; without effect if it is done.
  void cancel() const noexcept { goc_ctx_cancel(native(), nullptr); }
  /// The same, with an exception as the cause, or a pointer to one. @throws std::bad_alloc.
  template <class E>
  void cancel(E &&why) const {
    std::exception_ptr exception;
    if constexpr (std::is_same_v<std::decay_t<E>, std::exception_ptr>)
      exception = std::forward<E>(why);
    else
      exception = std::make_exception_ptr(std::forward<E>(why));
    detail::cause cause(std::move(exception));
    if (goc_ctx_cancel(native(), cause.get()) == GOC_OK) cause.release();
  }

 private:
  friend class context;
  cancel_scope(const context &parent, std::int64_t deadline, std::exception_ptr exception)
      : context(made(parent, deadline, std::move(exception))) {}
  static goc_ctx *made(const context &parent, std::int64_t deadline, std::exception_ptr exception) {
    detail::cause cause(std::move(exception));
    goc_ctx *made = nullptr;
    detail::check(goc_ctx_with_deadline(&made, parent.native(), deadline, cause.get()));
    cause.release();
    return made;
  }
};

inline cancel_scope context::with_cancel() const { return {*this, GOC_FOREVER, nullptr}; }
template <class Rep, class Period>
cancel_scope context::with_timeout(std::chrono::duration<Rep, Period> time,
                                   std::exception_ptr cause) const {
  return {*this, detail::deadline_after(time), std::move(cause)};
}
inline cancel_scope context::with_deadline(tick time, std::exception_ptr cause) const {
  return {*this, time.time_since_epoch().count(), std::move(cause)};
}

/// A case of select(): call then() when the context is done.
template <class F = detail::do_nothing>
auto done(const context &ctx, F then = {}) {
  return recv(ctx.done(), [then = std::move(then)](auto &&) mutable { then(); });
}

/// A call that after_func() has arranged. It takes place also when no handle is left.
class context_call {
 public:
  context_call(const context_call &) = delete;
  context_call &operator=(const context_call &) = delete;
  context_call(context_call &&other) noexcept
      : handle_(std::move(other.handle_)),
        call_(std::exchange(other.call_, nullptr)),
        drop_(other.drop_),
        in_vain_(other.in_vain_) {}
  ~context_call() {
    if (call_ == nullptr) return;
    if (in_vain_) stop();
    drop_(call_);
  }

  /// @return false if the function has been started, or the call was stopped before.
  bool stop() const {
    const bool stopped = detail::checked(goc_ctx_stop(handle_.get()));
    if (stopped) drop_(call_);
    return stopped;
  }

 private:
  template <class F>
  friend context_call after_func(const context &ctx, F &&f);
  template <class Call>
  context_call(goc_ctx *owned, Call *call, bool in_vain) noexcept
      : handle_(owned), call_(call), drop_(&Call::drop), in_vain_(in_vain) {}

  detail::ctx_handle handle_;
  void *call_;
  void (*drop_)(void *);
  bool in_vain_;  // its context is never done
};

/// Calls f() in a goroutine of its own when the context is done, at once if it is; see
/// goc_ctx_after_func(). The result may be dropped.
/// @throws error without memory or threads: f is not called then.
template <class F>
context_call after_func(const context &ctx, F &&f) {
  using call = detail::call_later<std::decay_t<F>>;
  auto owned = std::make_unique<call>(std::decay_t<F>(std::forward<F>(f)));
  goc_ctx *handle = nullptr;
  detail::check(goc_ctx_after_func(&handle, ctx.native(), &call::entry, owned.get()));
  return context_call(handle, owned.release(), goc_ctx_done(ctx.native()) == nullptr);
}

}  // namespace goconc

#endif
