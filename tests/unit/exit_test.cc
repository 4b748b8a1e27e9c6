// goc_exit_goroutine and goc_defer: what runs, in which order, and who goes on.
#include <atomic>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "fixture.h"

namespace {

using goc_test::Chan;
using goc_test::effort;
using goc_test::eventually;
using goc_test::Group;
using goc_test::run;
using goc_test::soon;

// What happened, in order; each event is a letter.
using Events = std::string;

// Adds a letter when its scope is left.
struct Leaving {
  Leaving(Events& e, char l) : events(e), letter(l) {}
  ~Leaving() { events += letter; }
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
  Events& events;
  char letter;
};

// Puts f off; it is a copy that lives until it has been called or has exited.
void defer(std::function<void()> f) {
  auto call = [](void* box) {
    const std::unique_ptr<std::function<void()>> f(static_cast<std::function<void()>*>(box));
    (*f)();
  };
  ASSERT_EQ(goc_defer(call, new std::function<void()>(std::move(f))), GOC_OK);
}

// Exits from a depth of calls, each with something to destroy.
__attribute__((noinline)) void exit_from(int depth, Events& events) {
  const Leaving leaving(events, static_cast<char>('0' + depth));
  if (depth > 0)
    exit_from(depth - 1, events);
  else
    goc_exit_goroutine();
  ADD_FAILURE() << "it came back";
}

// Starts f with a finalizer of its own, and waits for the end of both.
void run_with_finalizer(std::function<void()> f, std::function<void()> finalizer) {
  struct Body {
    std::function<void()> f, finalizer;
    Group group;
  } body{std::move(f), std::move(finalizer), {}};
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void* b) {
    defer([wg = static_cast<Body*>(b)->group.wg()] { goc_wg_done(wg); });
    static_cast<Body*>(b)->finalizer();
  };
  goc_wg_add(body.group.wg(), 1);
  ASSERT_EQ(goc_go_with(
                &options, [](void* b) { static_cast<Body*>(b)->f(); }, &body),
            GOC_OK);
  body.group.wait();
}

class Exit : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(Exit);

// --- The stack --------------------------------------------------------------------------------------

TEST_P(Exit, RunsTheDestructorsOfEveryFrame) {
  Events events;
  run([&] {
    const Leaving leaving(events, 'x');
    exit_from(5, events);
  });
  EXPECT_EQ(events, "012345x");
}

TEST_P(Exit, TheStackAndTheThreadServeOthersAfterwards) {
  Group group;
  std::atomic<int> left{0};
  const int64_t count = effort(2000);
  for (int64_t i = 0; i < count; ++i)
    run([&] {
      const std::string memory(1000, 'x');  // LeakSanitizer would find it
      const std::shared_ptr<void> counted(nullptr, [&](void*) { ++left; });
      if (i % 3 == 0) goc_yield();
      goc_exit_goroutine();
    });
  EXPECT_EQ(left, count);
}

TEST_P(Exit, MayBeCalledAfterMovesAndWaits) {
  Chan chan(0, 0);
  Group group;
  std::atomic<int> left{0};
  for (int i = 0; i < 100; ++i)
    group.go([&] {
      const std::shared_ptr<void> waits(nullptr, [&](void*) {
        goc_yield();  // a destructor may wait too
        EXPECT_EQ(goc_chan_recv(chan, nullptr, soon()), GOC_ECLOSED);
        ++left;
      });
      goc_yield();
      goc_exit_goroutine();
    });
  goc_chan_close(chan);
  group.wait();
  EXPECT_EQ(left, 100);
}

TEST_P(Exit, PassesHandlersThatRethrow) {
  Events events;
  run([&] {
    try {
      const Leaving leaving(events, 'a');
      goc_exit_goroutine();
    } catch (const std::exception&) {
      ADD_FAILURE() << "it is no exception of the program";
    } catch (...) {
      events += 'b';
      throw;
    }
    ADD_FAILURE();
  });
  EXPECT_EQ(events, "ab");
}

TEST_P(Exit, IsNotStoppedByAHandlerThatDoesNot) {
  Events events;
  run([&] {
    const Leaving outer(events, 'd');
    try {
      try {
        const Leaving inner(events, 'a');
        goc_exit_goroutine();
      } catch (...) {
        events += 'b';
      }
      ADD_FAILURE() << "the handler has kept it";
    } catch (...) {
      events += 'c';
    }
    ADD_FAILURE() << "the outer handler has kept it";
  });
  EXPECT_EQ(events, "abcd");
}

TEST_P(Exit, AnExceptionOfAHandlerTakesItsPlace) {
  Events events;
  run([&] {
    try {
      try {
        goc_exit_goroutine();
      } catch (...) {
        throw 7;
      }
    } catch (int value) {
      EXPECT_EQ(value, 7);
      events += 'a';
    }
    EXPECT_EQ(std::uncaught_exceptions(), 0);
    events += 'b';
    goc_exit_goroutine();  // this one arrives
    ADD_FAILURE();
  });
  EXPECT_EQ(events, "ab");
}

