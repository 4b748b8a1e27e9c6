// The table of functions. See functions.h.
#include "functions.h"

#include <cstring>

#include "descriptors.h"
#include "ops.h"

namespace goc_test {
namespace {

Function handle(const char* name, Type type, int64_t with_null, int64_t with_bad_handle,
                std::function<int64_t(void*)> call) {
  return {name, type, with_null, with_bad_handle, std::move(call)};
}
// EINVAL for NULL, EBADHANDLE for what is no handle.
Function checked(const char* name, Type type, std::function<int64_t(void*)> call) {
  return handle(name, type, GOC_EINVAL, GOC_EBADHANDLE, std::move(call));
}
// No way to tell of an error: nothing happens and the answer is 0.
Function silent(const char* name, Type type, std::function<int64_t(void*)> call) {
  return handle(name, type, 0, 0, std::move(call));
}
// Where only NULL can be told.
Function pointer(const char* name, Type type, int64_t with_null,
                 std::function<int64_t(void*)> call) {
  return handle(name, type, with_null, 0, std::move(call));
}
Function plain(const char* name, std::function<int64_t()> call) {
  return handle(name, kNothing, 0, 0, [call = std::move(call)](void*) { return call(); });
}

goc::Atom<int> g_calls{0};
int64_t g_word = 1;

using Callback = void(void*);
Callback* callback(void* p) { return reinterpret_cast<Callback*>(p); }

// Makes something, and releases it if that went well.
template <class Handle>
int64_t made(void* out, int (*make)(Handle**), void (*release)(Handle*)) {
  const int result = make(static_cast<Handle**>(out));
  if (result == GOC_OK) release(*static_cast<Handle**>(out));
  return result;
}
template <class Handle>
int64_t retained(void* h, Handle* (*retain)(Handle*), void (*release)(Handle*)) {
  auto* one = static_cast<Handle*>(h);
  const bool other = retain(one) != one;
  release(one);
  return other;
}
template <class Handle>
int64_t released(void* h, Handle* (*retain)(Handle*), void (*release)(Handle*)) {
  release(retain(static_cast<Handle*>(h)));
  return 0;
}

// An operation that has been started is not left pending.
int64_t tried(goc_op& op, int result) {
  if (result == GOC_PENDING && goc_op_cancel(&op) == GOC_ETOOLATE) {
    EXPECT_EQ(goc_op_wait(&op, soon()), GOC_OK);
  }
  return result;
}
template <class Handle>
int64_t tried(int (*start)(Handle*, goc_op*, goc_port*), void* h) {
  Operation op;
  return tried(op, start(static_cast<Handle*>(h), &op, nullptr));
}

int note_task(void*) {
  note_call(nullptr);
  return 0;
}
int note_flight(void*, void**) { return note_task(nullptr); }

int64_t traced(int started) {
  if (started == GOC_OK) {
    EXPECT_EQ(goc_trace_stop(), GOC_OK);
  }
  return started;
}
// With no options, or with ones of another size.
int64_t trace_with(void* bad) {
  goc_trace_options options = GOC_TRACE_OPTIONS_INIT;
  ++options.size;
  return traced(goc_trace_start_with(bad != nullptr ? &options : nullptr));
}

int64_t started_flight(goc_flight* flight) {
  goc_chan* result = nullptr;
  const int started = goc_flight_start(flight, "key", 3, &note_flight, nullptr, &result);
  goc_chan_release(result);
  return started;
}

// Makes a context below h, which is released.
int64_t below(void* h, const std::function<int(goc_ctx**, goc_ctx*)>& make) {
  goc_ctx* made = nullptr;
  const int result = make(&made, ctx(h));
  goc_ctx_release(made);
  return result;
}
int64_t new_group_below(void* h) {
  goc_group* group = nullptr;
  const int64_t result = below(
      h, [&](goc_ctx** out, goc_ctx* parent) { return goc_group_with_ctx(&group, out, parent); });
  goc_group_release(group);
  return result;
}
// What stops the call that it has arranged.
int64_t call_off(void* h) {
  int stopped = 0;
  const int64_t result = below(h, [&](goc_ctx** out, goc_ctx* parent) {
    const int made = goc_ctx_after_func(out, parent, &note_call, nullptr);
    if (made == GOC_OK) stopped = goc_ctx_stop(*out);
    return made;
  });
  return result == GOC_OK ? stopped : result;
}

int64_t select_both(void* h) {
  constexpr int kUnset = 77;
  int64_t value = 0;
  goc_case cases[] = {{chan(h), GOC_SEND, kUnset, &value}, {chan(h), GOC_RECV, kUnset, &value}};
  const int result = goc_select(cases, 2, GOC_NOW);
  for (int i : {0, 1}) EXPECT_EQ(cases[i].status == kUnset, i != result);
  return result;
}
int64_t select_op_now(void* h) {
  const goc_case only = {chan(h), GOC_RECV, 0, nullptr};
  Operation op;
  return tried(op, goc_select_op(&only, 1, &op, nullptr, GOC_OP_NOW));
}
int64_t fetched(const std::function<int(int64_t*)>& fetch) {
  constexpr int64_t kUnset = 77;
  int64_t token = kUnset;
  const int result = fetch(&token);
  EXPECT_EQ(token == kUnset, result <= 0);
  return result;
}
int64_t new_with_defaults(void* out) {
  return made<goc_chan>(
      out,
      [](goc_chan** o) {
        const goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
        return goc_chan_new_with(o, &options);
      },
      &goc_chan_release);
}

}  // namespace

int64_t on_socket(const std::function<int64_t(int fd)>& use) {
  const Ends ends = socket_pair();
  return use(ends.in);
}

int64_t wait_with_own_mutex(goc_cond* cond, int64_t deadline) {
  goc_mutex* mutex = nullptr;
  EXPECT_EQ(goc_mutex_new(&mutex), GOC_OK);
  EXPECT_EQ(goc_mutex_lock(mutex, GOC_NOW), GOC_OK);
  const int result = goc_cond_wait(cond, mutex, deadline);
  EXPECT_EQ(goc_mutex_unlock(mutex), GOC_OK) << "it is to be locked again";
  goc_mutex_release(mutex);
  return result;
}

Function Function::gives(int64_t result) const {
  Function f = *this;
  f.on_thread = f.on_goroutine = f.after_shutdown = result;
  return f;
}
Function Function::gives_on_thread(int64_t result) const {
  Function f = *this;
  f.on_thread = f.after_shutdown = result;
  return f;
}
Function Function::gives_after_shutdown(int64_t result) const {
  Function f = *this;
  f.after_shutdown = result;
  return f;
}
Function Function::starts() const {
  Function f = *this;
  f.starts_runtime = true;
  return f;
}

// clang-format off
const std::vector<Function>& functions() {
  static const std::vector<Function> table = {
      // version.h, error.h
      plain("goc_abi_version", [] { return goc_abi_version(); }).gives(GOC_ABI_VERSION),
      plain("goc_version", [] { return std::strcmp(goc_version(), GOC_VERSION_STRING); }),
      plain("goc_error_name", [] { return std::strcmp(goc_error_name(GOC_OK), "GOC_OK"); }),
      plain("goc_strerror", [] { return std::strcmp(goc_strerror(GOC_OK), "success"); }),
      // runtime.h; options are the subject of capi_options_test.cc
      plain("goc_init", [] { return goc_init(nullptr); }).gives(GOC_EALREADY).gives_after_shutdown(GOC_OK).starts(),
      plain("goc_shutdown", [] { return goc_shutdown(soon()); }).gives(GOC_EPERM).gives_on_thread(0),
      pointer("goc_run", kCallback, GOC_EINVAL, [](void* p) { return goc_run(callback(p), nullptr); }).starts(),
      plain("goc_max_procs", [] { return goc_max_procs() > 0; }).gives(1),
      plain("goc_set_max_procs", [] { return goc_set_max_procs(2); }),
      plain("goc_num_goroutines", [] { return goc_num_goroutines(); }).gives(1).gives_on_thread(0),
      // diag.h
      plain("goc_expect_external_events", [] { return goc_expect_external_events(0), 0; }),
      // goroutine.h
      plain("goc_dump", [] { return goc_dump(-1); }).gives(GOC_EINVAL),
      plain("goc_leaks", [] { return goc_leaks(-1); }),
      pointer("goc_stats", kOut, GOC_EINVAL, [](void* p) { goc_stats_t stats = GOC_STATS_INIT; return goc_stats(p != nullptr ? &stats : nullptr); }),

      pointer("goc_go", kCallback, GOC_EINVAL, [](void* p) { return goc_go(callback(p), nullptr); }).starts(),
      pointer("goc_go_with", kCallback, GOC_EINVAL, [](void* p) { return goc_go_with(nullptr, callback(p), nullptr); }).starts(),
      plain("goc_yield", [] { return goc_yield(), 0; }),
      plain("goc_self", [] { return goc_self() != 0; }).gives(1).gives_on_thread(0),
      plain("goc_on_goroutine", [] { return goc_on_goroutine(); }).gives(1).gives_on_thread(0),
      plain("goc_set_name", [] { return goc_set_name("name"); }).gives_on_thread(GOC_EPERM),
      pointer("goc_defer", kCallback, GOC_EINVAL, [](void* p) { return goc_defer(callback(p), nullptr); }).gives_on_thread(GOC_EPERM),
      plain("goc_exit_goroutine", [] { return goc_on_goroutine() ? goc_run([](void*) { goc_exit_goroutine(); }, nullptr) : goc_exit_goroutine(); }).gives_on_thread(GOC_EPERM),
      plain("goc_lock_thread", [] { const int r = goc_lock_thread(); if (r == GOC_OK) goc_unlock_thread(); return r; }).gives_on_thread(GOC_EPERM),
      plain("goc_unlock_thread", [] { return goc_unlock_thread(); }).gives(GOC_EPERM),
      plain("goc_blocking_begin", [] { return goc_blocking_begin(), goc_blocking_end(), 0; }),
      plain("goc_blocking_end", [] { return goc_blocking_end(), 0; }),
      pointer("goc_blocking", kCallback, GOC_EINVAL, [](void* p) { return goc_blocking(callback(p), nullptr); }),
      // time.h
      plain("goc_now", [] { return goc_now() > 0; }).gives(1),
      plain("goc_deadline", [] { return goc_deadline(1) > 0; }).gives(1),
      plain("goc_sleep", [] { return goc_sleep(1), 0; }),
      plain("goc_sleep_until", [] { return goc_sleep_until(goc_now() + 1), 0; }),
      pointer("goc_timer_new", kOut, GOC_EINVAL, [](void* p) { return made<goc_timer>(p, [](goc_timer** out) { return goc_timer_new(out, nullptr, 0); }, &goc_timer_release); }),
      silent("goc_timer_chan", kTimer, [](void* h) { return goc_timer_chan(timer(h)) != nullptr; }).gives(1),
      checked("goc_timer_stop", kTimer, [](void* h) { return goc_timer_stop(timer(h)); }).gives(1),
      checked("goc_timer_reset", kTimer, [](void* h) { return goc_timer_reset(timer(h), 1); }).gives(1).starts(),
      silent("goc_timer_retain", kTimer, [](void* h) { return retained(h, &goc_timer_retain, &goc_timer_release); }),
      silent("goc_timer_release", kTimer, [](void* h) { return released(h, &goc_timer_retain, &goc_timer_release); }),
      pointer("goc_after_func", kCallback, GOC_EINVAL, [](void* p) { return goc_after_func(nullptr, 0, callback(p), nullptr); }).starts(),
      pointer("goc_ticker_new", kOut, GOC_EINVAL, [](void* p) { return made<goc_ticker>(p, [](goc_ticker** out) { return goc_ticker_new(out, nullptr, 1); }, &goc_ticker_release); }),
      silent("goc_ticker_chan", kTicker, [](void* h) { return goc_ticker_chan(ticker(h)) != nullptr; }).gives(1),
      checked("goc_ticker_stop", kTicker, [](void* h) { return goc_ticker_stop(ticker(h)); }).gives(1),
      checked("goc_ticker_reset", kTicker, [](void* h) { return goc_ticker_reset(ticker(h), INT64_MAX); }).gives(1).starts(),
      silent("goc_ticker_retain", kTicker, [](void* h) { return retained(h, &goc_ticker_retain, &goc_ticker_release); }),
      silent("goc_ticker_release", kTicker, [](void* h) { return released(h, &goc_ticker_retain, &goc_ticker_release); }),
      // channel.h, select.h
      pointer("goc_chan_new", kOut, GOC_EINVAL, [](void* p) { return made<goc_chan>(p, [](goc_chan** out) { return goc_chan_new(out, 1, 1); }, &goc_chan_release); }),
      pointer("goc_chan_new_with", kOut, GOC_EINVAL, &new_with_defaults),
      handle("goc_chan_send", kChan, GOC_EAGAIN, GOC_EBADHANDLE, [](void* h) { return goc_chan_send(chan(h), &g_word, GOC_NOW); }),
      handle("goc_chan_recv", kChan, GOC_EAGAIN, GOC_EBADHANDLE, [](void* h) { return goc_chan_recv(chan(h), nullptr, GOC_NOW); }).gives(GOC_EAGAIN),
      checked("goc_chan_close", kChan, [](void* h) { return goc_chan_close(chan(h)); }),
      silent("goc_chan_len", kChan, [](void* h) { return static_cast<int64_t>(goc_chan_len(chan(h))); }),
      silent("goc_chan_cap", kChan, [](void* h) { return static_cast<int64_t>(goc_chan_cap(chan(h))); }).gives(1),
      checked("goc_chan_kind", kChan, [](void* h) { return goc_chan_kind(chan(h)); }),
      silent("goc_chan_is_closed", kChan, [](void* h) { return goc_chan_is_closed(chan(h)); }),
      silent("goc_chan_retain", kChan, [](void* h) { return retained(h, &goc_chan_retain, &goc_chan_release); }),
      silent("goc_chan_release", kChan, [](void* h) { return released(h, &goc_chan_retain, &goc_chan_release); }),
      handle("goc_select", kChan, GOC_EAGAIN, GOC_EBADHANDLE, &select_both),
      // buf.h: its handles are not recognised once they are released
      pointer("goc_buf_new", kOut, GOC_EINVAL, [](void* p) { return made<goc_buf>(p, [](goc_buf** out) { return goc_buf_new(out, "x", 1); }, &goc_buf_release); }),
      pointer("goc_buf_wrap", kOut, GOC_EINVAL, [](void* p) { return made<goc_buf>(p, [](goc_buf** out) { return goc_buf_wrap(out, "x", 1, &note_call, nullptr); }, &goc_buf_release); }),
      pointer("goc_buf_data", kBuffer, 0, [](void* p) { return goc_buf_data(static_cast<goc_buf*>(p)) != nullptr; }).gives(1),
      pointer("goc_buf_len", kBuffer, 0, [](void* p) { return static_cast<int64_t>(goc_buf_len(static_cast<goc_buf*>(p))); }).gives(1),
      pointer("goc_buf_retain", kBuffer, 0, [](void* p) { return retained(p, &goc_buf_retain, &goc_buf_release); }),
      pointer("goc_buf_release", kBuffer, 0, [](void* p) { return released(p, &goc_buf_retain, &goc_buf_release); }),
      // sync.h
      pointer("goc_wg_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_wg_new, &goc_wg_release); }),
      checked("goc_wg_add", kWg, [](void* h) { return goc_wg_add(wg(h), 1); }),
      checked("goc_wg_done", kWg, [](void* h) { return goc_wg_done(wg(h)); }).gives(GOC_ENEGATIVE),
      checked("goc_wg_wait", kWg, [](void* h) { return goc_wg_wait(wg(h), GOC_NOW); }),
      checked("goc_wg_go", kWg, [](void* h) { return goc_wg_go(wg(h), &note_call, nullptr); }).starts(),
      silent("goc_wg_count", kWg, [](void* h) { return goc_wg_count(wg(h)); }),
      silent("goc_wg_retain", kWg, [](void* h) { return retained(h, &goc_wg_retain, &goc_wg_release); }),
      silent("goc_wg_release", kWg, [](void* h) { return released(h, &goc_wg_retain, &goc_wg_release); }),
      pointer("goc_mutex_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_mutex_new, &goc_mutex_release); }),
      checked("goc_mutex_lock", kMutex, [](void* h) { return goc_mutex_lock(mutex(h), GOC_NOW); }),
      checked("goc_mutex_unlock", kMutex, [](void* h) { return goc_mutex_unlock(mutex(h)); }).gives(GOC_EPERM),
      silent("goc_mutex_retain", kMutex, [](void* h) { return retained(h, &goc_mutex_retain, &goc_mutex_release); }),
      silent("goc_mutex_release", kMutex, [](void* h) { return released(h, &goc_mutex_retain, &goc_mutex_release); }),
      pointer("goc_once_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_once_new, &goc_once_release); }),
      checked("goc_once_do", kOnce, [](void* h) { return goc_once_do(once(h), &note_call, nullptr); }),
      silent("goc_once_retain", kOnce, [](void* h) { return retained(h, &goc_once_retain, &goc_once_release); }),
      silent("goc_once_release", kOnce, [](void* h) { return released(h, &goc_once_retain, &goc_once_release); }),
      pointer("goc_rwmutex_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_rwmutex_new, &goc_rwmutex_release); }),
      silent("goc_rwmutex_retain", kRWMutex, [](void* h) { return retained(h, &goc_rwmutex_retain, &goc_rwmutex_release); }),
      silent("goc_rwmutex_release", kRWMutex, [](void* h) { return released(h, &goc_rwmutex_retain, &goc_rwmutex_release); }),
      checked("goc_rwmutex_lock", kRWMutex, [](void* h) { return goc_rwmutex_lock(rwmutex(h), GOC_NOW); }),
      checked("goc_rwmutex_unlock", kRWMutex, [](void* h) { return goc_rwmutex_unlock(rwmutex(h)); }).gives(GOC_EPERM),
      checked("goc_rwmutex_rlock", kRWMutex, [](void* h) { return goc_rwmutex_rlock(rwmutex(h), GOC_NOW); }),
      checked("goc_rwmutex_runlock", kRWMutex, [](void* h) { return goc_rwmutex_runlock(rwmutex(h)); }).gives(GOC_EPERM),
      pointer("goc_cond_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_cond_new, &goc_cond_release); }),
      silent("goc_cond_retain", kCond, [](void* h) { return retained(h, &goc_cond_retain, &goc_cond_release); }),
      silent("goc_cond_release", kCond, [](void* h) { return released(h, &goc_cond_retain, &goc_cond_release); }),
      checked("goc_cond_wait", kCond, [](void* h) { return wait_with_own_mutex(cond(h), GOC_NOW); }).gives(GOC_EAGAIN),
      checked("goc_cond_signal", kCond, [](void* h) { return goc_cond_signal(cond(h)); }),
      checked("goc_cond_broadcast", kCond, [](void* h) { return goc_cond_broadcast(cond(h)); }),
      pointer("goc_sem_new", kOut, GOC_EINVAL, [](void* p) { return made<goc_sem>(p, [](goc_sem** out) { return goc_sem_new(out, 2); }, &goc_sem_release); }),
      silent("goc_sem_retain", kSemaphore, [](void* h) { return retained(h, &goc_sem_retain, &goc_sem_release); }),
      silent("goc_sem_release", kSemaphore, [](void* h) { return released(h, &goc_sem_retain, &goc_sem_release); }),
      checked("goc_sem_wait", kSemaphore, [](void* h) { return goc_sem_wait(sem(h), 1, GOC_NOW); }),
      checked("goc_sem_post", kSemaphore, [](void* h) { return goc_sem_post(sem(h), 1); }).gives(GOC_EPERM),
      // group.h
      pointer("goc_group_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_group_new, &goc_group_release); }),
      silent("goc_group_retain", kGroup, [](void* h) { return retained(h, &goc_group_retain, &goc_group_release); }),
      silent("goc_group_release", kGroup, [](void* h) { return released(h, &goc_group_retain, &goc_group_release); }),
      checked("goc_group_go", kGroup, [](void* h) { return goc_group_go(group(h), &note_task, nullptr, GOC_NOW); }).starts(),
      checked("goc_group_wait", kGroup, [](void* h) { return goc_group_wait(group(h), nullptr, GOC_NOW); }),
      checked("goc_group_set_limit", kGroup, [](void* h) { return goc_group_set_limit(group(h), 100); }),
      pointer("goc_flight_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_flight_new, &goc_flight_release); }),
      silent("goc_flight_retain", kFlight, [](void* h) { return retained(h, &goc_flight_retain, &goc_flight_release); }),
      silent("goc_flight_release", kFlight, [](void* h) { return released(h, &goc_flight_retain, &goc_flight_release); }),
      checked("goc_flight_do", kFlight, [](void* h) { return goc_flight_do(flight(h), "key", 3, &note_flight, nullptr, nullptr, GOC_NOW); }),
      checked("goc_flight_start", kFlight, [](void* h) { return started_flight(flight(h)); }).starts(),
      checked("goc_flight_forget", kFlight, [](void* h) { return goc_flight_forget(flight(h), "key", 3); }),
      checked("goc_group_with_ctx", kContext, &new_group_below),
      // context.h
      plain("goc_ctx_background", [] { return goc_ctx_background() != nullptr; }).gives(1),
      checked("goc_ctx_with_cancel", kContext, [](void* h) { return below(h, [](goc_ctx** out, goc_ctx* parent) { return goc_ctx_with_cancel(out, parent); }); }),
      checked("goc_ctx_with_deadline", kContext, [](void* h) { return below(h, [](goc_ctx** out, goc_ctx* parent) { return goc_ctx_with_deadline(out, parent, soon(), nullptr); }); }).starts(),
      checked("goc_ctx_with_timeout", kContext, [](void* h) { return below(h, [](goc_ctx** out, goc_ctx* parent) { return goc_ctx_with_timeout(out, parent, GOC_SECOND, nullptr); }); }).starts(),
      checked("goc_ctx_with_value", kContext, [](void* h) { return below(h, [](goc_ctx** out, goc_ctx* parent) { return goc_ctx_with_value(out, parent, &g_word, nullptr, nullptr); }); }),
      checked("goc_ctx_without_cancel", kContext, [](void* h) { return below(h, &goc_ctx_without_cancel); }),
      silent("goc_ctx_retain", kContext, [](void* h) { return retained(h, &goc_ctx_retain, &goc_ctx_release); }),
      silent("goc_ctx_release", kContext, [](void* h) { return released(h, &goc_ctx_retain, &goc_ctx_release); }),
      checked("goc_ctx_cancel", kContext, [](void* h) { return goc_ctx_cancel(ctx(h), nullptr); }),
      checked("goc_ctx_err", kContext, [](void* h) { return goc_ctx_err(ctx(h)); }),
      checked("goc_ctx_cause", kContext, [](void* h) { return goc_ctx_cause(ctx(h), nullptr); }),
      silent("goc_ctx_done", kContext, [](void* h) { return goc_ctx_done(ctx(h)) != nullptr; }).gives(1),
      checked("goc_ctx_deadline", kContext, [](void* h) { return goc_ctx_deadline(ctx(h)); }).gives(GOC_FOREVER),
      silent("goc_ctx_value", kContext, [](void* h) { return goc_ctx_value(ctx(h), &g_word) != nullptr; }),
      checked("goc_ctx_after_func", kContext, &call_off).gives(1).starts(),
      checked("goc_ctx_stop", kContext, [](void* h) { return goc_ctx_stop(ctx(h)); }),
      // io.h; kOut stands for the memory of a pointer
      plain("goc_fd_wait", [] { return on_socket([](int fd) { return goc_fd_wait(fd, GOC_READ | GOC_WRITE, GOC_NOW); }); }).gives(GOC_WRITE),
      plain("goc_fd_close", [] { return on_socket([](int fd) { return goc_fd_close(dup(fd)); }); }),
      pointer("goc_read", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { return goc_read(fd, p, sizeof p, GOC_NOW); }); }).gives(GOC_EAGAIN),
      pointer("goc_write", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { return goc_write(fd, p, sizeof p, GOC_NOW); }); }).gives(sizeof(void*)),
      pointer("goc_readv", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { const iovec part{p, sizeof p}; return goc_readv(fd, p != nullptr ? &part : nullptr, 1, GOC_NOW); }); }).gives(GOC_EAGAIN),
      pointer("goc_writev", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { const iovec part{p, sizeof p}; return goc_writev(fd, p != nullptr ? &part : nullptr, 1, GOC_NOW); }); }).gives(sizeof(void*)),
      plain("goc_accept", [] { return on_socket([](int fd) { return goc_accept(fd, nullptr, nullptr, GOC_NOW); }); }).gives(GOC_ESYSTEM),
      pointer("goc_connect", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { return goc_connect(fd, static_cast<sockaddr*>(p), sizeof p, GOC_NOW); }); }).gives(GOC_ESYSTEM),
      pointer("goc_recv", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { return goc_recv(fd, p, sizeof p, 0, GOC_NOW); }); }).gives(GOC_EAGAIN),
      pointer("goc_recvfrom", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { return goc_recvfrom(fd, p, sizeof p, 0, nullptr, nullptr, GOC_NOW); }); }).gives(GOC_EAGAIN),
      pointer("goc_send", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { return goc_send(fd, p, sizeof p, 0, GOC_NOW); }); }).gives(sizeof(void*)),
      pointer("goc_sendto", kOut, GOC_EINVAL, [](void* p) { return on_socket([=](int fd) { return goc_sendto(fd, p, sizeof p, 0, nullptr, 0, GOC_NOW); }); }).gives(sizeof(void*)),
      // diag.h
      pointer("goc_trace_start", kCallback, GOC_OK, [](void* p) { return traced(goc_trace_start(p != nullptr ? "/no/such/folder/trace" : nullptr)); }).gives(GOC_EINVAL),
      pointer("goc_trace_start_with", kCallback, GOC_OK, [](void* p) { return trace_with(p); }).gives(GOC_EINVAL),
      pointer("goc_trace_write", kCallback, GOC_EINVAL, [](void* p) { return goc_trace_write(p != nullptr ? "/dev/null" : nullptr); }).gives(GOC_EPERM),
      plain("goc_trace_stop", [] { return goc_trace_stop(); }).gives(GOC_EPERM),
      // port.h; operations are the subject of op_test.cc
      plain("goc_op_size", [] { return goc_op_size() == sizeof(goc_op); }).gives(1),
      pointer("goc_port_new", kOut, GOC_EINVAL, [](void* p) { return made(p, &goc_port_new, &goc_port_release); }),
      silent("goc_port_retain", kPort, [](void* h) { return retained(h, &goc_port_retain, &goc_port_release); }),
      silent("goc_port_release", kPort, [](void* h) { return released(h, &goc_port_retain, &goc_port_release); }),
      checked("goc_port_poll", kPort, [](void* h) { return fetched([&](int64_t* token) { return goc_port_poll(port(h), token, 1); }); }),
      checked("goc_port_wait", kPort, [](void* h) { return fetched([&](int64_t* token) { return goc_port_wait(port(h), token, 1, GOC_NOW); }); }).gives(GOC_EAGAIN),
      checked("goc_port_interrupt", kPort, [](void* h) { return goc_port_interrupt(port(h)); }),
      checked("goc_port_fd", kPort, [](void* h) { return std::min(goc_port_fd(port(h)), 0); }),
      checked("goc_port_post", kPort, [](void* h) { return goc_port_post(port(h), 1); }),
      checked("goc_chan_send_op", kChan, [](void* h) { return tried(&goc_chan_send_op, h); }),
      checked("goc_chan_recv_op", kChan, [](void* h) { return tried(&goc_chan_recv_op, h); }).gives(GOC_PENDING),
      checked("goc_wg_wait_op", kWg, [](void* h) { return tried(&goc_wg_wait_op, h); }),
      handle("goc_select_op", kChan, GOC_EAGAIN, GOC_EBADHANDLE, &select_op_now).gives(GOC_EAGAIN),
      pointer("goc_timer_op", kOperation, GOC_EINVAL, [](void* p) { Operation op; return tried(op, goc_timer_op(0, p != nullptr ? &op : nullptr, nullptr)); }).starts(),
      pointer("goc_op_wait", kOperation, GOC_EINVAL, [](void* p) { return goc_op_wait(static_cast<goc_op*>(p), GOC_NOW); }).gives(GOC_ETIMEDOUT),
      pointer("goc_op_interrupt", kOperation, 0, [](void* p) { return goc_op_interrupt(static_cast<goc_op*>(p)), 0; }),
      pointer("goc_op_cancel", kOperation, GOC_EINVAL, [](void* p) { return goc_op_cancel(static_cast<goc_op*>(p)); }),
  };
  return table;
}
// clang-format on

