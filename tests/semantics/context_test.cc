// What the tests of Go's context package show.
#include <array>
#include <initializer_list>
#include <vector>

#include "contexts.h"

namespace {

using namespace goc_test;

class ContextOfGo : public Procs {
 protected:
  goc_ctx* const background_ = goc_ctx_background();
};
GOC_FOR_1_2_4(ContextOfGo);

constexpr int64_t kSoon = GOC_MILLISECOND;
using All = std::initializer_list<goc_ctx*>;

TEST_P(ContextOfGo, Background) {
  EXPECT_EQ(goc_ctx_background(), background_);
  EXPECT_EQ(goc_ctx_done(background_), nullptr);
  EXPECT_EQ(err(background_), GOC_OK);
  EXPECT_EQ(cause(background_), GOC_OK);
  EXPECT_EQ(goc_ctx_deadline(background_), GOC_FOREVER);
  EXPECT_EQ(goc_ctx_value(background_, this), nullptr);
  goc_case never = receiving(goc_ctx_done(background_), nullptr);
  EXPECT_EQ(goc_select(&never, 1, GOC_NOW), GOC_EAGAIN);
}

TEST_P(ContextOfGo, WithCancel) {
  const Ctx ctx = with_cancel(background_);
  EXPECT_FALSE(is_done(ctx));
  EXPECT_EQ(err(ctx), GOC_OK);
  for (int i = 0; i < 3; ++i) {
    cancel(ctx);
    EXPECT_TRUE(is_done(ctx));
    EXPECT_EQ(err(ctx), GOC_ECANCELED);
  }
}

// Cancel, value, time: in any order below a parent that ends.
TEST_P(ContextOfGo, ParentFinishesChild) {
  const Ctx parent = with_cancel(background_);
  const Ctx child = with_cancel(parent);
  const Ctx carrier = with_value(parent, this, this);
  const Ctx timed = with_timeout(carrier, kNever);
  const Ctx below = with_cancel(timed);
  for (goc_ctx* ctx : All{parent, child, carrier, timed, below}) EXPECT_FALSE(is_done(ctx));
  EXPECT_EQ(count_below(parent), 2) << "the child, and that below the value";

  cancel(parent);
  for (goc_ctx* ctx : All{parent, child, carrier, timed, below}) {
    EXPECT_TRUE(is_done(ctx));
    EXPECT_EQ(err(ctx), GOC_ECANCELED);
  }
  EXPECT_EQ(count_below(parent), 0);
  EXPECT_TRUE(heaps_are_empty());
  EXPECT_TRUE(is_done(with_value(parent, this, this)));
  EXPECT_TRUE(is_done(with_cancel(parent))) << "born after the end";
}

TEST_P(ContextOfGo, ChildFinishesFirst) {
  const Ctx cancelable = with_cancel(background_);
  for (goc_ctx* parent : {background_, static_cast<goc_ctx*>(cancelable)}) {
    const Ctx child = with_cancel(parent);
    cancel(child);
    EXPECT_TRUE(is_done(child));
    EXPECT_EQ(err(parent), GOC_OK);
  }
  EXPECT_FALSE(is_done(cancelable));
  EXPECT_EQ(count_below(cancelable), 0);
}

// A deadline alone, below a value, below a later one, below an earlier one, and one that has passed.
TEST_P(ContextOfGo, Deadline) {
  const auto expires = [](const Ctx& ctx) {
    await_end(ctx);
    EXPECT_EQ(err(ctx), GOC_ETIMEDOUT);
    EXPECT_GE(goc_now(), goc_ctx_deadline(ctx));
  };
  expires(with_deadline(background_, goc_deadline(kSoon)));
  expires(with_deadline(with_value(background_, this, this), goc_deadline(kSoon)));
  const Ctx late = with_deadline(background_, goc_deadline(kNever));
  expires(with_deadline(late, goc_deadline(kSoon)));
  EXPECT_FALSE(is_done(late));
  const Ctx early = with_deadline(background_, goc_deadline(kSoon));
  const Ctx below_early = with_deadline(early, goc_deadline(kNever));
  EXPECT_EQ(goc_ctx_deadline(below_early), goc_ctx_deadline(early));
  expires(below_early);
  EXPECT_TRUE(is_done(with_deadline(background_, goc_now() - GOC_SECOND)));
  EXPECT_TRUE(is_done(with_deadline(background_, goc_now())));
}

TEST_P(ContextOfGo, Timeout) {
  const auto expires = [](const Ctx& ctx) {
    await_end(ctx);
    EXPECT_EQ(err(ctx), GOC_ETIMEDOUT);
  };
  expires(with_timeout(background_, kSoon));
  expires(with_timeout(with_value(background_, this, this), kSoon));
  expires(with_timeout(with_timeout(background_, kNever), kSoon));
  expires(with_cancel(with_timeout(background_, kSoon)));
}

TEST_P(ContextOfGo, CanceledTimeout) {
  const Ctx later = with_timeout(background_, kNever);
  const Ctx ctx = with_timeout(later, 2 * kNever);
  cancel(ctx);
  EXPECT_TRUE(is_done(ctx));
  EXPECT_EQ(err(ctx), GOC_ECANCELED);
  EXPECT_FALSE(is_done(later));
}

TEST_P(ContextOfGo, Values) {
  static const char key1 = 0, key2 = 0, key3 = 0;
  std::array<int, 4> v{};
  const auto expect = [&](goc_ctx* ctx, void* one, void* two, void* three) {
    EXPECT_EQ(goc_ctx_value(ctx, &key1), one);
    EXPECT_EQ(goc_ctx_value(ctx, &key2), two);
    EXPECT_EQ(goc_ctx_value(ctx, &key3), three);
  };
  expect(background_, nullptr, nullptr, nullptr);
  const Ctx c1 = with_value(background_, &key1, &v[1]);
  expect(c1, &v[1], nullptr, nullptr);
  const Ctx c2 = with_value(c1, &key2, &v[2]);
  const Ctx c3 = with_value(c2, &key3, &v[3]);
  expect(c3, &v[1], &v[2], &v[3]);
  const Ctx c4 = with_value(c3, &key1, nullptr);
  expect(c4, nullptr, &v[2], &v[3]);
  expect(c3, &v[1], &v[2], &v[3]);
  const Ctx o1 = with_cancel(c1);
  expect(o1, &v[1], nullptr, nullptr);
  const Ctx o2 = with_value(with_timeout(o1, kNever), &key2, &v[0]);
  expect(o2, &v[1], &v[0], nullptr);
}

// A hundred contexts that are above each other in any order, all canceled at once.
TEST_P(ContextOfGo, SimultaneousCancels) {
  const Ctx root = with_cancel(background_);
  std::vector<Ctx> all;
  all.push_back(with_cancel(root));
  for (size_t next = 0; all.size() < 100; ++next) {
    all.push_back(with_cancel(all[next]));
    all.push_back(with_cancel(all[next]));
  }
  Crew crew;
  for (const Ctx& ctx : all) crew.start([&ctx] { cancel(ctx); });
  for (const Ctx& ctx : all) await_end(ctx);
  crew.wait();
  EXPECT_FALSE(is_done(root));
  EXPECT_EQ(count_below(root), 0);
}

TEST_P(ContextOfGo, InterlockedCancels) {
  const Ctx parent = with_cancel(background_);
  const Ctx child = with_cancel(parent);
  Group group;
  group.go([&] {
    await_end(parent);
    cancel(child);
  });
  group.go([&] {
    await_end(child);
    cancel(parent);
  });
  cancel(parent);
  group.wait();
}

// Two hundred layers of any kind; one of them ends all that are below it and nothing above.
class Layers : public ContextOfGo {
 protected:
  void TearDown() override {
    layers_.clear();
    ContextOfGo::TearDown();
  }
  void build(uint64_t seed, bool with_time) {
    Dice dice(seed);
    layers_.emplace_back(with_cancel(background_));
    while (layers_.size() < 200) {
      goc_ctx* const top = layers_.back();
      switch (dice.below(3)) {
        case 0:
          layers_.push_back(with_cancel(top));
          break;
        case 1:
          layers_.push_back(with_timeout(top, with_time ? 100 * kSoon : kNever));
          break;
        default:
          layers_.push_back(with_value(top, keys_.data() + layers_.size(), this));
          values_.push_back(layers_.size() - 1);
      }
    }
  }
  void expect_values() {
    for (const size_t layer : values_) {
      EXPECT_EQ(goc_ctx_value(layers_.back(), keys_.data() + layer), this);
      EXPECT_EQ(goc_ctx_value(layers_[layer - 1], keys_.data() + layer), nullptr);
    }
  }

