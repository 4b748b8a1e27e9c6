// goconc::context, cancel_scope and what works with them.
#include <goconc/goconc.hpp>

#include <memory>
#include <stdexcept>
#include <string>

#include "contexts.h"
#include "counted.h"
#include "cpp_errors.h"

namespace {

using goc_test::code_of;
using goc_test::Counted;
using goc_test::eventually;
using goconc::cancel_scope;
using goconc::context;
using namespace std::chrono_literals;

class CppContext : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppContext);

std::string thrown_by(const context& ctx) {
  try {
    ctx.throw_if_done();
  } catch (const std::exception& e) {
    return e.what();
  }
  return "nothing";
}

TEST_P(CppContext, IsTheBackgroundByDefault) {
  const context background;
  EXPECT_EQ(background.native(), goc_ctx_background());
  EXPECT_FALSE(background.is_done());
  EXPECT_FALSE(background.deadline());
  EXPECT_EQ(background.cause(), nullptr);
  EXPECT_EQ(thrown_by(background), "nothing");
  EXPECT_EQ(goconc::select(done(background), goconc::otherwise()), 1u) << "it is never done";
}

TEST_P(CppContext, EndsWithItsScope) {
  context outlives;
  {
    const cancel_scope scope = context().with_cancel();
    outlives = scope;
    EXPECT_FALSE(outlives.is_done());
  }
  EXPECT_EQ(outlives.err(), GOC_ECANCELED);
  EXPECT_EQ(code_of([&] { outlives.throw_if_done(); }), GOC_ECANCELED);
}

TEST_P(CppContext, AScopeThatWasMovedEndsWithTheNewOne) {
  context ctx;
  {
    std::unique_ptr<cancel_scope> moved;
    {
      cancel_scope scope = context().with_cancel();
      ctx = scope;
      moved = std::make_unique<cancel_scope>(std::move(scope));
    }
    EXPECT_FALSE(ctx.is_done());
  }
  EXPECT_TRUE(ctx.is_done());
}

TEST_P(CppContext, EndsThoseBelowIt) {
  const cancel_scope parent = context().with_cancel();
  const cancel_scope child = parent.with_cancel();
  const context free = child.without_cancel();
  parent.cancel();
  EXPECT_TRUE(child.is_done());
  EXPECT_FALSE(free.is_done());
  EXPECT_FALSE(free.with_cancel().is_done());
}

TEST_P(CppContext, EndsAtItsDeadline) {
  const cancel_scope soon = context().with_timeout(1ms);
  soon.done().recv();
  EXPECT_EQ(soon.err(), GOC_ETIMEDOUT);
  EXPECT_EQ(thrown_by(soon), goc_strerror(GOC_ETIMEDOUT));
  const auto at = std::chrono::steady_clock::now() + 1h;
  const cancel_scope later = context().with_deadline(at);
  EXPECT_EQ(later.deadline(), at);
  const cancel_scope below = later.with_timeout(2h);
  EXPECT_EQ(below.deadline(), at) << "the earlier one";
  EXPECT_EQ(context().with_timeout(std::chrono::hours::max()).deadline(), std::nullopt);
}

TEST_P(CppContext, TheFirstCauseIsThrown) {
  const cancel_scope scope = context().with_cancel();
  const cancel_scope below = scope.with_cancel();
  scope.cancel(std::runtime_error("first"));
  scope.cancel(std::make_exception_ptr(std::runtime_error("second")));
  scope.cancel();
  EXPECT_EQ(thrown_by(scope), "first");
  EXPECT_EQ(thrown_by(below), "first");
  EXPECT_EQ(thrown_by(below.with_cancel()), "first");
}

TEST_P(CppContext, ADeadlineMayHaveACause) {
  const auto cause = std::make_exception_ptr(std::runtime_error("too slow"));
  const cancel_scope passed = context().with_timeout(0s, cause);
  EXPECT_EQ(thrown_by(passed), "too slow");
  const cancel_scope canceled = context().with_timeout(1h, cause);
  canceled.cancel();
  EXPECT_EQ(code_of([&] { canceled.throw_if_done(); }), GOC_ECANCELED);
}

