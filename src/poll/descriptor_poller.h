// The poller of sched/poller.h: an epoll descriptor, and an event descriptor that ends its sleep.
//
// It is opened when somebody first waits, and closed when the runtime stops.
// Locking: a descriptor's lock comes before `lock_`, which guards opening and closing, the event descriptor
// and the list of the doubtful. Who holds a descriptor's lock and sees `epoll_` may use it: stop() takes it away
// first, and then each of those locks, before it closes it.
// Memory order: epoll_ (release) pairs with its readers (acquire).
#pragma once

#include "poll/descriptor.h"
#include "sched/poller.h"

namespace goc {

class DescriptorPoller final : public Poller {
 public:
  constexpr DescriptorPoller() = default;

  // The runtime runs, and polls. A goc_result.
  int open();
  // Under the descriptor's lock: edges will be told. 0 or an errno: EPERM for what is always ready,
  // EAGAIN if the poller has been stopped meanwhile.
  int watch(Descriptor& descriptor);
  // One who waits, from before it waits.
  void count(bool goroutine, int64_t by) {
    (goroutine ? waiting_ : threads_).fetch_add(by, std::memory_order_relaxed);
  }

  bool collect(int64_t deadline) override;
  void deliver() override;
  void interrupt() override;
  void verify() override;
  void stop() override;

  Lock& lock() { return lock_; }  // for fork
  void restart_after_fork();

 private:
  int open_locked();
  void close_both(int epoll);
  bool take(int64_t deadline, bool& interrupted);
  void add(Descriptor& descriptor, int events);
  Waiter* verify(Descriptor& descriptor);

  Lock lock_;
  Atom<int> epoll_{-1};
  int event_ = -1;
  Descriptor* doubtful_ = nullptr;
  // Of who has entered.
  Waiter* claimed_ = nullptr;
  Waiter* last_claimed_ = nullptr;
};

extern constinit DescriptorPoller g_poller;

}  // namespace goc
