// goconc/sync.hpp: WaitGroup, mutexes, condition, semaphore, once.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_SYNC_HPP
#define GOCONC_SYNC_HPP

#include <goconc/detail.hpp>
#include <goconc/error.hpp>
#include <goconc/goroutine.h>
#include <goconc/goroutine.hpp>
#include <goconc/sync.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace goconc {

namespace detail {

using wg_handle = handle<goc_wg, goc_wg_retain, goc_wg_release>;
using mutex_handle = handle<goc_mutex, goc_mutex_retain, goc_mutex_release>;
using once_handle = handle<goc_once, goc_once_retain, goc_once_release>;
using rwmutex_handle = handle<goc_rwmutex, goc_rwmutex_retain, goc_rwmutex_release>;
using cond_handle = handle<goc_cond, goc_cond_retain, goc_cond_release>;
using sem_handle = handle<goc_sem, goc_sem_retain, goc_sem_release>;

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

}  // namespace goconc

#endif
