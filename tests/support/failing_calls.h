// Makes calls to the operating system fail, as if there were no resources.
#pragma once

#include <climits>

#include "base/os.h"

namespace goc_test {

// Within its scope every call of one kind fails, but for the first `spared`; or so many of them.
class FailingCalls {
 public:
  explicit FailingCalls(goc::os::Call kind, int spared = 0, int failing = INT_MAX) {
    kind_.store(kind);
    spared_.store(spared);
    failing_.store(failing);
    failures_.store(0);
    goc::os::inject_failure.store([](goc::os::Call call) {
      const bool fails =
          call == kind_.load() && spared_.fetch_sub(1) <= 0 && failing_.fetch_sub(1) > 0;
      if (fails) failures_.fetch_add(1);
      return fails;
    });
  }
  ~FailingCalls() { goc::os::inject_failure.store(nullptr); }
  FailingCalls(const FailingCalls&) = delete;
  FailingCalls& operator=(const FailingCalls&) = delete;

  // How many have failed: a test that saw none has shown nothing.
  static int failures() { return failures_.load(); }

 private:
  static inline goc::Atom<goc::os::Call> kind_{};
  static inline goc::Atom<int> spared_{0};
  static inline goc::Atom<int> failing_{0};
  static inline goc::Atom<int> failures_{0};
};

}  // namespace goc_test
