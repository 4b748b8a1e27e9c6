// Exit and deferred functions: see exit.h.
#include "sched/exit.h"

#include <goconc/error.h>

#include <cstddef>
#include <exception>
#include <utility>

#include "arch/sanitizer.h"
#include "base/fatal.h"
#include "base/os.h"
#include "sched/waiter.h"

namespace goc {
namespace {

constexpr uint64_t kExceptionClass = 0x474F434F45584954;  // "GOCOEXIT"

Goroutine& owner_of(_Unwind_Exception* exit) {
  return *reinterpret_cast<Stack*>(reinterpret_cast<char*>(exit) - offsetof(Stack, exit))->owner;
}

// Called before each frame; E3 keeps it from the end of the stack.
_Unwind_Reason_Code before_frame(int, _Unwind_Action actions, _Unwind_Exception_Class,
                                 _Unwind_Exception* exit, _Unwind_Context*, void*) {
  if ((actions & _UA_END_OF_STACK) != 0)
    fatal({"goroutine ", owner_of(exit).id,
           " cannot exit: a function on its stack has no unwind table"});
  return _URC_NO_REASON;
}

void unwind(_Unwind_Exception* exit) {
  asan_leaves_frames();
  _Unwind_ForcedUnwind(exit, &before_frame, nullptr);
  fatal({"goroutine ", owner_of(exit).id, " cannot exit: its stack cannot be unwound"});
}

// A handler has ended without rethrowing it.
void dropped(_Unwind_Reason_Code, _Unwind_Exception* exit) {
  Goroutine& g = owner_of(exit);
  if (!g.exits) return;                                      // E3
  if (std::uncaught_exceptions() == 0) return unwind(exit);  // E2
  g.exits = false;
}

}  // namespace

int exit_goroutine() {
  Goroutine* g = current_goroutine();
  // A destructor that unwinding has called could not be left in this way.
  if (g == nullptr || g->exits || std::uncaught_exceptions() != 0) return GOC_EPERM;
  g->exits = true;  // E1
  _Unwind_Exception& exit = g->stack->exit;
  exit = {};
  exit.exception_class = kExceptionClass;
  exit.exception_cleanup = &dropped;
  unwind(&exit);
  return GOC_EPERM;
}

int defer(goc_fn fn, void* arg) {
  if (fn == nullptr) return GOC_EINVAL;
  Goroutine* g = current_goroutine();
  if (g == nullptr) return GOC_EPERM;
  GoroutineExtra* extra = extra_of(*g);
  auto* deferred =
      extra != nullptr ? static_cast<Deferred*>(os::allocate(sizeof(Deferred))) : nullptr;
  if (deferred == nullptr) return GOC_ENOMEM;
  *deferred = {extra->deferred, fn, arg};
  extra->deferred = deferred;
  return GOC_OK;
}

namespace {
Deferred take_deferred(GoroutineExtra& extra) {
  Deferred* last = extra.deferred;
  const Deferred taken = *last;
  extra.deferred = last->next;
  os::release(last);
  return taken;
}
}  // namespace

void run_deferred(Goroutine& g) {
  while (g.extra != nullptr && g.extra->deferred != nullptr) {
    const Deferred next = take_deferred(*g.extra);
    call_until_exit(g, next.fn, next.arg);
  }
}

// In a fork's child the caller is no goroutine any more when fn returns.
void run_to_end(goc_fn fn, void* arg) {
  Goroutine& g = *current_goroutine();
  call_until_exit(g, fn, arg);
  run_deferred(g);
}

void run_endings(Goroutine& g) {
  run_deferred(g);
  if (goc_fn finalizer = std::exchange(g.extra->finalizer, nullptr)) {
    call_until_exit(g, finalizer, g.extra->finalizer_arg);
    run_deferred(g);
  }
}

GoroutineExtra* make_extra() {
  auto* extra = static_cast<GoroutineExtra*>(os::allocate(sizeof(GoroutineExtra)));
  if (extra != nullptr) *extra = {};
  return extra;
}

GoroutineExtra* extra_of(Goroutine& g) {
  if (g.extra == nullptr) g.extra = make_extra();
  return g.extra;
}

void release_extra(GoroutineExtra* extra) {
  while (extra != nullptr && extra->deferred != nullptr) take_deferred(*extra);
  os::release(extra);
}

}  // namespace goc