  std::array<char, 200> keys_{};
  std::vector<size_t> values_;
  std::vector<Ctx> layers_;
};
GOC_FOR_1_2_4(Layers);

TEST_P(Layers, Cancel) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    build(seed, false);
    size_t middle = 100;
    while (goc_ctx_cancel(layers_[middle], nullptr) != GOC_OK) ++middle;  // not that of a value
    for (size_t i = 0; i < layers_.size(); ++i) EXPECT_EQ(is_done(layers_[i]), i >= middle) << i;
    expect_values();
    cancel(layers_.front());
    for (const Ctx& ctx : layers_) EXPECT_EQ(err(ctx), GOC_ECANCELED);
    EXPECT_TRUE(heaps_are_empty());
    layers_.clear();
    values_.clear();
  }
}

TEST_P(Layers, Timeout) {
  build(6, true);
  expect_values();
  await_end(layers_.back());
  EXPECT_EQ(err(layers_.back()), GOC_ETIMEDOUT);
  EXPECT_FALSE(is_done(layers_.front()));
  expect_values();
}

TEST_P(ContextOfGo, CancelRemoves) {
  const Ctx parent = with_cancel(background_);
  EXPECT_EQ(count_below(parent), 0);
  {
    const Ctx child = with_cancel(parent);
    const Ctx timed = with_timeout(parent, kNever);
    EXPECT_EQ(count_below(parent), 2);
    cancel(child);
    cancel(timed);
    EXPECT_EQ(count_below(parent), 0);
  }
  Calls calls;
  const Ctx call = after_func(parent, &Calls::add, &calls);
  EXPECT_EQ(count_below(parent), 1);
  EXPECT_EQ(goc_ctx_stop(call), 1);
  cancel(call);
  EXPECT_EQ(count_below(parent), 0);
}

