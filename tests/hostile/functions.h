// Every function of the C ABI with what it answers: one line each, in functions.cc.
#pragma once

#include <array>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "fixture.h"

namespace goc_test {

// What a function takes: a handle of some type, or another pointer, of which only NULL can be told.
enum Type {
  kChan,
  kWg,
  kMutex,
  kOnce,
  kTimer,
  kTicker,
  kPort,
  kRWMutex,
  kCond,
  kSemaphore,
  kGroup,
  kFlight,
  kContext,
  kHandles,  // how many types of handles there are
  kBuffer = kHandles,
  kOperation,  // one that is pending
  kCallback,
  kOut,      // where to store a pointer
  kNothing,  // no pointer at all
};

// How a function answers; `call` hands the pointer to it and leaves nothing behind but what the
// function did to the object.
struct Function {
  const char* name;
  Type takes;
  int64_t with_null;
  int64_t with_bad_handle;
  std::function<int64_t(void*)> call;
  // With what it asks for:
  int64_t on_thread = GOC_OK;
  int64_t on_goroutine = GOC_OK;
  int64_t after_shutdown = GOC_OK;  // on a thread
  bool starts_runtime = false;      // when it is stopped

  Function gives(int64_t result) const;            // everywhere
  Function gives_on_thread(int64_t result) const;  // also after shutdown
  Function gives_after_shutdown(int64_t result) const;
  Function starts() const;

  friend std::ostream& operator<<(std::ostream& out, const Function& f) { return out << f.name; }
};

const std::vector<Function>& functions();

// --- What is handed to them ------------------------------------------------------------------------

inline goc_chan* chan(void* h) { return static_cast<goc_chan*>(h); }
inline goc_wg* wg(void* h) { return static_cast<goc_wg*>(h); }
inline goc_mutex* mutex(void* h) { return static_cast<goc_mutex*>(h); }
inline goc_once* once(void* h) { return static_cast<goc_once*>(h); }
inline goc_timer* timer(void* h) { return static_cast<goc_timer*>(h); }
inline goc_ticker* ticker(void* h) { return static_cast<goc_ticker*>(h); }
inline goc_port* port(void* h) { return static_cast<goc_port*>(h); }
inline goc_rwmutex* rwmutex(void* h) { return static_cast<goc_rwmutex*>(h); }
inline goc_cond* cond(void* h) { return static_cast<goc_cond*>(h); }
inline goc_sem* sem(void* h) { return static_cast<goc_sem*>(h); }
inline goc_group* group(void* h) { return static_cast<goc_group*>(h); }
inline goc_flight* flight(void* h) { return static_cast<goc_flight*>(h); }
inline goc_ctx* ctx(void* h) { return static_cast<goc_ctx*>(h); }

// Something new of a type, and its end: a reference of a handle is dropped.
void* make(Type type);
void discard(Type type, void* made);

// How often the callback of kCallback, or that of a function's own, has been called.
int calls();
// A callback that counts its calls.
void note_call(void*);

// Calls use() with one end of a new pair of sockets, of which nothing is to be read.
int64_t on_socket(const std::function<int64_t(int fd)>& use);

// goc_cond_wait() with a mutex that it makes.
int64_t wait_with_own_mutex(goc_cond* cond, int64_t deadline);

// One handle of each type.
using Handles = std::array<void*, kHandles>;
Handles make_handles();
void release_handles(const Handles& handles);
// Handles that stay recognisable as released as long as at most `others` more of each type are alive
// at once: a new object takes the memory that was freed last.
Handles make_released(int others);

// They have one reference and the state of their beginning.
void expect_untouched(const Handles& handles);

// The name of a test with a Function or the like as its parameter.
inline constexpr auto by_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace goc_test
