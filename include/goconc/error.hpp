// goconc/error.hpp: what the library throws.
//
// Part of goconc.hpp, which says what holds for all of it.
//
// SPDX-License-Identifier: Apache-2.0
#ifndef GOCONC_ERROR_HPP
#define GOCONC_ERROR_HPP

#include <goconc/error.h>

#include <exception>

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

/// False if a call could not be carried out in its time. @throws error for any other failure.
inline bool in_time(int code) {
  if (code == GOC_EAGAIN || code == GOC_ETIMEDOUT) return false;
  check(code);
  return true;
}

}  // namespace detail

}  // namespace goconc

#endif
