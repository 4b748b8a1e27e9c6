// Every function of the C ABI with NULL, with a released handle, and with handles of other types.
#include <array>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "fixture.h"

namespace {

enum Type { kChan, kWg, kMutex, kOnce, kTimer, kPort, kTypes, kNoHandle };

// How a function answers; `call` hands the pointer to it.
struct Function {
  const char* name;
  Type type;  // of the handle it takes; kNoHandle: it takes none
  int64_t with_null;
  int64_t with_bad_handle;
  std::function<int64_t(void*)> call;  // empty: it takes no pointer at all
};

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
// For functions and out parameters, where only NULL can be told.
Function pointer(const char* name, int64_t with_null, std::function<int64_t(void*)> call) {
  return handle(name, kNoHandle, with_null, 0, std::move(call));
}
Function plain(const char* name) { return handle(name, kNoHandle, 0, 0, {}); }

goc_chan* chan(void* h) { return static_cast<goc_chan*>(h); }
goc_wg* wg(void* h) { return static_cast<goc_wg*>(h); }
goc_mutex* mutex(void* h) { return static_cast<goc_mutex*>(h); }
goc_once* once(void* h) { return static_cast<goc_once*>(h); }
goc_timer* timer(void* h) { return static_cast<goc_timer*>(h); }
goc_port* port(void* h) { return static_cast<goc_port*>(h); }
template <class F>
F* as(void* p) {
  return reinterpret_cast<F*>(p);
}
using Callback = void(void*);
void never(void*) { ADD_FAILURE() << "called"; }

int64_t select_one(void* h, int op) {
  char value = 0;
  goc_case only = {chan(h), op, 77, &value};
  const int result = goc_select(&only, 1, GOC_NOW);
  EXPECT_EQ(only.status, 77);
  return result;
}
int64_t poll_one(void* h, bool wait) {
  int64_t token = 77;
  const int result =
      wait ? goc_port_wait(port(h), &token, 1, GOC_FOREVER) : goc_port_poll(port(h), &token, 1);
  EXPECT_EQ(token, 77);
  return result;
}
template <class Handle>
int64_t start_none(int (*start)(Handle*, goc_op*, goc_port*), Handle* h) {
  goc_op op = {};
  return start(h, &op, nullptr);
}

const std::vector<Function>& functions() {
  static const std::vector<Function> table = {
      // version.h, error.h
      plain("goc_abi_version"),
      plain("goc_version"),
      plain("goc_error_name"),
      plain("goc_strerror"),
      // runtime.h; options are the subject of capi_options_test.cc
      plain("goc_init"),
      plain("goc_shutdown"),
      pointer("goc_run", GOC_EINVAL, [](void* p) { return goc_run(as<Callback>(p), nullptr); }),
      plain("goc_max_procs"),
      plain("goc_set_max_procs"),
      plain("goc_num_goroutines"),
      // goroutine.h
      pointer("goc_go", GOC_EINVAL, [](void* p) { return goc_go(as<Callback>(p), nullptr); }),
      pointer("goc_go_with", GOC_EINVAL,
              [](void* p) { return goc_go_with(nullptr, as<Callback>(p), nullptr); }),
      plain("goc_yield"),
      plain("goc_self"),
      plain("goc_on_goroutine"),
      plain("goc_set_name"),
      plain("goc_exit_goroutine"),
      pointer("goc_defer", GOC_EINVAL, [](void* p) { return goc_defer(as<Callback>(p), nullptr); }),
      plain("goc_lock_thread"),
      plain("goc_unlock_thread"),
      plain("goc_blocking_begin"),
      plain("goc_blocking_end"),
      pointer("goc_blocking", GOC_EINVAL,
              [](void* p) { return goc_blocking(as<Callback>(p), nullptr); }),
      // time.h
      plain("goc_now"),
      plain("goc_deadline"),
      plain("goc_sleep"),
      plain("goc_sleep_until"),
      pointer("goc_timer_new", GOC_EINVAL,
              [](void* p) { return goc_timer_new(static_cast<goc_timer**>(p), nullptr, 0); }),
      silent("goc_timer_chan", kTimer,
             [](void* h) { return reinterpret_cast<intptr_t>(goc_timer_chan(timer(h))); }),
      checked("goc_timer_stop", kTimer, [](void* h) { return goc_timer_stop(timer(h)); }),
      checked("goc_timer_reset", kTimer, [](void* h) { return goc_timer_reset(timer(h), 1); }),
      silent("goc_timer_retain", kTimer, [](void* h) { return goc_timer_retain(timer(h)) != h; }),
      silent("goc_timer_release", kTimer, [](void* h) { return goc_timer_release(timer(h)), 0; }),
      // channel.h, select.h
      pointer("goc_chan_new", GOC_EINVAL,
              [](void* p) { return goc_chan_new(static_cast<goc_chan**>(p), 1, 1); }),
      pointer("goc_chan_new_with", GOC_EINVAL,
              [](void* p) {
                const goc_chan_options options = GOC_CHAN_OPTIONS_INIT;
                return goc_chan_new_with(static_cast<goc_chan**>(p), &options);
              }),
      handle("goc_chan_send", kChan, GOC_EAGAIN, GOC_EBADHANDLE,
             [](void* h) { return goc_chan_send(chan(h), "x", GOC_NOW); }),
      handle("goc_chan_recv", kChan, GOC_EAGAIN, GOC_EBADHANDLE,
             [](void* h) { return goc_chan_recv(chan(h), nullptr, GOC_NOW); }),
      checked("goc_chan_close", kChan, [](void* h) { return goc_chan_close(chan(h)); }),
      silent("goc_chan_len", kChan,
             [](void* h) { return static_cast<int64_t>(goc_chan_len(chan(h))); }),
      silent("goc_chan_cap", kChan,
             [](void* h) { return static_cast<int64_t>(goc_chan_cap(chan(h))); }),
      checked("goc_chan_kind", kChan, [](void* h) { return goc_chan_kind(chan(h)); }),
      silent("goc_chan_is_closed", kChan, [](void* h) { return goc_chan_is_closed(chan(h)); }),
      silent("goc_chan_retain", kChan, [](void* h) { return goc_chan_retain(chan(h)) != h; }),
      silent("goc_chan_release", kChan, [](void* h) { return goc_chan_release(chan(h)), 0; }),
      handle("goc_select", kChan, GOC_EAGAIN, GOC_EBADHANDLE,
             [](void* h) {
               const int64_t result = select_one(h, GOC_SEND);
               EXPECT_EQ(select_one(h, GOC_RECV), result);
               return result;
             }),
      // buf.h: its handles are not recognised once they are released
      pointer("goc_buf_new", GOC_EINVAL,
              [](void* p) { return goc_buf_new(static_cast<goc_buf**>(p), "x", 1); }),
      pointer(
          "goc_buf_wrap", GOC_EINVAL,
          [](void* p) { return goc_buf_wrap(static_cast<goc_buf**>(p), "x", 1, &never, nullptr); }),
      pointer("goc_buf_data", 0,
              [](void* p) {
                return reinterpret_cast<intptr_t>(goc_buf_data(static_cast<goc_buf*>(p)));
              }),
      pointer("goc_buf_len", 0,
              [](void* p) { return static_cast<int64_t>(goc_buf_len(static_cast<goc_buf*>(p))); }),
      pointer("goc_buf_retain", 0,
              [](void* p) { return goc_buf_retain(static_cast<goc_buf*>(p)) != p; }),
      pointer("goc_buf_release", 0,
              [](void* p) { return goc_buf_release(static_cast<goc_buf*>(p)), 0; }),
      // sync.h
      pointer("goc_wg_new", GOC_EINVAL,
              [](void* p) { return goc_wg_new(static_cast<goc_wg**>(p)); }),
      checked("goc_wg_add", kWg, [](void* h) { return goc_wg_add(wg(h), 1); }),
      checked("goc_wg_done", kWg, [](void* h) { return goc_wg_done(wg(h)); }),
      checked("goc_wg_wait", kWg, [](void* h) { return goc_wg_wait(wg(h), GOC_FOREVER); }),
      checked("goc_wg_go", kWg, [](void* h) { return goc_wg_go(wg(h), &never, nullptr); }),
      silent("goc_wg_count", kWg, [](void* h) { return goc_wg_count(wg(h)); }),
      silent("goc_wg_retain", kWg, [](void* h) { return goc_wg_retain(wg(h)) != h; }),
      silent("goc_wg_release", kWg, [](void* h) { return goc_wg_release(wg(h)), 0; }),
      pointer("goc_mutex_new", GOC_EINVAL,
              [](void* p) { return goc_mutex_new(static_cast<goc_mutex**>(p)); }),
      checked("goc_mutex_lock", kMutex,
              [](void* h) { return goc_mutex_lock(mutex(h), GOC_FOREVER); }),
      checked("goc_mutex_unlock", kMutex, [](void* h) { return goc_mutex_unlock(mutex(h)); }),
      silent("goc_mutex_retain", kMutex, [](void* h) { return goc_mutex_retain(mutex(h)) != h; }),
      silent("goc_mutex_release", kMutex, [](void* h) { return goc_mutex_release(mutex(h)), 0; }),
      pointer("goc_once_new", GOC_EINVAL,
              [](void* p) { return goc_once_new(static_cast<goc_once**>(p)); }),
      checked("goc_once_do", kOnce, [](void* h) { return goc_once_do(once(h), &never, nullptr); }),
      silent("goc_once_retain", kOnce, [](void* h) { return goc_once_retain(once(h)) != h; }),
      silent("goc_once_release", kOnce, [](void* h) { return goc_once_release(once(h)), 0; }),
      // port.h; operations are the subject of op_test.cc
      plain("goc_op_size"),
      pointer("goc_port_new", GOC_EINVAL,
              [](void* p) { return goc_port_new(static_cast<goc_port**>(p)); }),
      silent("goc_port_retain", kPort, [](void* h) { return goc_port_retain(port(h)) != h; }),
      silent("goc_port_release", kPort, [](void* h) { return goc_port_release(port(h)), 0; }),
      checked("goc_port_poll", kPort, [](void* h) { return poll_one(h, false); }),
      checked("goc_port_wait", kPort, [](void* h) { return poll_one(h, true); }),
      checked("goc_port_interrupt", kPort, [](void* h) { return goc_port_interrupt(port(h)); }),
      checked("goc_port_fd", kPort, [](void* h) { return goc_port_fd(port(h)); }),
      checked("goc_port_post", kPort, [](void* h) { return goc_port_post(port(h), 1); }),
      checked("goc_chan_send_op", kChan,
              [](void* h) { return start_none(&goc_chan_send_op, chan(h)); }),
      checked("goc_chan_recv_op", kChan,
              [](void* h) { return start_none(&goc_chan_recv_op, chan(h)); }),
      checked("goc_wg_wait_op", kWg, [](void* h) { return start_none(&goc_wg_wait_op, wg(h)); }),
      handle("goc_select_op", kChan, GOC_EAGAIN, GOC_EBADHANDLE,
             [](void* h) {
               const goc_case only = {chan(h), GOC_RECV, 0, nullptr};
               goc_op op = {};
               return goc_select_op(&only, 1, &op, nullptr, GOC_OP_NOW);
             }),
      pointer("goc_timer_op", GOC_EINVAL,
              [](void* p) { return goc_timer_op(0, static_cast<goc_op*>(p), nullptr); }),
      pointer("goc_op_wait", GOC_EINVAL,
              [](void* p) { return goc_op_wait(static_cast<goc_op*>(p), GOC_NOW); }),
      pointer("goc_op_interrupt", 0,
              [](void* p) { return goc_op_interrupt(static_cast<goc_op*>(p)), 0; }),
      pointer("goc_op_cancel", GOC_EINVAL,
              [](void* p) { return goc_op_cancel(static_cast<goc_op*>(p)); }),
  };
  return table;
}

// The functions that the library exports, from its map.
std::set<std::string> exported() {
  const std::string here = __FILE__;
  std::ifstream map(here.substr(0, here.rfind("tests/unit/")) + "src/capi/goconc.map");
  std::set<std::string> names;
  for (std::string word; map >> word;)
    if (word.rfind("goc_", 0) == 0 && word.back() == ';')
      names.insert(word.substr(0, word.size() - 1));
  return names;
}

// What `make` stores in its out parameter.
template <class Handle, class Make>
void* made_by(Make make) {
  Handle* handle = nullptr;
  EXPECT_EQ(make(&handle), GOC_OK);
  return handle;
}

// One object of each type.
std::array<void*, kTypes> make_objects() {
  std::array<void*, kTypes> made{};
  made[kChan] = made_by<goc_chan>([](goc_chan** out) { return goc_chan_new(out, 1, 1); });
  made[kWg] = made_by<goc_wg>(&goc_wg_new);
  made[kMutex] = made_by<goc_mutex>(&goc_mutex_new);
  made[kOnce] = made_by<goc_once>(&goc_once_new);
  made[kTimer] =
      made_by<goc_timer>([](goc_timer** out) { return goc_timer_new(out, nullptr, INT64_MAX); });
  made[kPort] = made_by<goc_port>(&goc_port_new);
  return made;
}

void release_objects(const std::array<void*, kTypes>& objects) {
  goc_chan_release(chan(objects[kChan]));
  goc_wg_release(wg(objects[kWg]));
  goc_mutex_release(mutex(objects[kMutex]));
  goc_once_release(once(objects[kOnce]));
  goc_timer_release(timer(objects[kTimer]));
  goc_port_release(port(objects[kPort]));
}

class Misuse : public goc_test::Runtime, public testing::WithParamInterface<Function> {
 protected:
  void SetUp() override {
    Runtime::SetUp();
    alive_ = make_objects();
    released_ = make_objects();
    void* spare = made_by<goc_wg>(&goc_wg_new);
    release_objects(released_);
    goc_wg_release(wg(spare));  // the next WaitGroup, that of goc_run(), takes this one's memory
  }
  void TearDown() override {
    expect_untouched();
    release_objects(alive_);
    Runtime::TearDown();
  }
  // Calls the function from a thread and from a goroutine.
  static void expect(int64_t result, void* argument) {
    EXPECT_EQ(GetParam().call(argument), result);
    goc_test::run([=] { EXPECT_EQ(GetParam().call(argument), result) << "in a goroutine"; });
  }
  // What is alive has its one reference and the state of its beginning.
  void expect_untouched() const {
    for (void* object : alive_)
      EXPECT_EQ(static_cast<goc::Object*>(object)->refs.load(std::memory_order_relaxed), 1U);
    EXPECT_EQ(goc_chan_len(chan(alive_[kChan])), 0U);
    EXPECT_EQ(goc_chan_is_closed(chan(alive_[kChan])), 0);
    EXPECT_EQ(goc_wg_count(wg(alive_[kWg])), 0);
    EXPECT_EQ(goc_mutex_unlock(mutex(alive_[kMutex])), GOC_EPERM);
    EXPECT_EQ(goc_timer_stop(timer(alive_[kTimer])), 1);
    goc_timer_reset(timer(alive_[kTimer]), INT64_MAX);
    int64_t token;
    EXPECT_EQ(goc_port_poll(port(alive_[kPort]), &token, 1), 0);
  }