TEST_P(ContextOfGo, WithCancelCanceledParent) {
  const Ctx parent = with_cancel(background_);
  cancel(parent, 7);
  const Ctx child = with_cancel(parent);
  EXPECT_TRUE(is_done(child)) << "at once";
  EXPECT_EQ(err(child), GOC_ECANCELED);
  EXPECT_EQ(cause(child), 7);
}

// --- Causes --------------------------------------------------------------------------------------

constexpr int kOfParent = 11, kOfChild = 12, kTooSlow = 13, kFinished = 14;
constexpr goc_cause kTooSlowCause = {kTooSlow, nullptr, nullptr};

void expect_end(goc_ctx* ctx, int its_err, int its_cause) {
  EXPECT_EQ(err(ctx), its_err);
  EXPECT_EQ(cause(ctx), its_cause);
}

TEST_P(ContextOfGo, CauseOfACancel) {
  const Ctx plain = with_cancel(background_);
  expect_end(plain, GOC_OK, GOC_OK);
  cancel(plain);
  expect_end(plain, GOC_ECANCELED, GOC_ECANCELED);
  const Ctx caused = with_cancel(background_);
  cancel(caused, kFinished);
  cancel(caused, kTooSlow);
  cancel(caused);
  expect_end(caused, GOC_ECANCELED, kFinished);
  expect_end(with_value(caused, this, this), GOC_ECANCELED, kFinished);
}