// --- What is handed to them ------------------------------------------------------------------------

namespace {

// A receive that nobody will complete, on a channel of its own.
struct Pending {
  alignas(64) goc_op op{};
  goc_chan* channel = nullptr;
};

void* make_pending() {
  auto* pending = new Pending;
  EXPECT_EQ(goc_chan_new(&pending->channel, sizeof(int64_t), 0), GOC_OK);
  EXPECT_EQ(goc_chan_recv_op(pending->channel, &pending->op, nullptr), GOC_PENDING);
  return &pending->op;
}

void discard_pending(void* op) {
  auto* pending = static_cast<Pending*>(op);
  goc_op_cancel(&pending->op);  // if the function did not
  goc_chan_release(pending->channel);
  delete pending;
}

// What `make` stores in its out parameter.
template <class Handle, class Make>
void* new_by(Make make) {
  Handle* handle = nullptr;
  EXPECT_EQ(make(&handle), GOC_OK);
  return handle;
}

}  // namespace

// clang-format off
void* make(Type type) {
  switch (type) {
    case kChan: return new_by<goc_chan>([](goc_chan** out) { return goc_chan_new(out, sizeof g_word, 1); });
    case kWg: return new_by<goc_wg>(&goc_wg_new);
    case kMutex: return new_by<goc_mutex>(&goc_mutex_new);
    case kOnce: return new_by<goc_once>(&goc_once_new);
    case kTimer: return new_by<goc_timer>([](goc_timer** out) { return goc_timer_new(out, nullptr, INT64_MAX); });
    case kTicker: return new_by<goc_ticker>([](goc_ticker** out) { return goc_ticker_new(out, nullptr, INT64_MAX); });
    case kPort: return new_by<goc_port>(&goc_port_new);
    case kRWMutex: return new_by<goc_rwmutex>(&goc_rwmutex_new);
    case kCond: return new_by<goc_cond>(&goc_cond_new);
    case kSemaphore: return new_by<goc_sem>([](goc_sem** out) { return goc_sem_new(out, 2); });
    case kGroup: return new_by<goc_group>(&goc_group_new);
    case kFlight: return new_by<goc_flight>(&goc_flight_new);
    case kContext: return new_by<goc_ctx>([](goc_ctx** out) { return goc_ctx_with_cancel(out, goc_ctx_background()); });
    case kBuffer: return new_by<goc_buf>([](goc_buf** out) { return goc_buf_new(out, "x", 1); });
    case kOperation: return make_pending();
    case kCallback: return reinterpret_cast<void*>(&note_call);
    case kOut: return new void*{};
    case kNothing: return nullptr;
  }
  return nullptr;
}

