// Every function of the C ABI that takes a number with the least and the greatest one, and with those
// just over a limit: the documented answer, and nothing has changed.
#include <sys/socket.h>
#include <sys/uio.h>

#include <set>

#include "chan_tools.h"
#include "declarations.h"
#include "functions.h"
#include "ops.h"

#if defined(GOC_ASAN)
// What cannot be allocated gives null, as it does without the sanitizer.
extern "C" const char* __asan_default_options() {  // NOLINT: its name is the sanitizer's
  return "allocator_may_return_null=1";
}
#elif defined(GOC_TSAN)
extern "C" const char* __tsan_default_options() {  // NOLINT
  return "allocator_may_return_null=1";
}
#endif

namespace {

using goc_test::chan;
using goc_test::Handles;
using goc_test::mutex;
using goc_test::on_socket;
using goc_test::Operation;
using goc_test::port;
using goc_test::soon;
using goc_test::timer;
using goc_test::wg;

constexpr int64_t kLeast = INT64_MIN;
constexpr int64_t kMost = INT64_MAX;

struct Huge {
  const char* function;
  const char* what;
  int64_t result;
  std::function<int64_t(const Handles&)> call;

  friend std::ostream& operator<<(std::ostream& out, const Huge& h) {
    return out << h.function << ", " << h.what;
  }
};

// Calls make(), which must fail and leave the out parameter alone.
template <class Handle, class Make>
int64_t not_made(Make make) {
  auto* const before = reinterpret_cast<Handle*>(&make);
  Handle* out = before;
  const int64_t result = make(&out);
  EXPECT_EQ(out, before);
  return result;
}
int64_t new_chan(size_t elem_size, size_t capacity) {
  return not_made<goc_chan>([=](goc_chan** out) { return goc_chan_new(out, elem_size, capacity); });
}
int64_t new_buf(size_t len) {
  return not_made<goc_buf>([=](goc_buf** out) { return goc_buf_new(out, nullptr, len); });
}
// The whole memory, which is not read.
int64_t wrap_all() {
  goc_buf* buf = nullptr;
  if (const int result = goc_buf_wrap(&buf, "", SIZE_MAX, nullptr, nullptr); result != GOC_OK)
    return result;
  const bool whole = goc_buf_len(buf) == SIZE_MAX;
  goc_buf_release(buf);
  return whole ? GOC_OK : GOC_EINVAL;
}
// Waits on a WaitGroup that is not zero.
int64_t wait_for(const Handles& on, int64_t deadline) {
  goc_wg_add(wg(on[goc_test::kWg]), 1);
  const int result = goc_wg_wait(wg(on[goc_test::kWg]), deadline);
  goc_wg_done(wg(on[goc_test::kWg]));
  return result;
}
int64_t lock_locked(const Handles& on, int64_t deadline) {
  goc_mutex* held = mutex(on[goc_test::kMutex]);
  EXPECT_EQ(goc_mutex_lock(held, GOC_NOW), GOC_OK);
  const int result = goc_mutex_lock(held, deadline);
  goc_mutex_unlock(held);
  return result;
}
int64_t lock_written(const Handles& on, int (*lock)(goc_rwmutex*, int64_t), int64_t deadline) {
  goc_rwmutex* held = goc_test::rwmutex(on[goc_test::kRWMutex]);
  EXPECT_EQ(goc_rwmutex_lock(held, GOC_NOW), GOC_OK);
  const int result = lock(held, deadline);
  goc_rwmutex_unlock(held);
  return result;
}
int64_t new_sem(int64_t units) {
  return not_made<goc_sem>([=](goc_sem** out) { return goc_sem_new(out, units); });
}
int64_t take(const Handles& on, int64_t units, int64_t deadline) {
  return goc_sem_wait(goc_test::sem(on[goc_test::kSemaphore]), units, deadline);
}
int64_t give(const Handles& on, int64_t units) {
  return goc_sem_post(goc_test::sem(on[goc_test::kSemaphore]), units);
}
int no_task(void*) { return 0; }
int no_flight(void*, void**) { return 0; }
// A task beside the only one that is allowed.
int64_t go_beyond_limit(const Handles& on, int64_t deadline) {
  goc_group* limited = goc_test::group(on[goc_test::kGroup]);
  EXPECT_EQ(goc_group_set_limit(limited, 0), GOC_OK);
  const int result = goc_group_go(limited, &no_task, nullptr, deadline);
  EXPECT_EQ(goc_group_set_limit(limited, -1), GOC_OK);
  return result;
}
int64_t limit(const Handles& on, int64_t limit) {
  return goc_group_set_limit(goc_test::group(on[goc_test::kGroup]), limit);
}
// Waits for a task that waits for the end of this wait.
int64_t wait_for_task(const Handles& on, int64_t deadline) {
  goc_group* waited = goc_test::group(on[goc_test::kGroup]);
  goc_test::Chan gate(0, 0);
  const auto task = [](void* g) {
    return goc_chan_recv(static_cast<goc_chan*>(g), nullptr, soon());
  };
  EXPECT_EQ(goc_group_go(waited, task, gate, soon()), GOC_OK);
  const int result = goc_group_wait(waited, nullptr, deadline);
  goc_chan_close(gate);
  EXPECT_EQ(goc_group_wait(waited, nullptr, soon()), GOC_OK);
  return result;
}
int64_t fly(const Handles& on, size_t key_size) {
  return goc_flight_do(goc_test::flight(on[goc_test::kFlight]), "", key_size, &no_flight, nullptr,
                       nullptr, kLeast);
}
int64_t start_flight(const Handles& on, size_t key_size) {
  return not_made<goc_chan>([&](goc_chan** out) {
    return goc_flight_start(goc_test::flight(on[goc_test::kFlight]), "", key_size, &no_flight,
                            nullptr, out);
  });
}
// The deadline of a context that gets this one, where the parent has none; or an error. One that has
// passed has ended it.
int64_t deadline_of(const Handles& on, int64_t deadline) {
  goc_ctx* made = nullptr;
  const int result =
      goc_ctx_with_deadline(&made, goc_test::ctx(on[goc_test::kContext]), deadline, nullptr);
  if (result != GOC_OK) return result;
  const int64_t answer = goc_ctx_deadline(made);
  EXPECT_EQ(goc_ctx_err(made), deadline < goc_now() ? GOC_ETIMEDOUT : GOC_OK);
  goc_ctx_release(made);
  return answer;
}
int64_t err_after(const Handles& on, int64_t ns) {
  goc_ctx* made = nullptr;
  EXPECT_EQ(goc_ctx_with_timeout(&made, goc_test::ctx(on[goc_test::kContext]), ns, nullptr),
            GOC_OK);
  const int result = goc_ctx_err(made);
  goc_ctx_release(made);
  return -result;
}
int64_t add_to_one(const Handles& on, int64_t delta) {
  goc_wg_add(wg(on[goc_test::kWg]), 1);
  const int result = goc_wg_add(wg(on[goc_test::kWg]), delta);
  EXPECT_EQ(goc_wg_count(wg(on[goc_test::kWg])), 1);
  goc_wg_done(wg(on[goc_test::kWg]));
  return result;
}
int64_t send_when_full(const Handles& on, int64_t deadline) {
  const int64_t word = 0;
  goc_chan* full = chan(on[goc_test::kChan]);
  EXPECT_EQ(goc_chan_send(full, &word, GOC_NOW), GOC_OK);
  const int result = goc_chan_send(full, &word, deadline);
  EXPECT_EQ(goc_chan_recv(full, nullptr, GOC_NOW), GOC_OK);
  return result;
}
int64_t receive(const Handles& on, int64_t deadline) {
  return goc_chan_recv(chan(on[goc_test::kChan]), nullptr, deadline);
}
int64_t select_all(const Handles& on, size_t n, int64_t deadline) {
  goc_case only = {chan(on[goc_test::kChan]), GOC_RECV, 0, nullptr};
  return goc_select(&only, n, deadline);
}
int64_t select_op(const Handles& on, size_t n, int flags) {
  const goc_case only = {chan(on[goc_test::kChan]), GOC_RECV, 0, nullptr};
  Operation op;
  return goc_select_op(&only, n, &op, nullptr, flags);
}
int64_t poll(const Handles& on, int max) {
  int64_t token;
  return goc_port_poll(port(on[goc_test::kPort]), &token, max);
}
int64_t wait(const Handles& on, int max, int64_t deadline) {
  int64_t token;
  return goc_port_wait(port(on[goc_test::kPort]), &token, max, deadline);
}
int64_t post_and_fetch(const Handles& on, int64_t token) {
  if (const int r = goc_port_post(port(on[goc_test::kPort]), token); r != GOC_OK) return r;
  int64_t fetched = 0;
  EXPECT_EQ(goc_port_poll(port(on[goc_test::kPort]), &fetched, INT_MAX), 1);
  return fetched == token ? GOC_OK : GOC_EINVAL;
}
int64_t wait_for_op(int64_t deadline) {
  void* op = goc_test::make(goc_test::kOperation);
  const int result = goc_op_wait(static_cast<goc_op*>(op), deadline);
  goc_test::discard(goc_test::kOperation, op);
  return result;
}
int64_t new_timer(int64_t ns) {
  goc_timer* made = nullptr;
  goc_chan* ticks = nullptr;
  if (const int result = goc_timer_new(&made, &ticks, ns); result != GOC_OK) return result;
  EXPECT_EQ(goc_chan_recv(ticks, nullptr, ns < 0 ? soon() : GOC_NOW), ns < 0 ? GOC_OK : GOC_EAGAIN);
  const int stopped = goc_timer_stop(made);
  goc_chan_release(ticks);
  goc_timer_release(made);
  return stopped;
}
int64_t reset(const Handles& on, int64_t ns) {
  goc_timer* t = timer(on[goc_test::kTimer]);
  const int result = goc_timer_reset(t, ns);
  EXPECT_EQ(goc_chan_recv(goc_timer_chan(t), nullptr, ns < 0 ? soon() : GOC_NOW),
            ns < 0 ? GOC_OK : GOC_EAGAIN);
  goc_timer_reset(t, kMost);
  return result;
}
int64_t call_later(int64_t ns) {
  goc_timer* made = nullptr;
  const int before = goc_test::calls();
  if (const int r = goc_after_func(&made, ns, &goc_test::note_call, nullptr); r != GOC_OK) return r;
  if (ns < 0) goc_test::eventually([=] { return goc_test::calls() == before + 1; });
  const int stopped = goc_timer_stop(made);
  goc_timer_release(made);
  return stopped;
}
int64_t new_ticker(int64_t ns) {
  goc_ticker* made = nullptr;
  const int result = goc_ticker_new(&made, nullptr, ns);
  goc_ticker_release(made);
  return result;
}
int64_t start_timer(int64_t deadline) {
  Operation op;
  return goc_timer_op(deadline, &op, nullptr);
}

// As soon as no worker looks for goroutines any more.
int64_t shut_down(int64_t deadline) {
  int result;
  do result = goc_shutdown(deadline);
  while (result == GOC_ETIMEDOUT);
  return result;
}

// clang-format off
const std::vector<Huge>& huge() {
  static const std::vector<Huge> table = {
      {"goc_error_name", "least", 0, [](auto&) { return std::string(goc_error_name(INT_MIN)) != "GOC_UNKNOWN"; }},
      {"goc_error_name", "most", 0, [](auto&) { return std::string(goc_error_name(INT_MAX)) != "GOC_UNKNOWN"; }},
      {"goc_strerror", "least", 0, [](auto&) { return std::string(goc_strerror(INT_MIN)) != "unknown error"; }},
      {"goc_strerror", "most", 0, [](auto&) { return std::string(goc_strerror(INT_MAX)) != "unknown error"; }},
      {"goc_shutdown", "a passed deadline", 0, [](auto&) { return shut_down(kLeast); }},
      {"goc_dump", "least", GOC_EINVAL, [](auto&) { return goc_dump(INT_MIN); }},
      {"goc_dump", "greatest", GOC_EINVAL, [](auto&) { return goc_dump(INT_MAX); }},
      {"goc_leaks", "least", 0, [](auto&) { return goc_leaks(INT_MIN); }},
      {"goc_leaks", "greatest", 0, [](auto&) { return goc_leaks(INT_MAX); }},
      {"goc_expect_external_events", "least", 0, [](auto&) { return goc_expect_external_events(INT_MIN), goc_expect_external_events(0), 0; }},
      {"goc_set_max_procs", "least", GOC_EINVAL, [](auto&) { return goc_set_max_procs(INT_MIN); }},
      {"goc_set_max_procs", "none", GOC_EINVAL, [](auto&) { return goc_set_max_procs(0); }},
      {"goc_set_max_procs", "one too many", GOC_EINVAL, [](auto&) { return goc_set_max_procs(1025); }},
      {"goc_set_max_procs", "most", GOC_EINVAL, [](auto&) { return goc_set_max_procs(INT_MAX); }},
      {"goc_deadline", "least", 1, [](auto&) { return goc_deadline(kLeast) <= goc_now(); }},
      {"goc_deadline", "most", 1, [](auto&) { return goc_deadline(kMost) == GOC_FOREVER; }},
      {"goc_sleep", "least", 0, [](auto&) { return goc_sleep(kLeast), 0; }},
      {"goc_sleep_until", "least", 0, [](auto&) { return goc_sleep_until(kLeast), 0; }},
      {"goc_timer_new", "least", 0, [](auto&) { return new_timer(kLeast); }},
      {"goc_timer_new", "most", 1, [](auto&) { return new_timer(kMost); }},
      {"goc_timer_reset", "least", 1, [](auto& on) { return reset(on, kLeast); }},
      {"goc_timer_reset", "most", 1, [](auto& on) { return reset(on, kMost); }},
      {"goc_after_func", "least", 0, [](auto&) { return call_later(kLeast); }},
      {"goc_after_func", "most", 1, [](auto&) { return call_later(kMost); }},
      {"goc_ticker_new", "least", GOC_EINVAL, [](auto&) { return new_ticker(kLeast); }},
      {"goc_ticker_new", "none", GOC_EINVAL, [](auto&) { return new_ticker(0); }},
      {"goc_ticker_new", "most", GOC_OK, [](auto&) { return new_ticker(kMost); }},
      {"goc_ticker_reset", "least", GOC_EINVAL, [](auto& on) { return goc_ticker_reset(goc_test::ticker(on[goc_test::kTicker]), kLeast); }},
      {"goc_ticker_reset", "most", 1, [](auto& on) { return goc_ticker_reset(goc_test::ticker(on[goc_test::kTicker]), kMost); }},
      {"goc_ticker_reset", "none", GOC_EINVAL, [](auto& on) { return goc_ticker_reset(goc_test::ticker(on[goc_test::kTicker]), 0); }},
      {"goc_fd_wait", "least", GOC_ESYSTEM, [](auto&) { return goc_fd_wait(INT_MIN, GOC_READ, kMost); }},
      {"goc_fd_wait", "most", GOC_ESYSTEM, [](auto&) { return goc_fd_wait(INT_MAX, GOC_READ, kMost); }},
      {"goc_fd_wait", "a passed deadline", GOC_ETIMEDOUT, [](auto&) { return on_socket([](int fd) { return goc_fd_wait(fd, GOC_READ, kLeast); }); }},
      {"goc_fd_wait", "events that do not exist", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_fd_wait(fd, INT_MAX, kLeast); }); }},
      {"goc_fd_close", "least", GOC_ESYSTEM, [](auto&) { return goc_fd_close(INT_MIN); }},
      {"goc_fd_close", "most", GOC_ESYSTEM, [](auto&) { return goc_fd_close(INT_MAX); }},
      {"goc_read", "most", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_read(fd, &fd, SIZE_MAX, kLeast); }); }},
      {"goc_read", "a passed deadline", GOC_ETIMEDOUT, [](auto&) { return on_socket([](int fd) { return goc_read(fd, &fd, 1, kLeast); }); }},
      {"goc_write", "most", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_write(fd, &fd, SIZE_MAX, kLeast); }); }},
      {"goc_readv", "least", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_readv(fd, nullptr, INT_MIN, kLeast); }); }},
      {"goc_readv", "a length that is too great", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { const iovec part{&fd, SIZE_MAX}; return goc_readv(fd, &part, 1, kLeast); }); }},
      {"goc_writev", "least", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_writev(fd, nullptr, INT_MIN, kLeast); }); }},
      {"goc_accept", "most", GOC_ESYSTEM, [](auto&) { return goc_accept(INT_MAX, nullptr, nullptr, kLeast); }},
      {"goc_connect", "most", GOC_ESYSTEM, [](auto&) { return on_socket([](int fd) { const sockaddr to{}; return goc_connect(fd, &to, UINT_MAX, kLeast); }); }},
      {"goc_recv", "most", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_recv(fd, &fd, SIZE_MAX, 0, kLeast); }); }},
      {"goc_recvfrom", "most", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_recvfrom(fd, &fd, SIZE_MAX, 0, nullptr, nullptr, kLeast); }); }},
      {"goc_send", "most", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_send(fd, &fd, SIZE_MAX, 0, kLeast); }); }},
      {"goc_sendto", "most", GOC_EINVAL, [](auto&) { return on_socket([](int fd) { return goc_sendto(fd, &fd, SIZE_MAX, 0, nullptr, 0, kLeast); }); }},
      {"goc_chan_new", "more bytes than there can be", GOC_EINVAL, [](auto&) { return new_chan(1, SIZE_MAX); }},
      {"goc_chan_new", "a product that overflows", GOC_EINVAL, [](auto&) { return new_chan(SIZE_MAX, 2); }},
      {"goc_chan_new", "a product that overflows to little", GOC_EINVAL, [](auto&) { return new_chan(size_t{1} << 32, (size_t{1} << 32) + 1); }},
      {"goc_chan_new", "more bytes than there are", GOC_ENOMEM, [](auto&) { return new_chan(1, PTRDIFF_MAX); }},
      {"goc_chan_send", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return send_when_full(on, kLeast); }},
      {"goc_chan_recv", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return receive(on, kLeast); }},
      {"goc_select", "most cases", GOC_EINVAL, [](auto& on) { return select_all(on, SIZE_MAX, GOC_NOW); }},
      {"goc_select", "one case too many", GOC_EINVAL, [](auto& on) { return select_all(on, GOC_SELECT_MAX + 1, GOC_NOW); }},
      {"goc_select", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return select_all(on, 1, kLeast); }},
      {"goc_select", "a passed deadline and no case", GOC_ETIMEDOUT, [](auto& on) { return select_all(on, 0, kLeast); }},
      {"goc_buf_new", "more bytes than there can be", GOC_ENOMEM, [](auto&) { return new_buf(SIZE_MAX); }},
      {"goc_buf_new", "more bytes than there are", GOC_ENOMEM, [](auto&) { return new_buf(PTRDIFF_MAX - 100); }},
      {"goc_buf_wrap", "most bytes", GOC_OK, [](auto&) { return wrap_all(); }},
      {"goc_wg_add", "least", GOC_ENEGATIVE, [](auto& on) { return add_to_one(on, kLeast); }},
      {"goc_wg_add", "one too few", GOC_ENEGATIVE, [](auto& on) { return add_to_one(on, -2); }},
      {"goc_wg_add", "one too many", GOC_EOVERFLOW, [](auto& on) { return add_to_one(on, INT32_MAX); }},
      {"goc_wg_add", "most", GOC_EOVERFLOW, [](auto& on) { return add_to_one(on, kMost); }},
      {"goc_wg_wait", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return wait_for(on, kLeast); }},
      {"goc_mutex_lock", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return lock_locked(on, kLeast); }},
      {"goc_rwmutex_lock", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return lock_written(on, &goc_rwmutex_lock, kLeast); }},
      {"goc_rwmutex_rlock", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return lock_written(on, &goc_rwmutex_rlock, kLeast); }},
      {"goc_cond_wait", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return goc_test::wait_with_own_mutex(goc_test::cond(on[goc_test::kCond]), kLeast); }},
      {"goc_sem_new", "least", GOC_EINVAL, [](auto&) { return new_sem(kLeast); }},
      {"goc_sem_new", "one too few", GOC_EINVAL, [](auto&) { return new_sem(-1); }},
      {"goc_sem_new", "one too many", GOC_EINVAL, [](auto&) { return new_sem(int64_t{1} << 62); }},
      {"goc_sem_new", "most", GOC_EINVAL, [](auto&) { return new_sem(kMost); }},
      {"goc_sem_wait", "least", GOC_EINVAL, [](auto& on) { return take(on, kLeast, GOC_FOREVER); }},
      {"goc_sem_wait", "most", GOC_EAGAIN, [](auto& on) { return take(on, kMost, GOC_NOW); }},
      {"goc_sem_wait", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return take(on, kMost, kLeast); }},
      {"goc_sem_post", "least", GOC_EINVAL, [](auto& on) { return give(on, kLeast); }},
      {"goc_sem_post", "most", GOC_EPERM, [](auto& on) { return give(on, kMost); }},
      {"goc_group_go", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return go_beyond_limit(on, kLeast); }},
      {"goc_group_wait", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return wait_for_task(on, kLeast); }},
      {"goc_group_set_limit", "least", GOC_OK, [](auto& on) { return limit(on, kLeast); }},
      {"goc_group_set_limit", "most", GOC_OK, [](auto& on) { return limit(on, kMost); }},
      {"goc_flight_do", "more bytes than there can be", GOC_ENOMEM, [](auto& on) { return fly(on, SIZE_MAX); }},
      {"goc_flight_do", "more bytes than there are", GOC_ENOMEM, [](auto& on) { return fly(on, PTRDIFF_MAX); }},
      {"goc_flight_start", "more bytes than there can be", GOC_ENOMEM, [](auto& on) { return start_flight(on, SIZE_MAX); }},
      {"goc_flight_forget", "most bytes", GOC_OK, [](auto& on) { return goc_flight_forget(goc_test::flight(on[goc_test::kFlight]), "", SIZE_MAX); }},
      {"goc_ctx_with_deadline", "least", 1, [](auto& on) { return deadline_of(on, kLeast); }},
      {"goc_ctx_with_deadline", "none", 1, [](auto& on) { return deadline_of(on, GOC_NOW); }},
      {"goc_ctx_with_deadline", "the last but one", kMost - 1, [](auto& on) { return deadline_of(on, kMost - 1); }},
      {"goc_ctx_with_deadline", "most", kMost, [](auto& on) { return deadline_of(on, kMost); }},
      {"goc_ctx_with_timeout", "least", -GOC_ETIMEDOUT, [](auto& on) { return err_after(on, kLeast); }},
      {"goc_ctx_with_timeout", "most", 0, [](auto& on) { return err_after(on, kMost); }},
      {"goc_port_poll", "least", GOC_EINVAL, [](auto& on) { return poll(on, INT_MIN); }},
      {"goc_port_poll", "none", GOC_EINVAL, [](auto& on) { return poll(on, 0); }},
      {"goc_port_poll", "most", 0, [](auto& on) { return poll(on, INT_MAX); }},
      {"goc_port_wait", "least", GOC_EINVAL, [](auto& on) { return wait(on, INT_MIN, GOC_FOREVER); }},
      {"goc_port_wait", "a passed deadline", GOC_ETIMEDOUT, [](auto& on) { return wait(on, INT_MAX, kLeast); }},
      {"goc_port_post", "least", GOC_OK, [](auto& on) { return post_and_fetch(on, kLeast); }},
      {"goc_port_post", "none", GOC_EINVAL, [](auto& on) { return post_and_fetch(on, 0); }},
      {"goc_port_post", "most", GOC_OK, [](auto& on) { return post_and_fetch(on, kMost); }},
      {"goc_select_op", "most cases", GOC_EINVAL, [](auto& on) { return select_op(on, SIZE_MAX, GOC_OP_NOW); }},
      {"goc_select_op", "one case too many", GOC_EINVAL, [](auto& on) { return select_op(on, GOC_SELECT_MAX + 1, GOC_OP_NOW); }},
      {"goc_select_op", "all flags", GOC_EINVAL, [](auto& on) { return select_op(on, 1, -1); }},
      {"goc_timer_op", "least", GOC_OK, [](auto&) { return start_timer(kLeast); }},
      {"goc_timer_op", "most", GOC_EINVAL, [](auto&) { return start_timer(kMost); }},
      {"goc_op_wait", "a passed deadline", GOC_ETIMEDOUT, [](auto&) { return wait_for_op(kLeast); }},
  };
  return table;
}
// clang-format on

