// Goroutines and threads call functions of the C ABI at random, with common objects, with NULL, with
// released handles and with handles of other types: every answer is a documented one, nobody hangs.
//
// Each caller holds a reference to every common object: a handle that is released while another
// thread is inside a call is beyond what the library can notice.
#include <set>

#include "chan_tools.h"
#include "declarations.h"
#include "functions.h"

namespace {

using goc_test::Dice;
using goc_test::Function;
using goc_test::Handles;

constexpr int kCallers = 8;
constexpr int kSteps = 300;

class RandomUseStress : public goc_test::Procs {
 protected:
  // No round can make more objects of a type, even if none went before its end.
  void SetUp() override {
    Procs::SetUp();
    released_ = goc_test::make_released(kCallers * kSteps);
    for (const Function& f : goc_test::functions())
      if (!ends_the_runtime(f) && !is_of_the_recording(f)) functions_.push_back(&f);
  }

  // Other threads must not start goroutines meanwhile.
  static bool ends_the_runtime(const Function& f) { return f.name == std::string("goc_shutdown"); }

  // There is one for the process: the answer depends on what others have called.
  static bool is_of_the_recording(const Function& f) {
    return std::string(f.name).rfind("goc_trace_", 0) == 0;
  }

  void work(Dice dice, const Handles& common) {
    for (int step = 0; step < kSteps && !HasFailure(); ++step) {
      const Function& f = *functions_[dice.below(static_cast<int64_t>(functions_.size()))];
      switch (dice.below(8)) {
        case 0:
          misuse(f, nullptr, f.with_null);
          break;
        case 1:
          misuse_handle(f, released_, f.takes);
          break;
        case 2:
          misuse_handle(f, common, another_than(f.takes, dice));
          break;
        default:
          use(f, common);
      }
    }
  }

  // Within one runtime: the k-th round has a seed of its own.
  void round(uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Handles common = goc_test::make_handles();
    goc_test::Crew crew;
    for (int i = 0; i < kCallers; ++i)
      crew.start([&, i] { work(Dice(seed * kCallers + static_cast<uint64_t>(i)), common); });
    crew.wait();
    goc_test::release_handles(common);
    goc_test::eventually([] { return goc_num_goroutines() == 0; });
    if (HasFailure()) std::cerr << "with seed " << seed << '\n';
  }

 private:
  static int another_than(int type, Dice& dice) {
    return (type + 1 + static_cast<int>(dice.below(goc_test::kHandles - 1))) % goc_test::kHandles;
  }
  static void misuse(const Function& f, void* argument, int64_t expected) {
    if (f.takes == goc_test::kNothing) return;
    EXPECT_EQ(f.call(argument), expected) << f;
  }
  static void misuse_handle(const Function& f, const Handles& bad, int type) {
    if (f.takes < goc_test::kHandles) misuse(f, bad[type], f.with_bad_handle);
  }
  static void use(const Function& f, const Handles& common) {
    const bool has_handle = f.takes < goc_test::kHandles;
    void* argument = has_handle ? common[f.takes] : goc_test::make(f.takes);
    const int64_t result = f.call(argument);
    EXPECT_TRUE(goc_test::documented(f.name, result)) << f << " gave " << result;
    if (!has_handle) goc_test::discard(f.takes, argument);
  }

  std::vector<const Function*> functions_;
  Handles released_{};
};
GOC_FOR_ALL_PROCS(RandomUseStress);

TEST_P(RandomUseStress, GivesOnlyDocumentedResults) {
  const int64_t rounds = goc_test::effort(100);
  for (int64_t seed = 1; seed <= rounds && !HasFailure(); ++seed)
    round(static_cast<uint64_t>(seed));
}

}  // namespace
