// goconc::exit_goroutine and defer, and what run, blocking, wait_group and once make of an exit.
#include <goconc/goconc.hpp>

#include <string>

#include "counted.h"
#include "cpp_errors.h"
#include "fixture.h"

namespace {

using goc_test::code_of;
using goc_test::Counted;

class CppExit : public goc_test::Procs {
 protected:
  void TearDown() override {
    Procs::TearDown();
    EXPECT_EQ(Counted::alive(), 0);
  }
};
GOC_FOR_ALL_PROCS(CppExit);

TEST_P(CppExit, RunSaysThatItWasCanceled) {
  int events = 0;
  const auto exits = [&] {
    const Counted value(1);
    goconc::defer([&events, held = Counted(2)] { events += held.value(); });
    goconc::exit_goroutine();
  };
  EXPECT_EQ(code_of([&] { goconc::run(exits); }), GOC_ECANCELED);
  EXPECT_EQ(code_of([&] {
              goconc::run([&]() -> std::string {
                exits();
                return "never";
              });
            }),
            GOC_ECANCELED);
  EXPECT_EQ(code_of([&] { goconc::run([&] { goconc::run(exits); }); }), GOC_ECANCELED);
  EXPECT_EQ(events, 6);
}

TEST_P(CppExit, IsForGoroutinesOnly) {
  EXPECT_EQ(code_of([] { goconc::exit_goroutine(); }), GOC_EPERM);
  EXPECT_EQ(code_of([] { goconc::defer([held = Counted(1)] { ADD_FAILURE(); }); }), GOC_EPERM);
  goconc::run([] {
    EXPECT_EQ(code_of([] { goconc::blocking([] { goconc::exit_goroutine(); }); }), GOC_EPERM);
  });
}

TEST_P(CppExit, EndsAGoroutineThatAWaitGroupCounts) {
  goconc::go_options named;
  named.name = "worker";
  for (const goconc::go_options& options : {goconc::go_options(), named}) {
    const goconc::wait_group wg;
    std::atomic<int> deferred{0};
    for (int i = 0; i < 20; ++i)
      wg.go(
          [&, i, held = Counted(i)] {
            goconc::defer([&deferred] {
              goconc::yield();
              ++deferred;
            });
            if (i % 2 == 0) goconc::exit_goroutine();
          },
          options);
    wg.wait();
    EXPECT_EQ(deferred, 20) << "before the wait ends";
    EXPECT_EQ(Counted::alive(), 0) << "before the wait ends";
  }
}

TEST_P(CppExit, CountsAsTheCallOfAOnce) {
  const goconc::once once;
  const goconc::wait_group wg;
  wg.go([&] {
    once.call([held = Counted(1)] { goconc::exit_goroutine(); });
    ADD_FAILURE() << "it came back";
  });
  wg.wait();
  once.call([] { ADD_FAILURE() << "called twice"; });
}

TEST_P(CppExit, AnAbandonedGoroutineIsNotDoneAndFreesItsFunction) {
  const goconc::wait_group wg;
  goconc::go_options named;
  named.name = "sleeper";
  wg.go([held = Counted(1)] { goc_select(nullptr, 0, GOC_FOREVER); }, named);
  EXPECT_EQ(goc_shutdown(goc_test::soon()), 1);
  EXPECT_EQ(wg.count(), 1);
  EXPECT_EQ(Counted::alive(), 0);
}

}  // namespace