TEST_P(ContextOfGo, CauseOfTheParentCancelsTheChild) {
  const Ctx parent = with_cancel(background_);
  const Ctx child = with_cancel(parent);
  cancel(parent, kOfParent);
  cancel(child, kOfChild);
  expect_end(parent, GOC_ECANCELED, kOfParent);
  expect_end(child, GOC_ECANCELED, kOfParent);
}

TEST_P(ContextOfGo, CauseOfTheChildIsItsOwn) {
  const Ctx parent = with_cancel(background_);
  const Ctx child = with_cancel(parent);
  cancel(child, kOfChild);
  expect_end(parent, GOC_OK, GOC_OK);
  cancel(parent, kOfParent);
  expect_end(parent, GOC_ECANCELED, kOfParent);
  expect_end(child, GOC_ECANCELED, kOfChild);
}

TEST_P(ContextOfGo, CauseOfATimeout) {
  const Ctx plain = with_timeout(background_, 0);
  expect_end(plain, GOC_ETIMEDOUT, GOC_ETIMEDOUT);
  const Ctx passed = with_timeout(background_, 0, &kTooSlowCause);
  expect_end(passed, GOC_ETIMEDOUT, kTooSlow);
  const Ctx soon = with_timeout(background_, kSoon, &kTooSlowCause);
  const Ctx below = with_cancel(soon);
  const Ctx later = with_timeout(soon, kNever, nullptr);
  await_end(later);
  for (goc_ctx* ctx : All{soon, below, later}) expect_end(ctx, GOC_ETIMEDOUT, kTooSlow);
}

TEST_P(ContextOfGo, CauseOfACancelBeforeTheTimeout) {
  const Ctx first = with_timeout(background_, kNever, &kTooSlowCause);
  cancel(first);
  expect_end(first, GOC_ECANCELED, GOC_ECANCELED);
  const Ctx second = with_timeout(background_, kNever, &kTooSlowCause);
  cancel(second, kFinished);
  expect_end(second, GOC_ECANCELED, kFinished);
  const Ctx parent = with_cancel(background_);
  const Ctx third = with_timeout(parent, kNever, &kTooSlowCause);
  cancel(parent, kOfParent);
  expect_end(third, GOC_ECANCELED, kOfParent);
  const Ctx late = with_timeout(background_, 0, &kTooSlowCause);
  cancel(late, kFinished);
  expect_end(late, GOC_ETIMEDOUT, kTooSlow);
}

TEST_P(ContextOfGo, CauseWithoutCancel) {
  const Ctx parent = with_cancel(background_);
  const Ctx free = without_cancel(parent);
  const Ctx below = with_cancel(free);
  cancel(parent, kOfParent);
  expect_end(free, GOC_OK, GOC_OK);
  expect_end(below, GOC_OK, GOC_OK);
  cancel(below, kOfChild);
  expect_end(below, GOC_ECANCELED, kOfChild);
  expect_end(free, GOC_OK, GOC_OK);
}

TEST_P(ContextOfGo, StressCauseRace) {
  for (int64_t round = effort(200); round > 0; --round) {
    const Ctx ctx = with_cancel(background_);
    Crew crew;
    for (const int code : {kOfParent, kOfChild, kFinished})
      crew.start([&ctx, code] { cancel(ctx, code); });
    await_end(ctx);
    const int first = cause(ctx);
    EXPECT_NE(first, GOC_ECANCELED);
    crew.wait();
    EXPECT_EQ(cause(ctx), first) << "it stays";
  }
}

TEST_P(ContextOfGo, WithoutCancel) {
  int value = 0;
  const Ctx parent = with_value(with_timeout(background_, kNever), this, &value);
  const Ctx ctx = without_cancel(parent);
  EXPECT_EQ(goc_ctx_done(ctx), nullptr);
  EXPECT_EQ(err(ctx), GOC_OK);
  EXPECT_EQ(goc_ctx_deadline(ctx), GOC_FOREVER);
  EXPECT_EQ(goc_ctx_value(ctx, this), &value);
}

// --- Functions -----------------------------------------------------------------------------------