  std::array<void*, kTypes> alive_{};
  std::array<void*, kTypes> released_{};
};

template <class Condition>
auto functions_that(Condition condition) {
  std::vector<Function> chosen;
  for (const Function& f : functions())
    if (condition(f)) chosen.push_back(f);
  return testing::ValuesIn(chosen);
}
const auto name_of_function = [](const auto& info) { return std::string(info.param.name); };

INSTANTIATE_TEST_SUITE_P(Of, Misuse, functions_that([](const Function& f) { return f.call; }),
                         name_of_function);

TEST_P(Misuse, NullIsAnswered) { expect(GetParam().with_null, nullptr); }

using MisuseOfHandle = Misuse;
INSTANTIATE_TEST_SUITE_P(Of, MisuseOfHandle, functions_that([](const Function& f) {
                           return f.call && f.type != kNoHandle;
                         }),
                         name_of_function);

TEST_P(MisuseOfHandle, AReleasedOneIsAnswered) {
  expect(GetParam().with_bad_handle, released_[GetParam().type]);
}

TEST_P(MisuseOfHandle, AnotherTypeIsAnswered) {
  for (int type = 0; type < kTypes; ++type)
    if (type != GetParam().type) expect(GetParam().with_bad_handle, alive_[type]);
}

TEST(MisuseTable, NamesEveryFunctionOfTheLibrary) {
  std::set<std::string> listed;
  for (const Function& f : functions()) listed.insert(f.name);
  EXPECT_GT(listed.size(), 50U);
  EXPECT_EQ(listed, exported());
}

using MisuseOfMore = goc_test::Runtime;

TEST_F(MisuseOfMore, FunctionsAndValuesThatAreNull) {
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 1, 1), GOC_OK);
  EXPECT_EQ(goc_chan_send(ch, nullptr, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_chan_len(ch), 0U);
  goc_case to_send = {ch, GOC_SEND, 0, nullptr};
  EXPECT_EQ(goc_select(&to_send, 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_select(nullptr, 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_select(nullptr, 0, GOC_NOW), GOC_EAGAIN);
  goc_chan_release(ch);
}

TEST_F(MisuseOfMore, ASelectWithOneBadCaseDoesNothing) {
  goc_chan* ch = nullptr;
  ASSERT_EQ(goc_chan_new(&ch, 1, 1), GOC_OK);
  char value = 'x';
  goc_case cases[] = {{ch, GOC_SEND, 0, &value}, {ch, 3, 0, &value}};
  EXPECT_EQ(goc_select(cases, 2, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_select(cases, GOC_SELECT_MAX + 1, GOC_NOW), GOC_EINVAL);
  EXPECT_EQ(goc_chan_len(ch), 0U);
  goc_chan_release(ch);
}

TEST_F(MisuseOfMore, WhatIsForGoroutinesIsRefusedOnAThread) {
  EXPECT_EQ(goc_set_name("main"), GOC_EPERM);
  EXPECT_EQ(goc_lock_thread(), GOC_EPERM);
  EXPECT_EQ(goc_unlock_thread(), GOC_EPERM);
  EXPECT_EQ(goc_self(), 0U);
  EXPECT_EQ(goc_on_goroutine(), 0);
  goc_test::run([] {
    EXPECT_EQ(goc_unlock_thread(), GOC_EPERM) << "without a lock to undo";
    EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EPERM);
    EXPECT_EQ(goc_blocking([](void*) { EXPECT_EQ(goc_shutdown(GOC_NOW), GOC_EPERM); }, nullptr),
              GOC_OK);
  });
}

}  // namespace