void discard(Type type, void* made) {
  switch (type) {
    case kChan: return goc_chan_release(chan(made));
    case kWg: return goc_wg_release(wg(made));
    case kMutex: return goc_mutex_release(mutex(made));
    case kOnce: return goc_once_release(once(made));
    case kTimer: return goc_timer_release(timer(made));
    case kTicker: return goc_ticker_release(ticker(made));
    case kPort: return goc_port_release(port(made));
    case kRWMutex: return goc_rwmutex_release(rwmutex(made));
    case kCond: return goc_cond_release(cond(made));
    case kSemaphore: return goc_sem_release(sem(made));
    case kGroup: return goc_group_release(group(made));
    case kFlight: return goc_flight_release(flight(made));
    case kContext: return goc_ctx_release(ctx(made));
    case kBuffer: return goc_buf_release(static_cast<goc_buf*>(made));
    case kOperation: return discard_pending(made);
    case kOut: delete static_cast<void**>(made); return;
    case kCallback:
    case kNothing: return;
  }
}
// clang-format on

int calls() { return g_calls; }
void note_call(void*) { ++g_calls; }

Handles make_handles() {
  Handles handles;
  for (int type = 0; type < kHandles; ++type) handles[type] = make(static_cast<Type>(type));
  return handles;
}