TEST_P(ContextOfGo, AfterFuncCalledAfterCancel) {
  const Ctx ctx = with_cancel(background_);
  Calls calls;
  const Ctx call = after_func(ctx, &Calls::add, &calls);
  goc_yield();
  EXPECT_EQ(calls.count, 0);
  cancel(ctx);
  eventually([&] { return calls.count == 1; });
  EXPECT_EQ(goc_ctx_stop(call), 0) << "it comes too late";
}

TEST_P(ContextOfGo, AfterFuncCalledAfterTimeout) {
  const Ctx ctx = with_timeout(background_, kSoon);
  Calls calls;
  const Ctx call = after_func(ctx, &Calls::add, &calls);
  eventually([&] { return calls.count == 1; });
  EXPECT_EQ(err(call), GOC_ETIMEDOUT);
}

TEST_P(ContextOfGo, AfterFuncCalledImmediately) {
  const Ctx ctx = with_cancel(background_);
  cancel(ctx);
  Calls calls;
  const Ctx call = after_func(ctx, &Calls::add, &calls);
  eventually([&] { return calls.count == 1; });
  EXPECT_EQ(goc_ctx_stop(call), 0);
}

TEST_P(ContextOfGo, AfterFuncNotCalledAfterStop) {
  const Ctx ctx = with_cancel(background_);
  Calls calls;
  const Ctx call = after_func(ctx, &Calls::add, &calls);
  EXPECT_EQ(goc_ctx_stop(call), 1);
  EXPECT_EQ(goc_ctx_stop(call), 0) << "once";
  cancel(ctx);
  EXPECT_EQ(goc_ctx_stop(call), 0);
  EXPECT_EQ(goc_shutdown(soon()), 0) << "all that was started has ended";
  EXPECT_EQ(calls.count, 0);
}

// In a goroutine of its own: who cancels holds up neither itself nor the function.
TEST_P(ContextOfGo, AfterFuncCalledAsynchronously) {
  const Ctx ctx = with_cancel(background_);
  Chan meet(0, 0);
  const auto wait = [](void* meet) {
    EXPECT_EQ(goc_chan_send(static_cast<goc_chan*>(meet), nullptr, soon()), GOC_OK);
  };
  const Ctx call = after_func(ctx, wait, meet);
  run([&] {
    cancel(ctx);
    EXPECT_EQ(goc_chan_recv(meet, nullptr, soon()), GOC_OK);
  });
}

// --- Both ways to ask ----------------------------------------------------------------------------

// Whoever sees the error finds the channel closed, and the other way round.
TEST_P(ContextOfGo, StressErrDoneRace) {
  for (int64_t round = effort(300); round > 0; --round) {
    const Ctx parent = with_cancel(background_);
    const Ctx ctx = with_cancel(parent);
    Crew crew;
    crew.start([&] {
      eventually([&] { return err(ctx) != GOC_OK; });
      EXPECT_EQ(goc_chan_recv(goc_ctx_done(ctx), nullptr, GOC_NOW), GOC_ECLOSED);
    });
    crew.start([&] {
      eventually([&] { return goc_chan_is_closed(goc_ctx_done(ctx)) != 0; });
      EXPECT_EQ(err(ctx), GOC_ECANCELED);
      EXPECT_EQ(cause(ctx), 7);
    });
    crew.start([&] { cancel(parent, 7); });
    crew.wait();
  }
}

TEST_P(ContextOfGo, InvalidDerivedFail) {
  goc_ctx* out = nullptr;
  EXPECT_EQ(goc_ctx_with_cancel(&out, nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_ctx_with_deadline(&out, nullptr, soon(), nullptr), GOC_EINVAL);
  EXPECT_EQ(goc_ctx_with_value(&out, nullptr, this, this, nullptr), GOC_EINVAL);
  EXPECT_EQ(out, nullptr);
}

TEST_P(ContextOfGo, WithValueChecksKey) {
  goc_ctx* out = nullptr;
  EXPECT_EQ(goc_ctx_with_value(&out, background_, nullptr, this, nullptr), GOC_EINVAL);
  EXPECT_EQ(out, nullptr);
}

}  // namespace
