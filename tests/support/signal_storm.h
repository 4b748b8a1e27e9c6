// A thousand signals a second at the process and its threads: every system call of a plain thread may
// be interrupted at any moment.
#pragma once

#include <cstdint>
#include <thread>

#include "base/atomic.h"

namespace goc_test {

// SIGUSR1, by turns at the process and at one of its threads; the handler does not restart calls. The
// runtime's own threads block it, so it finds those of the program. The handler stays installed, since
// the last signals may still be on their way when the storm ends.
class SignalStorm {
 public:
  SignalStorm();  // the first one has been handled
  ~SignalStorm();
  SignalStorm(const SignalStorm&) = delete;
  SignalStorm& operator=(const SignalStorm&) = delete;

  int64_t handled() const;

 private:
  void rage();

  goc::Atom<bool> stop_{false};
  std::thread thread_;
};

}  // namespace goc_test
