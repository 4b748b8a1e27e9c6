// arch/thread_state.h: errno, exceptions and floating-point control follow a goroutine, also to
// another thread.
#include "arch/thread_state.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cfenv>
#include <exception>
#include <memory>
#include <thread>

#include "errno_here.h"
#include "fixture.h"

namespace {

using goc_test::effort;
using goc_test::eventually;
using goc_test::get_errno;
using goc_test::Group;
using goc_test::run;
using goc_test::set_errno;
using goc_test::soon;

int thread_id() { return static_cast<int>(syscall(SYS_gettid)); }

// A goroutine that waits to be woken, and then blocks its thread until the hop is over.
struct Blocker {
  goc_test::Chan wake{0, 0};
  goc::Atom<bool> over{false};

  void run() {
    goc_chan_recv(wake, nullptr, soon());
    goc_blocking_begin();
    while (!over) std::this_thread::yield();
    goc_blocking_end();
  }
};

// Yields and continues on another thread: whoever is woken runs next on this one, where nobody can
// steal it, and blocks it. errno is `error` before the yield; what it is afterwards is returned.
int hop(int error) {
  const int before = thread_id();
  const int64_t deadline = soon();
  int found = error;
  while (thread_id() == before && found == error && goc_now() < deadline) {
    auto blocker = std::make_shared<Blocker>();
    goc_test::go([blocker] { blocker->run(); });
    eventually([&] { return goc_chan_send(blocker->wake, nullptr, GOC_NOW) == GOC_OK; });
    set_errno(error);
    goc_yield();
    found = get_errno();
    blocker->over = true;
  }
  EXPECT_NE(thread_id(), before) << "it never moved";
  return found;
}

class ThreadState : public goc_test::Procs {};
GOC_FOR_ALL_PROCS(ThreadState);

// --- errno ----------------------------------------------------------------------------------------

TEST_P(ThreadState, ErrnoFollowsTheGoroutine) {
  run([] {
    for (int i = 1; i <= 5; ++i) EXPECT_EQ(hop(1000 + i), 1000 + i);
  });
}

TEST_P(ThreadState, ErrnoOfManyGoroutinesIsKeptApart) {
  Group group;
  goc::Atom<int> wrong{0};
  const int64_t rounds = effort(1000);
  for (int i = 1; i <= 50; ++i)
    group.go([&wrong, rounds, i] {
      for (int64_t round = 0; round < rounds; ++round) {
        set_errno(1000 + i);
        goc_yield();
        wrong += get_errno() != 1000 + i;
      }
    });
  group.wait();
  EXPECT_EQ(wrong, 0);
}

TEST_P(ThreadState, AGoroutineBeginsWithoutAnError) {
  goc::Atom<int> wrong{0};
  Group group;
  for (int i = 0; i < 100; ++i)
    group.go([&] {
      wrong += get_errno() != 0;
      set_errno(EDOM);
    });
  group.wait();
  EXPECT_EQ(wrong, 0);
}

// --- Exceptions -----------------------------------------------------------------------------------

TEST_P(ThreadState, ThrowInAHandlerThatSleptRethrowsItsOwn) {
  Group group;
  goc::Atom<int> wrong{0};
  for (int i = 0; i < 20; ++i)
    group.go([&wrong, i] {
      for (int round = 0; round < 20; ++round) try {
          try {
            throw i;
          } catch (int) {
            goc_sleep(i % 3 == 0 ? 1 : 100000);
            throw;
          }
        } catch (int value) {
          wrong += value != i;
        }
    });
  group.wait();
  EXPECT_EQ(wrong, 0);
}

TEST_P(ThreadState, AHandlerMovesToAnotherThread) {
  run([] {
    try {
      try {
        throw 7;
      } catch (int) {
        hop(0);
        EXPECT_TRUE(std::current_exception());
        throw;
      }
    } catch (int value) {
      EXPECT_EQ(value, 7);
    }
    EXPECT_FALSE(std::current_exception());
  });
}

TEST_P(ThreadState, HandlersNestAcrossMoves) {
  run([] {
    try {
      throw 1;
    } catch (int) {
      hop(0);
      try {
        throw 2L;
      } catch (long) {
        hop(0);
        EXPECT_THROW(throw, long);
      }
      EXPECT_THROW(throw, int);
    }
  });
}

TEST_P(ThreadState, HandlersAreLeftInAnyOrder) {
  Group group;
  goc::Atom<int> inside{0};
  goc::Atom<int> turn{0};
  goc::Atom<int> wrong{0};
  for (int i = 0; i < 10; ++i)
    group.go([&, i] {
      try {
        throw i;
      } catch (int value) {
        ++inside;
        eventually([&] { return inside == 10 && turn == i; });
        wrong += value != i;
      }
      wrong += std::current_exception() != nullptr;
      ++turn;
    });
  group.wait();
  EXPECT_EQ(wrong, 0);
}

// Parks while the stack is being unwound.
struct HopsInDestructor {
  ~HopsInDestructor() {
    EXPECT_EQ(std::uncaught_exceptions(), 1);
    hop(0);
    EXPECT_EQ(std::uncaught_exceptions(), 1);
  }
};

TEST_P(ThreadState, ADestructorMayWaitWhileAnExceptionFlies) {
  run([] {
    try {
      const HopsInDestructor parks;
      throw 5;
    } catch (int value) {
      EXPECT_EQ(value, 5);
    }
    EXPECT_EQ(std::uncaught_exceptions(), 0);
  });
}

TEST_P(ThreadState, OthersSeeNoExceptionOfAHandlerThatWaits) {
  run([] {
    Group others;
    goc::Atom<int> seen{0};
    try {
      throw 1;
    } catch (int) {
      for (int i = 0; i < 20; ++i)
        others.go([&] {
          seen += std::current_exception() != nullptr;
          goc_yield();
          seen += std::current_exception() != nullptr;
        });
      others.wait();
      EXPECT_THROW(throw, int);
    }
    EXPECT_EQ(seen, 0);
  });
}

TEST_P(ThreadState, NorDoesAFunctionOnTheThreadsStack) {
  run([] {
    try {
      throw 1;
    } catch (int) {
      bool seen = true;
      goc_blocking([](void* s) { *static_cast<bool*>(s) = std::current_exception() != nullptr; },
                   &seen);
      EXPECT_FALSE(seen);
      EXPECT_THROW(throw, int);
    }
  });
}

// --- Floating-point control -------------------------------------------------------------------------

TEST_P(ThreadState, FloatingPointControlFollowsTheGoroutine) {
  run([] {
    std::fesetround(FE_UPWARD);
    hop(0);
    EXPECT_EQ(std::fegetround(), FE_UPWARD);
    int other = -1;
    Group group;
    group.go([&] { other = std::fegetround(); });
    group.wait();
    EXPECT_EQ(other, FE_TONEAREST);
    EXPECT_EQ(std::fegetround(), FE_UPWARD);
  });
}

// One goroutine after the other lives on the same stack.
TEST_P(ThreadState, AGoroutineBeginsWithTheInitialControlWords) {
  Group group;
  goc::Atom<int> wrong{0};
  run([&] {
    for (int i = 0; i < 200; ++i)
      group.go([&] {
        wrong += std::fegetround() != FE_TONEAREST;
        std::fesetround(FE_UPWARD);
      });
    group.wait();
  });
  EXPECT_EQ(wrong, 0);
}

}  // namespace