TEST_P(Exit, FromAHandlerEndsTheHandledException) {
  static std::atomic<int> thrown{0};
  struct Thrown {
    Thrown() { ++thrown; }
    Thrown(const Thrown&) { ++thrown; }
    ~Thrown() { --thrown; }
  };
  for (int i = 0; i < 10; ++i) {
    run([] {
      try {
        throw Thrown();
      } catch (const Thrown&) {
        goc_exit_goroutine();
      }
    });
    EXPECT_EQ(thrown, 0);
  }
  run([] { EXPECT_FALSE(std::current_exception()) << "left to the next goroutine"; });
}

TEST_P(Exit, IsRefusedToDestructorsThatUnwindingCalls) {
  struct Exits {
    explicit Exits(int& a) : answer(a) {}
    ~Exits() { answer = goc_exit_goroutine(); }
    int& answer;
  };
  int during_exception = 0;
  int during_exit = 0;
  run([&] {
    try {
      const Exits exits(during_exception);
      throw 1;
    } catch (int) {
    }
    const Exits exits(during_exit);
    goc_exit_goroutine();
    ADD_FAILURE();
  });
  EXPECT_EQ(during_exception, GOC_EPERM);
  EXPECT_EQ(during_exit, GOC_EPERM);
}

TEST_P(Exit, IsForGoroutinesOnly) {
  EXPECT_EQ(goc_exit_goroutine(), GOC_EPERM);
  EXPECT_EQ(goc_defer([](void*) {}, nullptr), GOC_EPERM);
  run([] {
    const auto refused = [](void*) {
      EXPECT_EQ(goc_exit_goroutine(), GOC_EPERM);
      EXPECT_EQ(goc_defer([](void*) {}, nullptr), GOC_EPERM);
    };
    EXPECT_EQ(goc_blocking(refused, nullptr), GOC_OK);
  });
}

// --- Who goes on --------------------------------------------------------------------------------------

TEST_P(Exit, TheCallerOfRunGoesOnAfterWhatWasDeferred) {
  Events events;
  const auto exits = [&] {
    defer([&] {
      goc_yield();
      events += 'a';
    });
    goc_exit_goroutine();
  };
  run(exits);
  run([&] { run(exits); });
  EXPECT_EQ(events, "aa");
}

TEST_P(Exit, AWaitGroupCountsItAfterWhatWasDeferred) {
  Group group;
  struct Worker {
    static void run(void* ended) {
      ASSERT_EQ(goc_defer(
                    [](void* e) {
                      goc_yield();
                      ++*static_cast<std::atomic<int>*>(e);
                    },
                    ended),
                GOC_OK);
      goc_exit_goroutine();
    }
  };
  std::atomic<int> ended{0};
  for (int i = 0; i < 100; ++i) ASSERT_EQ(goc_wg_go(group.wg(), &Worker::run, &ended), GOC_OK);
  group.wait();
  EXPECT_EQ(ended, 100);
}

TEST_P(Exit, AOnceIsDoneAndItsWaitersGoOn) {
  goc_once* once = nullptr;
  ASSERT_EQ(goc_once_new(&once), GOC_OK);
  Chan gate(0, 0);
  std::atomic<bool> inside{false};
  std::function<void()> exits = [&] {
    inside = true;
    goc_chan_recv(gate, nullptr, soon());
    goc_exit_goroutine();
  };
  const auto call = [](void* f) { (*static_cast<std::function<void()>*>(f))(); };
  Group group;
  group.go([&] {
    goc_once_do(once, call, &exits);
    ADD_FAILURE() << "it came back";
  });
  eventually([&] { return inside.load(); });
  for (int i = 0; i < 5; ++i) group.go([&] { EXPECT_EQ(goc_once_do(once, call, &exits), GOC_OK); });
  std::jthread thread([&] { EXPECT_EQ(goc_once_do(once, call, &exits), GOC_OK); });
  goc_chan_close(gate);
  group.wait();
  thread.join();
  goc_once_release(once);
}

TEST_P(Exit, APinnedGoroutineGivesItsThreadBack) {
  for (int i = 0; i < 20; ++i)
    run([] {
      ASSERT_EQ(goc_lock_thread(), GOC_OK);
      ASSERT_EQ(goc_lock_thread(), GOC_OK);
      goc_exit_goroutine();
    });
  run([] { EXPECT_EQ(goc_unlock_thread(), GOC_EPERM); });
}