class HugeValue : public goc_test::Runtime, public testing::WithParamInterface<Huge> {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    handles_ = goc_test::make_handles();
    expected_ = GetParam().result;
  }
  void TearDown() override {
    goc_test::eventually([] { return goc_num_goroutines() == 0; });  // they may keep a handle
    goc_test::expect_untouched(handles_);
    goc_test::release_handles(handles_);
    Runtime::TearDown();
  }

  Handles handles_{};
  int64_t expected_ = 0;
};
INSTANTIATE_TEST_SUITE_P(Of, HugeValue, testing::ValuesIn(huge()),
                         [](const testing::TestParamInfo<Huge>& info) {
                           std::string name =
                               std::string(info.param.function) + "_" + info.param.what;
                           for (char& c : name) c = c == ' ' ? '_' : c;
                           return name;
                         });

TEST_P(HugeValue, IsAnsweredOnAThread) {
  EXPECT_EQ(GetParam().call(handles_), expected_);
  EXPECT_TRUE(goc_test::documented(GetParam().function, expected_));
}

TEST_P(HugeValue, IsAnsweredOnAGoroutine) {
  if (GetParam().function == std::string("goc_shutdown")) expected_ = GOC_EPERM;
  goc_test::run([this] { EXPECT_EQ(GetParam().call(handles_), expected_); });
}