TEST_P(CppContext, ACauseGivenInCIsTheErrorOfItsCode) {
  const cancel_scope scope = context().with_cancel();
  goc_test::cancel(scope.native(), GOC_EDEADLK);
  EXPECT_EQ(code_of([&] { scope.throw_if_done(); }), GOC_EDEADLK);
}

TEST_P(CppContext, ValuesHaveTypes) {
  static const goconc::context_key<std::string> name;
  static const goconc::context_key<std::string> other;
  static const goconc::context_key<std::unique_ptr<Counted>> counted;
  const cancel_scope scope = context().with_cancel();
  context below;
  {
    const context named = scope.with_value(name, "a name too long for small strings");
    below = named.with_value(counted, std::make_unique<Counted>(7));
    EXPECT_EQ(named.value(counted), nullptr);
  }
  ASSERT_NE(below.value(name), nullptr);
  EXPECT_EQ(*below.value(name), "a name too long for small strings");
  EXPECT_EQ((*below.value(counted))->value(), 7);
  EXPECT_EQ(below.value(other), nullptr);
  EXPECT_EQ(Counted::alive(), 1);
}

TEST_P(CppContext, SelectGivesUp) {
  const cancel_scope scope = context().with_cancel();
  const goconc::chan<int> silent;
  const goconc::wait_group wg;
  wg.go([&, ctx = context(scope)] {
    bool gave_up = false;
    EXPECT_EQ(goconc::select(recv(silent), done(ctx, [&] { gave_up = true; })), 1u);
    EXPECT_TRUE(gave_up);
  });
  scope.cancel();
  wg.wait();
}

TEST_P(CppContext, CallsAFunctionAtTheEnd) {
  const goconc::chan<int> called(1);
  {
    const cancel_scope scope = context().with_cancel();
    after_func(scope, [counted = Counted(1), called] { called.send(counted.value()); });
    EXPECT_EQ(called.try_recv(), std::nullopt);
  }
  EXPECT_EQ(called.recv(), 1);
  eventually([] { return Counted::alive() == 0; });
}

TEST_P(CppContext, AFunctionThatIsStoppedIsDestroyed) {
  const cancel_scope scope = context().with_cancel();
  const auto call = after_func(scope, [counted = Counted(1)] { ADD_FAILURE(); });
  EXPECT_TRUE(call.stop());
  EXPECT_FALSE(call.stop());
}

TEST_P(CppContext, AFunctionThatIsNeverCalledIsDestroyed) {
  after_func(context(), [counted = Counted(1)] { ADD_FAILURE(); });
  const auto kept = after_func(context(), [counted = Counted(1)] { ADD_FAILURE(); });
  const auto stopped = after_func(context(), [counted = Counted(1)] { ADD_FAILURE(); });
  EXPECT_TRUE(stopped.stop());
  EXPECT_EQ(Counted::alive(), 2);
}

TEST_P(CppContext, OfAGroupEndsWithTheFirstExceptionAsItsCause) {
  const cancel_scope parent = context().with_cancel();
  const goconc::group group(parent);
  const context ctx = group.ctx();
  group.go([&] {
    ctx.done().recv();
    EXPECT_EQ(thrown_by(ctx), "the first");
    ctx.throw_if_done();
  });
  group.go([] { throw std::runtime_error("the first"); });
  EXPECT_THROW(group.wait(), std::runtime_error);
  EXPECT_EQ(thrown_by(ctx), "the first");
  EXPECT_FALSE(parent.is_done());
}

TEST_P(CppContext, OfAGroupEndsWithItsTasks) {
  const cancel_scope parent = context().with_cancel();
  const goconc::group group(parent, 1);
  group.go([] {});
  group.wait();
  EXPECT_EQ(group.ctx().err(), GOC_ECANCELED);
  EXPECT_FALSE(goconc::group().ctx().is_done()) << "without a context it is the background's";
  parent.cancel(std::runtime_error("above"));
  EXPECT_EQ(thrown_by(goconc::group(parent).ctx()), "above");
}

}  // namespace