void release_handles(const Handles& handles) {
  for (int type = 0; type < kHandles; ++type) discard(static_cast<Type>(type), handles[type]);
}

Handles make_released(int others) {
  const Handles released = make_handles();
  std::vector<Handles> above(static_cast<size_t>(others));
  for (Handles& handles : above) handles = make_handles();
  release_handles(released);
  for (const Handles& handles : above) release_handles(handles);
  return released;
}

void expect_untouched(const Handles& handles) {
  for (void* object : handles)
    EXPECT_EQ(static_cast<goc::Object*>(object)->refs.load(std::memory_order_relaxed), 1U);
  EXPECT_EQ(goc_chan_len(chan(handles[kChan])), 0U);
  EXPECT_EQ(goc_chan_is_closed(chan(handles[kChan])), 0);
  EXPECT_EQ(goc_wg_count(wg(handles[kWg])), 0);
  EXPECT_EQ(goc_mutex_unlock(mutex(handles[kMutex])), GOC_EPERM);
  EXPECT_EQ(goc_rwmutex_unlock(rwmutex(handles[kRWMutex])), GOC_EPERM);
  EXPECT_EQ(goc_rwmutex_runlock(rwmutex(handles[kRWMutex])), GOC_EPERM);
  EXPECT_EQ(goc_sem_post(sem(handles[kSemaphore]), 1), GOC_EPERM);
  EXPECT_EQ(goc_group_wait(group(handles[kGroup]), nullptr, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_ctx_err(ctx(handles[kContext])), GOC_OK);
  EXPECT_EQ(goc_timer_stop(timer(handles[kTimer])), 1);
  goc_timer_reset(timer(handles[kTimer]), INT64_MAX);
  EXPECT_EQ(goc_ticker_stop(ticker(handles[kTicker])), 1);
  goc_ticker_reset(ticker(handles[kTicker]), INT64_MAX);
  int64_t token;
  EXPECT_EQ(goc_port_poll(port(handles[kPort]), &token, 1), 0);
}

}  // namespace goc_test