// Calls `compare`, which exits, while the C library is sorting.
TEST_P(Exit, PassesFunctionsOfC) {
  Events events;
  run([&] {
    const Leaving leaving(events, 'a');
    int numbers[] = {3, 2, 1};
    std::qsort(numbers, 3, sizeof(int), [](const void*, const void*) -> int {
      goc_exit_goroutine();
      return 0;
    });
    ADD_FAILURE();
  });
  EXPECT_EQ(events, "a");
}

// --- Deferred functions and the finalizer -------------------------------------------------------------

class Defer : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(Defer);

TEST_P(Defer, TheLastIsCalledFirstOnceTheFunctionHasReturned) {
  Events events;
  run([&] {
    const Leaving leaving(events, 'a');
    for (const char letter : {'d', 'c', 'b'}) defer([&events, letter] { events += letter; });
    events += '-';
  });
  EXPECT_EQ(events, "-abcd");
}

TEST_P(Defer, ComesAfterUnwindingAndBeforeTheFinalizer) {
  Events events;
  run_with_finalizer(
      [&] {
        defer([&] { events += 'b'; });
        const Leaving leaving(events, 'a');
        goc_exit_goroutine();
      },
      [&] { events += 'c'; });
  EXPECT_EQ(events, "abc");
}

TEST_P(Defer, ADeferredFunctionMayDeferMoreAndWait) {
  Events events;
  run([&] {
    defer([&] { events += 'd'; });
    defer([&] {
      defer([&] { events += 'c'; });
      defer([&] { events += 'b'; });
      goc_yield();
      goc_sleep(1);
      events += 'a';
    });
  });
  EXPECT_EQ(events, "abcd");
}

TEST_P(Defer, OneThatExitsEndsItselfAlone) {
  Events events;
  run_with_finalizer(
      [&] {
        defer([&] { events += 'c'; });
        defer([&] {
          const Leaving leaving(events, 'b');
          goc_exit_goroutine();
        });
        defer([&] { exit_from(1, events); });
        goc_exit_goroutine();
      },
      [&] {
        events += 'd';
        goc_exit_goroutine();
      });
  EXPECT_EQ(events, "01bcd");
}

TEST_P(Defer, WhatTheFinalizerDefersIsCalledToo) {
  Events events;
  run_with_finalizer([&] { events += 'a'; },
                     [&] {
                       defer([&] { events += 'c'; });
                       events += 'b';
                     });
  EXPECT_EQ(events, "abc");
}

TEST_P(Defer, WithoutAFunctionIsRefused) {
  EXPECT_EQ(goc_defer(nullptr, nullptr), GOC_EINVAL);
  run([] { EXPECT_EQ(goc_defer(nullptr, nullptr), GOC_EINVAL); });
}

TEST_P(Defer, ManyAreCalled) {
  const int64_t count = effort(100000);
  int64_t calls = 0;
  run([&] {
    for (int64_t i = 0; i < count; ++i)
      ASSERT_EQ(goc_defer([](void* c) { ++*static_cast<int64_t*>(c); }, &calls), GOC_OK);
  });
  EXPECT_EQ(calls, count);
}

TEST_P(Defer, IsNotCalledForAnAbandonedGoroutineWhoseFinalizerIs) {
  static goc::Atom<int> finalized;
  finalized = 0;
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void*) { ++finalized; };
  const auto blocks = [](void*) {
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(goc_defer([](void*) { ADD_FAILURE() << "called"; }, nullptr), GOC_OK);
    goc_select(nullptr, 0, GOC_FOREVER);
  };
  ASSERT_EQ(goc_go_with(&options, blocks, nullptr), GOC_OK);
  EXPECT_EQ(goc_shutdown(soon()), 1);
  EXPECT_EQ(finalized, 1);
}

TEST_P(Defer, AFinalizerThatIsAbandonedIsNotCalledAgain) {
  static goc::Atom<int> finalized;
  finalized = 0;
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.finalizer = [](void*) {
    ++finalized;
    goc_select(nullptr, 0, GOC_FOREVER);
  };
  ASSERT_EQ(goc_go_with(
                &options, [](void*) {}, nullptr),
            GOC_OK);
  EXPECT_EQ(goc_shutdown(soon()), 1);
  EXPECT_EQ(finalized, 1);
}

// --- Deaths -------------------------------------------------------------------------------------------

TEST(ExitDeathTest, ANoexceptFunctionOnTheStackEndsTheProcess) {
  auto exits = [](void*) { []() noexcept { goc_exit_goroutine(); }(); };
  EXPECT_DEATH(goc_run(exits, nullptr), "terminate called");
}

TEST(ExitDeathTest, AnExceptionOfADeferredFunctionCountsAsTheGoroutines) {
  auto throws = [](void*) {
    goc_defer([](void*) { throw std::runtime_error("too late"); }, nullptr);
    goc_exit_goroutine();
  };
  EXPECT_DEATH(goc_run(throws, nullptr), "uncaught exception: too late");
}

}  // namespace
