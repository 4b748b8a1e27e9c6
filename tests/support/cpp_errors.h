// What C++ functions of the library throw.
#pragma once

#include <goconc/goconc.hpp>

#include <functional>

namespace goc_test {

// The code of the error that f throws, or GOC_OK.
inline int code_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const goconc::error& e) {
    return e.code();
  }
  return GOC_OK;
}

}  // namespace goc_test
