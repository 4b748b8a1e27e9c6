// goconc/group.h
#include <goconc/group.h>

#include "capi/handle.h"
#include "context/context.h"
#include "context/scope.h"
#include "sync/flight.h"
#include "sync/group.h"

using goc::Context;
using goc::Flight;
using goc::Group;
using goc::Scope;
using goc::with;

namespace {

bool valid(const void* key, size_t size) { return key != nullptr || size == 0; }

std::string_view view(const void* key, size_t size) {
  return {static_cast<const char*>(key), size};
}

}  // namespace

int goc_group_new(goc_group** out) {
  return out == nullptr ? static_cast<int>(GOC_EINVAL) : goc::give(out, Group::make());
}
int goc_group_with_ctx(goc_group** out, goc_ctx** out_ctx, goc_ctx* parent) {
  if (out == nullptr || out_ctx == nullptr) return GOC_EINVAL;
  return with<Context>(parent, [&](Context& p) {
    Scope* scope = Scope::make(p);
    if (scope == nullptr) return static_cast<int>(GOC_ENOMEM);
    if (const int result = goc::give(out, Group::make(scope)); result != GOC_OK) {
      Context::let_go(scope);
      return result;
    }
    return goc::give<Context>(out_ctx, scope);
  });
}
goc_group* goc_group_retain(goc_group* group) { return goc::retain_handle<Group>(group); }
void goc_group_release(goc_group* group) { goc::release_handle<Group>(group); }

int goc_group_go(goc_group* group, goc_task fn, void* arg, int64_t deadline) {
  if (fn == nullptr) return GOC_EINVAL;
  const void* site = __builtin_return_address(0);
  return goc::waiting_with<Group>(group, deadline,
                                  [=](Group& g) { return g.go(fn, arg, deadline, site); });
}
int goc_group_wait(goc_group* group, int* first_error, int64_t deadline) {
  return goc::waiting_with<Group>(group, deadline,
                                  [=](Group& g) { return g.wait(first_error, deadline); });
}
int goc_group_set_limit(goc_group* group, int64_t limit) {
  return with<Group>(group, [&](Group& g) { return g.set_limit(limit); });
}

int goc_flight_new(goc_flight** out) {
  return out == nullptr ? static_cast<int>(GOC_EINVAL) : goc::give(out, Flight::make());
}
goc_flight* goc_flight_retain(goc_flight* flight) { return goc::retain_handle<Flight>(flight); }
void goc_flight_release(goc_flight* flight) { goc::release_handle<Flight>(flight); }

int goc_flight_do(goc_flight* flight, const void* key, size_t key_size, goc_flight_fn fn, void* arg,
                  goc_flight_result* result, int64_t deadline) {
  if (fn == nullptr || !valid(key, key_size)) return GOC_EINVAL;
  return goc::waiting_with<Flight>(flight, deadline, [=](Flight& f) {
    return f.share(view(key, key_size), fn, arg, result, deadline);
  });
}

int goc_flight_start(goc_flight* flight, const void* key, size_t key_size, goc_flight_fn fn,
                     void* arg, goc_chan** out) {
  if (fn == nullptr || out == nullptr || !valid(key, key_size)) return GOC_EINVAL;
  const void* site = __builtin_return_address(0);
  return with<Flight>(flight, [&](Flight& f) {
    goc::Channel* channel = nullptr;
    const int result = f.start(view(key, key_size), fn, arg, &channel, site);
    return result == GOC_OK ? goc::give(out, channel) : result;
  });
}

int goc_flight_forget(goc_flight* flight, const void* key, size_t key_size) {
  if (!valid(key, key_size)) return GOC_EINVAL;
  return with<Flight>(flight, [&](Flight& f) {
    f.forget(view(key, key_size));
    return GOC_OK;
  });
}
