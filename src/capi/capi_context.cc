// goconc/context.h
#include <goconc/context.h>

#include "capi/handle.h"
#include "context/context.h"
#include "context/scope.h"

using goc::Context;
using goc::Scope;
using goc::with;

namespace {

constexpr goc_cause kNone = {};

// Makes a context below `parent`, and stores it in *out.
template <class Make>
int give_below(goc_ctx** out, goc_ctx* parent, Make make) {
  if (out == nullptr) return GOC_EINVAL;
  return with<Context>(parent, [&](Context& p) { return goc::give<Context>(out, make(p)); });
}

}  // namespace

goc_ctx* goc_ctx_background(void) {
  return reinterpret_cast<goc_ctx*>(static_cast<goc::Object*>(&Context::background()));
}

int goc_ctx_with_cancel(goc_ctx** out, goc_ctx* parent) {
  return give_below(out, parent, [](Context& p) { return Scope::make(p); });
}

int goc_ctx_with_deadline(goc_ctx** out, goc_ctx* parent, int64_t deadline,
                          const goc_cause* cause) {
  if (out == nullptr) return GOC_EINVAL;
  return with<Context>(parent, [&](Context& p) {
    Scope* scope = Scope::make(p);
    if (scope == nullptr) return static_cast<int>(GOC_ENOMEM);
    const int result = scope->end_at(deadline, cause != nullptr ? *cause : kNone);
    if (result == GOC_OK) return goc::give<Context>(out, scope);
    Context::let_go(scope);
    return result;
  });
}

int goc_ctx_with_timeout(goc_ctx** out, goc_ctx* parent, int64_t ns, const goc_cause* cause) {
  return goc_ctx_with_deadline(out, parent, goc::clock::deadline_in(ns), cause);
}

int goc_ctx_without_cancel(goc_ctx** out, goc_ctx* parent) {
  return give_below(out, parent, [](Context& p) { return Context::make_without_cancel(p); });
}

int goc_ctx_with_value(goc_ctx** out, goc_ctx* parent, const void* key, void* value, goc_fn drop) {
  if (key == nullptr) return GOC_EINVAL;
  return give_below(out, parent, [&](Context& p) {
    return Context::make_with_value(p, {key, value, drop});
  });
}

goc_ctx* goc_ctx_retain(goc_ctx* ctx) { return goc::retain_handle<Context>(ctx); }
void goc_ctx_release(goc_ctx* ctx) {
  int error;
  Context::let_go(goc::resolve<Context>(ctx, &error));
}

int goc_ctx_cancel(goc_ctx* ctx, const goc_cause* cause) {
  return with<Context>(ctx, [&](Context& c) {
    Scope* scope = c.as_scope();
    if (scope == nullptr) return static_cast<int>(GOC_EPERM);
    scope->end(GOC_ECANCELED, cause != nullptr ? *cause : kNone);
    return static_cast<int>(GOC_OK);
  });
}

int goc_ctx_err(goc_ctx* ctx) {
  return with<Context>(ctx, [](Context& c) {
    return c.scope() != nullptr ? c.scope()->err() : static_cast<int>(GOC_OK);
  });
}

int goc_ctx_cause(goc_ctx* ctx, goc_cause* out) {
  return with<Context>(ctx, [&](Context& c) {
    const goc_cause cause = c.scope() != nullptr ? c.scope()->cause() : kNone;
    if (out != nullptr) *out = cause;
    return cause.code;
  });
}

goc_chan* goc_ctx_done(goc_ctx* ctx) {
  int error;
  const Context* context = goc::resolve<Context>(ctx, &error);
  if (context == nullptr || context->scope() == nullptr) return nullptr;
  return reinterpret_cast<goc_chan*>(static_cast<goc::Object*>(&context->scope()->done()));
}

int64_t goc_ctx_deadline(goc_ctx* ctx) {
  int error;
  const Context* context = goc::resolve<Context>(ctx, &error);
  return context != nullptr ? context->deadline() : error;
}

void* goc_ctx_value(goc_ctx* ctx, const void* key) {
  int error;
  const Context* context = goc::resolve<Context>(ctx, &error);
  return context != nullptr && key != nullptr ? context->value(key) : nullptr;
}

int goc_ctx_after_func(goc_ctx** out, goc_ctx* ctx, goc_fn fn, void* arg) {
  if (fn == nullptr) return GOC_EINVAL;
  return with<Context>(ctx, [&](Context& c) {
    if (const int result = goc::g_runtime.ensure_started(); result != GOC_OK) return result;
    Scope* call = Scope::make(c, fn, arg);
    if (call == nullptr) return static_cast<int>(GOC_ENOMEM);
    if (out != nullptr) return goc::give<Context>(out, call);
    Context::let_go(call);
    return static_cast<int>(GOC_OK);
  });
}

int goc_ctx_stop(goc_ctx* ctx) {
  return with<Context>(ctx, [](Context& c) {
    Scope* scope = c.as_scope();
    return scope != nullptr && scope->stop() ? 1 : 0;
  });
}