TEST(HugeValues, AreGivenToEveryFunctionThatTakesANumber) {
  std::set<std::string> given;
  for (const Huge& h : huge()) given.insert(h.function);
  for (const auto& d : goc_test::declarations())
    EXPECT_EQ(given.count(d.name) != 0, d.takes_number()) << d.name;
}

using HugeOptions = goc_test::Runtime;

TEST_F(HugeOptions, OfChannelsAndGoroutinesAreRefused) {
  goc_chan_options channel = GOC_CHAN_OPTIONS_INIT;
  channel.elem_size = SIZE_MAX;
  channel.capacity = SIZE_MAX;
  EXPECT_EQ(not_made<goc_chan>([&](goc_chan** out) { return goc_chan_new_with(out, &channel); }),
            GOC_EINVAL);
  goc_go_options goroutine = GOC_GO_OPTIONS_INIT;
  for (size_t stack : {SIZE_MAX, (size_t{1} << 30) + 1}) {
    goroutine.stack_size = stack;
    EXPECT_EQ(goc_go_with(&goroutine, &goc_test::note_call, nullptr), GOC_EINVAL);
  }
  EXPECT_EQ(goc_num_goroutines(), 0);
}

// Values without a size take no memory, however many fit.
TEST_F(HugeOptions, AChannelOfSignalsMayHoldAsManyAsCanBeCounted) {
  goc_test::Chan signals(0, SIZE_MAX);
  EXPECT_EQ(goc_chan_cap(signals), SIZE_MAX);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(goc_chan_send(signals, nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_chan_len(signals), 3U);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(goc_chan_recv(signals, nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_chan_recv(signals, nullptr, GOC_NOW), GOC_EAGAIN);
}

// As long as there is time: shutdown finds them without a deadline.
TEST_F(HugeOptions, ASleepThatEndsAfterAllTimeIsForEver) {
  for (void (*sleep)(int64_t) : {&goc_sleep, &goc_sleep_until})
    goc_test::go_for_ever([=] {
      sleep(kMost);
      ADD_FAILURE() << "it woke";
    });
  EXPECT_EQ(goc_shutdown(soon()), 2);
}

}  // namespace
