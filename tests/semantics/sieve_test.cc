// Go's test/chan/sieve1.go and sieve2.go: prime sieves to 100, one a chain of filters, the other a heap
// of the multiples of each prime, merged. Nobody closes a channel: all are left blocked at the end.
#include <array>
#include <functional>
#include <queue>
#include <vector>

#include "chan_tools.h"

namespace {

using namespace goc_test;

constexpr std::array<int64_t, 25> kPrimes = {2,  3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,
                                             43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97};

class SieveProgram : public Procs {
 protected:
  void expect_primes(goc_chan* primes) {
    for (const int64_t prime : kPrimes) ASSERT_EQ(take(primes), prime);
    EXPECT_GT(goc_shutdown(soon()), 0) << "all of it is blocked";
  }
  Channels channels_;

  void TearDown() override {
    channels_.clear();
    Procs::TearDown();
  }
};
GOC_FOR_1_2_4(SieveProgram);

// Receives, where nobody ever closes.
int64_t next(goc_chan* ch) {
  int64_t value = 0;
  goc_chan_recv(ch, &value, GOC_FOREVER);
  return value;
}

void generate(goc_chan* out) {
  for (int64_t n = 2;; ++n) must_put(out, n, GOC_FOREVER);
}

void filter(goc_chan* in, goc_chan* out, int64_t prime) {
  for (;;) {
    const int64_t n = next(in);
    if (n % prime != 0) must_put(out, n, GOC_FOREVER);
  }
}

TEST_P(SieveProgram, AChainOfFilters) {
  goc_chan* primes = channels_.make();
  go_for_ever([this, primes] {
    goc_chan* in = channels_.make();
    go_for_ever([in] { generate(in); });
    for (;;) {
      const int64_t prime = next(in);
      must_put(primes, prime, GOC_FOREVER);
      goc_chan* out = channels_.make();
      go_for_ever([in, out, prime] { filter(in, out, prime); });
      in = out;
    }
  });
  expect_primes(primes);
}

// --- sieve2 -----------------------------------------------------------------------------------------

// The multiples of a prime that the smaller primes have not, in a channel, and the one at its head.
struct Multiples {
  int64_t head;
  goc_chan* rest;
  bool operator>(const Multiples& other) const { return head > other.head; }
};

void multiples_of(int64_t prime, goc_chan* out) {
  for (int64_t n = prime * prime;; n += prime) must_put(out, n, GOC_FOREVER);
}

// Gives the composites in order. It owns what it keeps; the goroutine's stack is left without a word.
struct Merge {
  Channels* channels;
  goc_chan* composites;
  goc_chan* primes;  // each one found
  std::priority_queue<Multiples, std::vector<Multiples>, std::greater<>> heap;

  // A prime's multiples begin at its square: those of the next are not needed before that.
  void run() {
    add();
    for (int64_t smallest_square = heap.top().head;;) {
      const Multiples least = heap.top();
      heap.pop();
      must_put(composites, least.head, GOC_FOREVER);
      heap.push({next(least.rest), least.rest});
      if (least.head == smallest_square) smallest_square = add();
    }
  }
  int64_t add() {
    const int64_t prime = next(primes);
    goc_chan* rest = channels->make(8, 10);
    go_for_ever([prime, rest] { multiples_of(prime, rest); });
    const int64_t square = next(rest);
    heap.push({square, rest});
    return square;
  }
};

// What is not among the composites is prime; primes go to the merge, and to `out`.
void find_primes(goc_chan* composites, goc_chan* to_merge, goc_chan* out) {
  const auto found = [=](int64_t prime) {
    must_put(to_merge, prime, GOC_FOREVER);
    must_put(out, prime, GOC_FOREVER);
  };
  found(2);
  found(3);
  int64_t composite = next(composites);
  for (int64_t n = 4;; ++n) {
    if (n < composite) {
      found(n);
      continue;
    }
    while (composite <= n) composite = next(composites);
  }
}

TEST_P(SieveProgram, AHeapOfMultiples) {
  goc_chan* composites = channels_.make(8, 50);
  // Primes come faster than their squares: without room the two would wait for each other.
  goc_chan* to_merge = channels_.make(8, 1000);
  goc_chan* primes = channels_.make();
  Merge merge{&channels_, composites, to_merge, {}};
  go_for_ever([&merge] { merge.run(); });
  go_for_ever([=] { find_primes(composites, to_merge, primes); });
  expect_primes(primes);
}

}  // namespace
