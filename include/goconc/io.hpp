// goconc/io.hpp: descriptors that goroutines wait for.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_IO_HPP
#define GOCONC_IO_HPP

#include <goconc/detail.hpp>
#include <goconc/error.hpp>
#include <goconc/io.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>

namespace goconc {

// --- Descriptors --------------------------------------------------------------------------------

/// Thrown when the system refuses a call: GOC_ESYSTEM, with what errno was.
class system_error : public error {
 public:
  explicit system_error(int number) noexcept : error(GOC_ESYSTEM), number_(number) {}
  /// The errno, such as ECONNREFUSED.
  int number() const noexcept { return number_; }
  const char *what() const noexcept override { return std::strerror(number_); }

 private:
  int number_;
};

namespace detail {

inline std::size_t check_io(std::int64_t result) {
  if (result == GOC_ESYSTEM) throw system_error(errno);
  if (result < 0) check(static_cast<int>(result));
  return static_cast<std::size_t>(result);
}

/// Nothing if a call could not be carried out in its time.
inline std::optional<std::size_t> check_io_in_time(std::int64_t result) {
  if (result == GOC_EAGAIN || result == GOC_ETIMEDOUT) return std::nullopt;
  return check_io(result);
}

}  // namespace detail

/// A descriptor, which it closes at its end. Calls that wait park the goroutine, or block the plain
/// thread; see io.h. They throw system_error, or error with GOC_EFDCLOSED if somebody closes it
/// meanwhile.
class descriptor {
 public:
  descriptor() noexcept = default;
  /// Takes fd over.
  explicit descriptor(int fd) noexcept : fd_(fd) {}
  descriptor(descriptor &&other) noexcept : fd_(other.release()) {}
  descriptor &operator=(descriptor &&other) noexcept {
    if (this != &other) {
      close();
      fd_ = other.release();
    }
    return *this;
  }
  descriptor(const descriptor &) = delete;
  descriptor &operator=(const descriptor &) = delete;
  ~descriptor() { close(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  /// Gives it to the caller.
  int release() noexcept { return fd_.exchange(-1); }
  /// Closes it, and wakes who waits for it: others may use it at that moment. Later calls throw a
  /// system_error with EBADF.
  void close() noexcept {
    const int fd = release();
    if (fd >= 0) goc_fd_close(fd);
  }

  /// @return how many bytes were read, 1 to len, or 0 at the end.
  std::size_t read(void *data, std::size_t len) const {
    return detail::check_io(goc_read(fd_, data, len, GOC_FOREVER));
  }
  /// @return nothing if the time has passed first.
  template <class Rep, class Period>
  std::optional<std::size_t> read_for(void *data, std::size_t len,
                                      std::chrono::duration<Rep, Period> time) const {
    return detail::check_io_in_time(goc_read(fd_, data, len, detail::deadline_after(time)));
  }

  /// Writes all. @return len, or what was written before something went wrong, which the next call throws.
  std::size_t write(const void *data, std::size_t len) const {
    return detail::check_io(goc_write(fd_, data, len, GOC_FOREVER));
  }
  /// @return how many bytes were written in the time; nothing if none.
  template <class Rep, class Period>
  std::optional<std::size_t> write_for(const void *data, std::size_t len,
                                       std::chrono::duration<Rep, Period> time) const {
    return detail::check_io_in_time(goc_write(fd_, data, len, detail::deadline_after(time)));
  }

  /// The next connection.
  descriptor accept() const {
    return descriptor(
        static_cast<int>(detail::check_io(goc_accept(fd_, nullptr, nullptr, GOC_FOREVER))));
  }
  /// @return one that is false if the time has passed first.
  template <class Rep, class Period>
  descriptor accept_for(std::chrono::duration<Rep, Period> time) const {
    const auto made =
        detail::check_io_in_time(goc_accept(fd_, nullptr, nullptr, detail::deadline_after(time)));
    return made ? descriptor(static_cast<int>(*made)) : descriptor();
  }

  void connect(const sockaddr *to, uint32_t to_len) const {
    detail::check_io(goc_connect(fd_, to, to_len, GOC_FOREVER));
  }
  /// @return false if the time has passed first.
  template <class Rep, class Period>
  bool connect_for(const sockaddr *to, uint32_t to_len,
                   std::chrono::duration<Rep, Period> time) const {
    return detail::check_io_in_time(goc_connect(fd_, to, to_len, detail::deadline_after(time)))
        .has_value();
  }

  /// Waits until it is ready. @param events GOC_READ, GOC_WRITE or both. @return those that are there.
  int wait(int events) const {
    return static_cast<int>(detail::check_io(goc_fd_wait(fd_, events, GOC_FOREVER)));
  }
  /// @return 0 if the time has passed first.
  template <class Rep, class Period>
  int wait_for(int events, std::chrono::duration<Rep, Period> time) const {
    const auto found =
        detail::check_io_in_time(goc_fd_wait(fd_, events, detail::deadline_after(time)));
    return found ? static_cast<int>(*found) : 0;
  }

 private:
  std::atomic<int> fd_{-1};
};

}  // namespace goconc

#endif
