// Contexts for tests: made below another one, released at the end of their scope.
#pragma once

#include "timers.h"

namespace {

// Names a private member; an explicit instantiation may (C++20, [temp.spec.general]).
template <goc::Scope* goc::Scope::*list>
struct RevealBelow {
  friend const goc::Scope* first_below(const goc::Scope& scope) { return scope.*list; }
};
const goc::Scope* first_below(const goc::Scope& scope);
template struct RevealBelow<&goc::Scope::below_>;

}  // namespace

namespace goc_test {

class Ctx {
 public:
  Ctx() : ctx_(goc_ctx_background()) {}
  explicit Ctx(goc_ctx* owned) : ctx_(owned) {}
  Ctx(Ctx&& other) noexcept : ctx_(std::exchange(other.ctx_, nullptr)) {}
  Ctx& operator=(Ctx&& other) noexcept {
    std::swap(ctx_, other.ctx_);
    return *this;
  }
  ~Ctx() { goc_ctx_release(ctx_); }
  operator goc_ctx*() const { return ctx_; }  // NOLINT: it stands for its handle

 private:
  goc_ctx* ctx_;
};

template <class Make>
Ctx new_ctx(Make make) {
  goc_ctx* made = nullptr;
  EXPECT_EQ(make(&made), GOC_OK);
  return Ctx(made);
}
inline Ctx with_cancel(goc_ctx* parent) {
  return new_ctx([=](goc_ctx** out) { return goc_ctx_with_cancel(out, parent); });
}
inline Ctx with_deadline(goc_ctx* parent, int64_t deadline, const goc_cause* cause = nullptr) {
  return new_ctx(
      [=](goc_ctx** out) { return goc_ctx_with_deadline(out, parent, deadline, cause); });
}
inline Ctx with_timeout(goc_ctx* parent, int64_t ns, const goc_cause* cause = nullptr) {
  return new_ctx([=](goc_ctx** out) { return goc_ctx_with_timeout(out, parent, ns, cause); });
}
inline Ctx with_value(goc_ctx* parent, const void* key, void* value, goc_fn drop = nullptr) {
  return new_ctx([=](goc_ctx** out) { return goc_ctx_with_value(out, parent, key, value, drop); });
}
inline Ctx without_cancel(goc_ctx* parent) {
  return new_ctx([=](goc_ctx** out) { return goc_ctx_without_cancel(out, parent); });
}
inline Ctx after_func(goc_ctx* parent, goc_fn fn, void* arg) {
  return new_ctx([=](goc_ctx** out) { return goc_ctx_after_func(out, parent, fn, arg); });
}

inline void cancel(goc_ctx* ctx, int code = 0) {
  const goc_cause cause = {code, nullptr, nullptr};
  EXPECT_EQ(goc_ctx_cancel(ctx, code != 0 ? &cause : nullptr), GOC_OK);
}

inline int err(goc_ctx* ctx) { return goc_ctx_err(ctx); }
inline int cause(goc_ctx* ctx) { return goc_ctx_cause(ctx, nullptr); }

// Its channel is closed if and only if it is done.
inline bool is_done(goc_ctx* ctx) {
  const int closed = goc_chan_recv(goc_ctx_done(ctx), nullptr, GOC_NOW);
  EXPECT_EQ(closed == GOC_ECLOSED, err(ctx) != GOC_OK);
  return closed == GOC_ECLOSED;
}
// How many contexts and functions it will end with it, in the level below.
inline int count_below(goc_ctx* ctx) {
  const goc::Scope& scope = *goc::live<goc::Context>(ctx)->as_scope();
  const goc::Guard guard(scope.tree());
  int count = 0;
  for (const goc::Scope* s = first_below(scope); s != nullptr; s = s->link) ++count;
  return count;
}
// Waits for its end; the test fails if it does not come.
inline void await_end(goc_ctx* ctx) {
  EXPECT_EQ(goc_chan_recv(goc_ctx_done(ctx), nullptr, soon()), GOC_ECLOSED);
  EXPECT_TRUE(is_done(ctx));
}

}  // namespace goc_test
