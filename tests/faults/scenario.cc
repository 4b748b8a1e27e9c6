// The scenario. See scenario.h.
//
// Goroutines wait for ever for what must come, and not until a deadline, which could not be noted.
#include "scenario.h"

#include <functional>
#include <set>
#include <vector>

#include "declarations.h"
#include "descriptors.h"
#include "fixture.h"
#include "ops.h"

namespace goc_test {
namespace {

goc::Atom<int> g_channels{0}, g_goroutines{0}, g_selects{0}, g_timers{0}, g_locks{0}, g_groups{0},
    g_contexts{0}, g_ports{0}, g_stand_ins{0}, g_descriptors{0};

// True for GOC_OK. Any other result must be one that the function's comment names, and one that tells
// of a resource.
bool ok(const char* function, int result) {
  const std::set<int> scarce = {GOC_ENOMEM, GOC_EAGAIN};
  EXPECT_TRUE(result == GOC_OK || scarce.count(result) != 0)
      << function << " gave " << goc_error_name(result);
  EXPECT_TRUE(documented(function, result)) << function << " gave " << goc_error_name(result);
  return result == GOC_OK;
}
// Within its scope something that may not have come to be.
template <class Handle>
struct Held {
  Held(const char* function, const std::function<int(Handle**)>& make, void (*r)(Handle*))
      : release(r) {
    good = ok(function, make(&handle));
    EXPECT_EQ(good, handle != nullptr) << function;
  }
  ~Held() { release(handle); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  Handle* handle = nullptr;
  bool good;
  void (*release)(Handle*);
};

template <size_t elem_size, size_t capacity>
struct SomeChan : Held<goc_chan> {
  SomeChan() : Held("goc_chan_new", &make, &goc_chan_release) {}
  static int make(goc_chan** out) { return goc_chan_new(out, elem_size, capacity); }
};
struct SomeWg : Held<goc_wg> {
  SomeWg() : Held("goc_wg_new", &goc_wg_new, &goc_wg_release) {}
};

// --- Channels --------------------------------------------------------------------------------------

template <size_t capacity>
void fill_and_drain() {
  SomeChan<sizeof(int64_t), capacity> chan;
  if (!chan.good) return;
  for (int64_t i = 0; i < static_cast<int64_t>(capacity); ++i)
    EXPECT_EQ(goc_chan_send(chan.handle, &i, GOC_NOW), GOC_OK);
  EXPECT_EQ(goc_chan_send(chan.handle, &chan, GOC_NOW), GOC_EAGAIN);
  for (int64_t i = 0, value = -1; i < static_cast<int64_t>(capacity); ++i) {
    EXPECT_EQ(goc_chan_recv(chan.handle, &value, GOC_NOW), GOC_OK);
    EXPECT_EQ(value, i);
  }
  ++g_channels;
}

void send_bytes() {
  Held<goc_chan> chan(
      "goc_chan_new_with",
      [](goc_chan** out) {
        goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
        options.kind = GOC_KIND_BYTES;
        options.capacity = 2;
        options.name = "bytes";
        return goc_chan_new_with(out, &options);
      },
      &goc_chan_release);
  goc_buf* buf = nullptr;
  if (!chan.good || !ok("goc_buf_new", goc_buf_new(&buf, "abc", 3))) return;
  EXPECT_EQ(goc_chan_send(chan.handle, &buf, GOC_NOW), GOC_OK);  // it is released with the channel
  static goc::Atom<int> freed{0};
  const int before = freed;
  const auto free = [](void*) { ++freed; };
  if (ok("goc_buf_wrap", goc_buf_wrap(&buf, "abc", 3, free, nullptr))) goc_buf_release(buf);
  EXPECT_LE(freed - before, 1);
  ++g_channels;
}

// --- Goroutines ------------------------------------------------------------------------------------

struct Tally {
  goc_wg* wg;
  goc::Atom<int> ran{0};
  goc::Atom<int> finalized{0};
  int started = 0;

