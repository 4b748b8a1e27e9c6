// A call's wait for a descriptor: W0 to W4 of descriptor.h.
//
//   Watch watch(fd, events);
//   do {
//     watch.begin_try();
//     blocks = would_block(try_it());
//     watch.end_try();
//   } while (blocks && (error = watch.wait(deadline)) == GOC_OK);
//   watch.pass_on();
#pragma once

#include <goconc/time.h>

#include "poll/descriptor.h"

namespace goc {

class Watch {
 public:
  // What wait() gives if the descriptor is always ready, so that nobody waits for it; no goc_result.
  static constexpr int kAlwaysReady = 1;

  Watch(int fd, int events) : fd_(fd), events_(events) {}

  void begin_try();  // W0, T1, T2
  void end_try();    // T4
  // W2, W3, for a call that would block. GOC_OK: W0 and W1 are next.
  int wait(int64_t deadline);
  void pass_on();  // W4, for a call that has not blocked

  // The descriptor has just been made: what is known about its number is out of date.
  static void renew(int fd);
  // C1 to C4. 0, or minus an errno.
  static int64_t close(int fd);

 private:
  bool wants(int index) const { return (events_ & Descriptor::direction(index)) != 0; }
  bool edge_has_come() const;
  int wait_locked(int64_t deadline);
  static void unlock(void* watch);

  static constexpr int64_t kPatienceWithTries = GOC_SECOND / 10;
  static constexpr int64_t kPatienceWithClose = GOC_SECOND;

  const int fd_;
  const int events_;
  Descriptor* descriptor_ = nullptr;
  uint32_t seen_[Descriptor::kDirections] = {};
  bool woken_ = false;
  bool tries_ = false;
};

}  // namespace goc