  static void run(void* tally) { ++static_cast<Tally*>(tally)->ran; }
  static void run_named(void* tally) {
    ok("goc_set_name", goc_set_name("renamed"));
    run(tally);
    goc_yield();
  }
  static void finish(void* tally) {
    auto& self = *static_cast<Tally*>(tally);
    ++self.finalized;
    goc_wg_done(self.wg);
  }
};

void start_with_options(Tally& tally, size_t stack_size, bool pinned) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.name = "named";
  options.stack_size = stack_size;
  options.pinned = pinned;
  options.finalizer = &Tally::finish;
  goc_wg_add(tally.wg, 1);
  const bool started = ok("goc_go_with", goc_go_with(&options, &Tally::run_named, &tally));
  tally.started += started;
  if (!started) goc_wg_done(tally.wg);
}

void start_goroutines() {
  SomeWg wg;
  if (!wg.good) return;
  Tally tally{wg.handle};
  for (int i = 0; i < 20; ++i)
    tally.started += ok("goc_wg_go", goc_wg_go(wg.handle, &Tally::run, &tally));
  const int plain = tally.started;
  for (size_t stack : {size_t{0}, size_t{16384}, size_t{1} << 20})
    start_with_options(tally, stack, false);
  start_with_options(tally, 0, true);
  ASSERT_EQ(goc_wg_wait(wg.handle, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(tally.ran, tally.started);
  EXPECT_EQ(tally.finalized, tally.started - plain);
  if (tally.started == 24) ++g_goroutines;
}

// --- Select ------------------------------------------------------------------------------------------

// With more cases than fit on a stack; one of them fires.
void select_of_many() {
  SomeChan<sizeof(int64_t), 1> ready;
  SomeChan<sizeof(int64_t), 1> silent;
  if (!ready.good || !silent.good) return;
  const int64_t sent = 7;
  int64_t received = 0;
  std::vector<goc_case> cases(20, {silent.handle, GOC_RECV, 0, nullptr});
  cases.push_back({ready.handle, GOC_RECV, 0, &received});
  EXPECT_EQ(goc_chan_send(ready.handle, &sent, GOC_NOW), GOC_OK);
  const int fired = goc_select(cases.data(), cases.size(), soon());
  if (fired < 0) {
    ok("goc_select", fired);
    EXPECT_EQ(goc_chan_len(ready.handle), 1U) << "the value is lost";
    return;
  }
  EXPECT_EQ(fired, 20);
  EXPECT_EQ(received, sent);
  Operation op;
  const int pending = goc_select_op(cases.data(), cases.size(), &op, nullptr, 0);
  if (pending == GOC_PENDING) {
    EXPECT_EQ(goc_op_cancel(&op), GOC_OK);
    ++g_selects;
  } else {
    EXPECT_FALSE(ok("goc_select_op", pending)) << "nothing was ready";
  }
}

// --- Timers ------------------------------------------------------------------------------------------

void wait_for_tick(goc_timer* timer) {
  EXPECT_EQ(goc_chan_recv(goc_timer_chan(timer), nullptr, GOC_FOREVER), GOC_OK);
}

void use_timers() {
  Held<goc_timer> timer(
      "goc_timer_new", [](goc_timer** out) { return goc_timer_new(out, nullptr, 1); },
      &goc_timer_release);
  if (timer.good) {
    wait_for_tick(timer.handle);
    const int reset = goc_timer_reset(timer.handle, 1);
    if (reset >= 0 || ok("goc_timer_reset", reset)) wait_for_tick(timer.handle);
  }
  Operation op;
  int result = goc_timer_op(goc_deadline(GOC_MICROSECOND), &op, nullptr);
  if (result == GOC_PENDING) result = goc_op_wait(&op, soon());
  if (ok("goc_timer_op", result)) ++g_timers;
}

// A deadline that cannot be noted has passed; a sleep lasts all the same.
void wait_for_deadlines() {
  SomeChan<0, 0> silent;
  if (!silent.good) return;
  EXPECT_EQ(goc_chan_recv(silent.handle, nullptr, goc_deadline(1000)), GOC_ETIMEDOUT);
  const int64_t end = goc_deadline(1000);
  goc_sleep_until(end);
  EXPECT_GE(goc_now(), end);
}

// --- What guards and counts ----------------------------------------------------------------------------

void use_locks() {
  Held<goc_mutex> mutex("goc_mutex_new", &goc_mutex_new, &goc_mutex_release);
  Held<goc_once> once("goc_once_new", &goc_once_new, &goc_once_release);
  Held<goc_rwmutex> rwmutex("goc_rwmutex_new", &goc_rwmutex_new, &goc_rwmutex_release);
  Held<goc_cond> cond("goc_cond_new", &goc_cond_new, &goc_cond_release);
  Held<goc_sem> sem(
      "goc_sem_new", [](goc_sem** out) { return goc_sem_new(out, 1); }, &goc_sem_release);
  if (!mutex.good || !once.good || !rwmutex.good || !cond.good || !sem.good) return;
  EXPECT_EQ(goc_mutex_lock(mutex.handle, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(goc_mutex_lock(mutex.handle, goc_deadline(1000)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_cond_wait(cond.handle, mutex.handle, goc_deadline(1000)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_mutex_unlock(mutex.handle), GOC_OK);
  EXPECT_EQ(goc_rwmutex_lock(rwmutex.handle, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(goc_rwmutex_rlock(rwmutex.handle, goc_deadline(1000)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_rwmutex_unlock(rwmutex.handle), GOC_OK);
  EXPECT_EQ(goc_sem_wait(sem.handle, 1, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(goc_sem_wait(sem.handle, 1, goc_deadline(1000)), GOC_ETIMEDOUT);
  EXPECT_EQ(goc_sem_post(sem.handle, 1), GOC_OK);
  int ran = 0;
  const auto run = [](void* n) { ++*static_cast<int*>(n); };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(goc_once_do(once.handle, run, &ran), GOC_OK);
  EXPECT_EQ(ran, 1);
  ++g_locks;
}

// --- What works together ---------------------------------------------------------------------------

void use_group() {
  Held<goc_group> group("goc_group_new", &goc_group_new, &goc_group_release);
  if (!group.good) return;
  const bool limited = ok("goc_group_set_limit", goc_group_set_limit(group.handle, 2));
  Tally tally{nullptr};
  const auto task = [](void* t) {
    Tally::run(t);
    return 1;
  };
  for (int i = 0; i < 5; ++i)
    tally.started += ok("goc_group_go", goc_group_go(group.handle, task, &tally, GOC_FOREVER));
  int error = 0;
  EXPECT_EQ(goc_group_wait(group.handle, &error, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(tally.ran, tally.started);
  EXPECT_EQ(error, tally.started != 0);
  if (limited && tally.started == 5) ++g_groups;
}

void use_flight() {
  Held<goc_flight> flight("goc_flight_new", &goc_flight_new, &goc_flight_release);
  if (!flight.good) return;
  const auto find = [](void*, void**) { return 7; };
  goc_flight_result result = {};
  if (ok("goc_flight_do",
         goc_flight_do(flight.handle, "key", 3, find, nullptr, &result, GOC_FOREVER))) {
    EXPECT_EQ(result.error, 7);
  }
  goc_chan* later = nullptr;
  if (!ok("goc_flight_start", goc_flight_start(flight.handle, "key", 3, find, nullptr, &later)))
    return;
  EXPECT_EQ(goc_chan_recv(later, &result, GOC_FOREVER), GOC_OK);
  EXPECT_EQ(result.error, 7);
  goc_chan_release(later);
  ++g_groups;
}

// --- Contexts --------------------------------------------------------------------------------------

using MakeCtx = std::function<int(goc_ctx**)>;
struct SomeCtx : Held<goc_ctx> {
  SomeCtx(const char* function, const MakeCtx& make) : Held(function, make, &goc_ctx_release) {}
};

// What is handed over is dropped once; what is refused is not.
struct Luggage {
  ~Luggage() { EXPECT_EQ(dropped, given); }
  static void drop(void* luggage) { ++static_cast<Luggage*>(luggage)->dropped; }
  int given = 0;
  goc::Atom<int> dropped{0};
};

void call_when_done(goc_ctx* ctx) {
  SomeWg wg;
  if (!wg.good) return;
  const auto call = [](void* w) { goc_wg_done(static_cast<goc_wg*>(w)); };
  goc_wg_add(wg.handle, 1);
  if (!ok("goc_ctx_after_func", goc_ctx_after_func(nullptr, ctx, call, wg.handle)))
    goc_wg_done(wg.handle);
  EXPECT_EQ(goc_ctx_cancel(ctx, nullptr), GOC_OK);
  ASSERT_EQ(goc_wg_wait(wg.handle, GOC_FOREVER), GOC_OK);
}

void use_contexts() {
  Luggage luggage;
  const goc_cause cause = {7, &luggage, &Luggage::drop};
  const SomeCtx root("goc_ctx_with_cancel",
                     [](goc_ctx** out) { return goc_ctx_with_cancel(out, goc_ctx_background()); });
  if (!root.good) return;
  const SomeCtx carrier("goc_ctx_with_value", [&](goc_ctx** out) {
    return goc_ctx_with_value(out, root.handle, &luggage, &luggage, &Luggage::drop);
  });
  luggage.given += carrier.good;
  goc_ctx* const above = carrier.good ? carrier.handle : root.handle;
  const SomeCtx timed("goc_ctx_with_timeout", [&](goc_ctx** out) {
    return goc_ctx_with_timeout(out, above, 1000, &cause);
  });
  luggage.given += timed.good;
  if (timed.good) {
    EXPECT_EQ(goc_chan_recv(goc_ctx_done(timed.handle), nullptr, GOC_FOREVER), GOC_ECLOSED);
    EXPECT_EQ(goc_ctx_cause(timed.handle, nullptr), 7);
  }
  goc_group* group = nullptr;
  goc_ctx* of_group = nullptr;
  if (ok("goc_group_with_ctx", goc_group_with_ctx(&group, &of_group, above))) {
    EXPECT_EQ(goc_group_wait(group, nullptr, GOC_FOREVER), GOC_OK);
    EXPECT_EQ(goc_ctx_err(of_group), GOC_ECANCELED);
    goc_group_release(group);
    goc_ctx_release(of_group);
  }
  call_when_done(root.handle);
  if (carrier.good && timed.good && group != nullptr) ++g_contexts;
}

// --- Ports ---------------------------------------------------------------------------------------------

void use_port() {
  Held<goc_port> port("goc_port_new", &goc_port_new, &goc_port_release);
  SomeChan<sizeof(int64_t), 0> chan;
  if (!port.good || !chan.good) return;
  Operation receiver(1);
  EXPECT_EQ(receiver.receive(chan.handle, port.handle), GOC_PENDING);
  const int64_t value = 5;
  EXPECT_EQ(goc_chan_send(chan.handle, &value, GOC_FOREVER), GOC_OK);
  const bool posted = ok("goc_port_post", goc_port_post(port.handle, 2));
  const int fd = goc_port_fd(port.handle);
  const bool described = fd >= 0 || ok("goc_port_fd", fd);
  int64_t tokens[3];
  ASSERT_EQ(goc_port_wait(port.handle, tokens, 3, soon()), posted ? 2 : 1);
  EXPECT_EQ(receiver.value, value);
  if (posted && described) ++g_ports;
}

// --- Descriptors ---------------------------------------------------------------------------------------

// A goroutine answers if it could wait for the question; else it says why, and hangs up.
struct Echo {
  int fd;
  int64_t result = 0;
  static void answer(void* e) {
    auto& self = *static_cast<Echo*>(e);
    char byte;
    self.result = goc_read(self.fd, &byte, 1, GOC_FOREVER);
    if (self.result == 1)
      goc_write(self.fd, &byte, 1, GOC_FOREVER);  // if the other side has not hung up
    else
      shutdown(self.fd, SHUT_RDWR);
  }
};

void use_descriptors() {
  SomeWg wg;
  if (!wg.good) return;
  const Ends ends = socket_pair();
  Echo echo{ends.out};
  if (!ok("goc_wg_go", goc_wg_go(wg.handle, &Echo::answer, &echo))) return;
  char byte = 'a';
  const int ready = goc_fd_wait(ends.in, GOC_READ, goc_deadline(1000));  // until it waits, perhaps
  if (ready != GOC_READ && ready != GOC_ETIMEDOUT) ok("goc_fd_wait", ready);
  goc_write(ends.in, &byte, 1, GOC_FOREVER);
  int64_t got = goc_read(ends.in, &byte, 1, GOC_FOREVER);
  if (got < 0) {
    ok("goc_read", static_cast<int>(got));
    shutdown(ends.in, SHUT_RDWR);
  }
  ASSERT_EQ(goc_wg_wait(wg.handle, GOC_FOREVER), GOC_OK);
  if (echo.result < 0) ok("goc_read", static_cast<int>(echo.result));
  if (got == 1 && echo.result == 1) ++g_descriptors;
}

// --- Threads that stand in -----------------------------------------------------------------------------

// The only slot belongs to a goroutine that blocks its thread for one that must run meanwhile.
void need_a_stand_in() {
  SomeChan<0, 0> chan;
  if (!chan.good) return;
  const auto help = [](void* c) {
    EXPECT_EQ(goc_chan_send(static_cast<goc_chan*>(c), nullptr, GOC_FOREVER), GOC_OK);
  };
  const auto block = [](void* c) {
    EXPECT_EQ(goc_chan_recv(static_cast<goc_chan*>(c), nullptr, soon()), GOC_OK);
  };
  SomeWg helper;
  if (!helper.good || !ok("goc_wg_go", goc_wg_go(helper.handle, help, chan.handle))) return;
  EXPECT_EQ(goc_blocking(block, chan.handle), GOC_OK);
  ASSERT_EQ(goc_wg_wait(helper.handle, GOC_FOREVER), GOC_OK);
  ++g_stand_ins;
}

// --- All ---------------------------------------------------------------------------------------------

void use_everything(void*) {
  fill_and_drain<1>();
  fill_and_drain<100>();
  fill_and_drain<10000>();
  send_bytes();
  start_goroutines();
  select_of_many();
  use_timers();
  wait_for_deadlines();
  use_locks();
  use_group();
  use_flight();
  use_contexts();
  use_port();
  use_descriptors();
}

void use_goroutines(void*) {
  use_everything(nullptr);
  need_a_stand_in();
  EXPECT_EQ(goc_set_max_procs(4), GOC_OK);
  start_goroutines();
  EXPECT_EQ(goc_set_max_procs(1), GOC_OK);
}

}  // namespace

void run_scenario() {
  goc_options options = GOC_OPTIONS_INIT;
  options.max_procs = 1;
  ok("goc_init", goc_init(&options));  // else the first goroutine starts the runtime
  ok("goc_run", goc_run(&use_goroutines, nullptr));
  use_everything(nullptr);
  EXPECT_EQ(goc_shutdown(soon()), 0);
}

Completed completed() {
  return {g_channels, g_goroutines, g_selects, g_timers,    g_locks,
          g_groups,   g_contexts,   g_ports,   g_stand_ins, g_descriptors};
}

}  // namespace goc_test
