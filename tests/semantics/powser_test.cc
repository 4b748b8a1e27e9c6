// Go's test/chan/powser1.go and powser2.go: power series whose coefficients are computed on demand, each
// operation by goroutines of its own, after M. D. McIlroy, "Squinting at Power Series" (1990). A
// coefficient is a fraction; powser1 sends it by value, powser2 sends a pointer to it.
//
// A series is two channels: `demand` asks for the next coefficient, `supply` brings it. Nobody who asks
// for one coefficient more than it needs gets it: some series feed themselves.
//
// As in Go the goroutines never end: at the end all of them are blocked, and shutdown abandons them. So
// they keep nothing on their stacks that would have to be destroyed.
#include <deque>
#include <functional>
#include <initializer_list>
#include <mutex>
#include <numeric>

#include "chan_tools.h"

namespace {

using namespace goc_test;

// --- Fractions ------------------------------------------------------------------------------------

struct Fraction {
  int64_t numerator;
  int64_t denominator;  // > 0, without a common divisor
  bool operator==(const Fraction&) const = default;
};

Fraction fraction(int64_t n, int64_t d = 1) {
  const int64_t divisor = d < 0 ? -std::gcd(n, d) : std::gcd(n, d);
  return {n / divisor, d / divisor};
}
constexpr Fraction kZero{0, 1};
constexpr Fraction kOne{1, 1};
constexpr Fraction kMinusOne{-1, 1};

Fraction operator+(Fraction a, Fraction b) {
  const int64_t common = std::gcd(a.denominator, b.denominator);
  return fraction(a.numerator * (b.denominator / common) + b.numerator * (a.denominator / common),
                  a.denominator / common * b.denominator);
}
Fraction operator*(Fraction a, Fraction b) {
  const int64_t across = std::gcd(a.numerator, b.denominator);
  const int64_t other = std::gcd(b.numerator, a.denominator);
  return fraction((a.numerator / across) * (b.numerator / other),
                  (a.denominator / other) * (b.denominator / across));
}
Fraction operator-(Fraction a) { return {-a.numerator, a.denominator}; }
Fraction inverse(Fraction a) { return fraction(a.denominator, a.numerator); }

std::ostream& operator<<(std::ostream& out, Fraction f) {
  return out << f.numerator << '/' << f.denominator;
}

// --- Series ---------------------------------------------------------------------------------------

struct Series {
  goc_chan* demand = nullptr;
  goc_chan* supply = nullptr;
};

struct Pair {
  Series first;
  Series second;
};

enum class Carrier { kByValue, kByPointer };

// The arithmetic, and the owner of all that the goroutines share.
class PowerSeries {
 public:
  explicit PowerSeries(Carrier carrier) : carrier_(carrier) {}

  Fraction get(Series s) const {
    goc_chan_send(s.demand, nullptr, GOC_FOREVER);
    return received(s);
  }

  Series constant(Fraction c) {
    return make([=, this](Series out) {
      for (;;) put(out, c);
    });
  }
  Series ones() { return constant(kOne); }
  Series twos() { return constant(fraction(2)); }

  Series add(Series u, Series v) {
    return make([=, this](Series out) {
      for (;;) {
        await_demand(out);
        const auto [a, b] = get_both(u, v);
        supply(out, a + b);
      }
    });
  }

  // c * u
  Series times(Fraction c, Series u) {
    return map(u, [c](Fraction a, int64_t) { return c * a; });
  }
  Series subtract(Series u, Series v) { return add(u, times(kMinusOne, v)); }

  // c * x^n * u
  Series times_monomial(Fraction c, int64_t n, Series u) {
    return make([=, this](Series out) {
      for (int64_t i = 0; i < n; ++i) put(out, kZero);
      for (;;) put_next(out, u, [c](Fraction a) { return c * a; });
    });
  }
  // c + x * u
  Series shift(Fraction c, Series u) {
    return make([=, this](Series out) {
      put(out, c);
      for (;;) put_next(out, u, [](Fraction a) { return a; });
    });
  }

  // u * v = u0 * v0 + x * (u0 * V + v0 * U + x * U * V), where u = u0 + x * U.
  Series multiply(Series u, Series v) {
    return make([=, this](Series out) {
      await_demand(out);
      const auto [a, b] = get_both(u, v);
      supply(out, a * b);
      const auto [u1, u2] = split(u);
      const auto [v1, v2] = split(v);
      const Series mixed = add(times(a, v1), times(b, u1));
      const Series rest = multiply(u2, v2);
      put_next(out, mixed, [](Fraction c) { return c; });
      for (;;) {
        await_demand(out);
        const auto [c, d] = get_both(mixed, rest);
        supply(out, c + d);
      }
    });
  }

  Series differentiate(Series u) {
    return make([=, this](Series out) {
      await_demand(out);
      get(u);  // the constant
      supply(out, get(u));
      for (int64_t n = 2;; ++n) put_next(out, u, [n](Fraction a) { return fraction(n) * a; });
    });
  }

  // c + the integral of u
  Series integrate(Fraction c, Series u) {
    return make([=, this](Series out) {
      put(out, c);
      for (int64_t n = 1;; ++n) put_next(out, u, [n](Fraction a) { return fraction(1, n) * a; });
    });
  }

  // (1 + x)^c
  Series binomial(Fraction c) {
    return make([=, this](Series out) {
      Fraction term = kOne;
      for (int64_t n = 1;; ++n) {
        put(out, term);
        term = term * (c + fraction(1 - n)) * fraction(1, n);
      }
    });
  }

  // 1 / u: r * u = 1 gives r = 1 / u0 - x * r * U / u0. It feeds itself.
  Series reciprocal(Series u) {
    return make_fed_back([=, this](Series out, Series back) {
      await_demand(out);
      const Fraction r0 = inverse(get(u));
      supply(out, r0);
      copy(times(-r0, multiply(back, u)), out);
    });
  }

  // e^u for u0 = 0, else over e^u0: z = 1 + the integral of z * u'. It feeds itself.
  Series exponential(Series u) {
    return make_fed_back([=, this](Series out, Series back) {
      copy(integrate(kOne, multiply(back, differentiate(u))), out);
    });
  }

  // u(v(x)) for v0 = 0: u0 + x * V * U(v).
  Series substitute(Series u, Series v) {
    return make([=, this](Series out) {
      const auto [v1, v2] = split(v);
      await_demand(out);
      supply(out, get(u));
      get(v1);  // the zero
      copy(multiply(v1, substitute(u, v2)), out);
    });
  }

  // u(c * x^n)
  Series substitute_monomial(Series u, Fraction c, int64_t n) {
    return make([=, this](Series out) {
      for (Fraction power = kOne;; power = power * c) {
        put_next(out, u, [power](Fraction a) { return power * a; });
        for (int64_t i = 1; i < n; ++i) put(out, kZero);
      }
    });
  }

  // r with u(r(x)) = x, for u0 = 0: r = x / U(r). It feeds itself.
  Series revert(Series u) {
    return make_fed_back([=, this](Series out, Series back) {
      await_demand(out);
      get(u);
      supply(out, kZero);
      copy(reciprocal(substitute(u, back)), out);
    });
  }

  // Two series that are each like `in`, and may be read at different speeds.
  Pair split(Series in) {
    const Pair out{make_channels(), make_channels()};
    split_into(in, out);
    return out;
  }

 private:
  // --- Channels -----------------------------------------------------------------------------------
  Series make_channels() {
    const size_t size = carrier_ == Carrier::kByValue ? sizeof(Fraction) : sizeof(Fraction*);
    return {channels_.make(0), channels_.make(size)};
  }

  void await_demand(Series s) const { goc_chan_recv(s.demand, nullptr, GOC_FOREVER); }
  void supply(Series s, Fraction c) {
    const void* elem = &c;
    const Fraction* pointer = nullptr;
    if (carrier_ == Carrier::kByPointer) {
      pointer = keep(c);
      elem = &pointer;
    }
    goc_chan_send(s.supply, elem, GOC_FOREVER);
  }
  Fraction received(Series s) const {
    Fraction c{};
    if (carrier_ == Carrier::kByValue) {
      goc_chan_recv(s.supply, &c, GOC_FOREVER);
      return c;
    }
    const Fraction* pointer = nullptr;
    goc_chan_recv(s.supply, &pointer, GOC_FOREVER);
    return *pointer;
  }
  const Fraction* keep(Fraction c) {
    const std::lock_guard guard(mutex_);
    return &kept_.emplace_back(c);
  }

  void put(Series out, Fraction c) {
    await_demand(out);
    supply(out, c);
  }
  template <class F>
  void put_next(Series out, Series in, F f) {
    await_demand(out);
    supply(out, f(get(in)));
  }

  // Both at once, as each of them is ready: one may need what the other computes.
  std::pair<Fraction, Fraction> get_both(Series u, Series v) {
    const Series of[2] = {u, v};
    Fraction got[2] = {};
    int phase[2] = {0, 0};  // to be asked for, awaited, there
    while (phase[0] + phase[1] < 4) {
      // By value or by pointer, the larger of both.
      Fraction elem[2] = {};
      goc_case cases[4];
      for (int i = 0; i < 2; ++i) {
        cases[2 * i] = sending(phase[i] == 0 ? of[i].demand : nullptr, nullptr);
        cases[2 * i + 1] = receiving(phase[i] == 1 ? of[i].supply : nullptr, &elem[i]);
      }
      const int fired = goc_select(cases, 4, GOC_FOREVER);
      const int i = fired / 2;
      if (fired % 2 == 1) got[i] = fraction_in(&elem[i]);
      ++phase[i];
    }
    return {got[0], got[1]};
  }
  Fraction fraction_in(void* elem) const {
    return carrier_ == Carrier::kByValue ? *static_cast<Fraction*>(elem)
                                         : **static_cast<const Fraction**>(elem);
  }

  // --- Goroutines ---------------------------------------------------------------------------------
  Series make(std::function<void(Series)> body) {
    const Series out = make_channels();
    go_for_ever([out, body = std::move(body)] { body(out); });
    return out;
  }
  // The body also reads what it writes.
  Series make_fed_back(std::function<void(Series, Series)> body) {
    const Series inner = make_channels();
    const Pair copies = split(inner);
    go_for_ever([=, body = std::move(body)] { body(inner, copies.second); });
    return copies.first;
  }
  Series map(Series u, std::function<Fraction(Fraction, int64_t)> f) {
    return make([=, this, f = std::move(f)](Series out) {
      for (int64_t n = 0;; ++n) put_next(out, u, [&](Fraction a) { return f(a, n); });
    });
  }
  void copy(Series in, Series out) {
    for (;;) put_next(out, in, [](Fraction a) { return a; });
  }

  // A goroutine for each coefficient: it serves whoever asks first, starts the next goroutine, and then
  // waits for the other reader. `turn` says that its predecessor has served both; until then only the
  // reader that is ahead may be served, the other is still owed an earlier coefficient.
  void split_into(Series in, Pair out) {
    goc_chan* turn = channels_.make(0, 1);
    goc_chan_send(turn, nullptr, GOC_FOREVER);
    go_for_ever([=, this] { split_one(in, out, turn); });
  }
  void split_one(Series in, Pair out, goc_chan* turn) {
    goc_case cases[] = {receiving(out.first.demand, nullptr), receiving(turn, nullptr)};
    const bool both = goc_select(cases, 2, GOC_FOREVER) == 1;
    if (both) {
      goc_case readers[] = {receiving(out.first.demand, nullptr),
                            receiving(out.second.demand, nullptr)};
      if (goc_select(readers, 2, GOC_FOREVER) == 1) std::swap(out.first, out.second);
    }
    goc_chan_send(in.demand, nullptr, GOC_FOREVER);
    goc_chan* next = channels_.make(0, 1);
    go_for_ever([=, this] { split_one(in, out, next); });
    const Fraction c = received(in);
    supply(out.first, c);
    if (!both) goc_chan_recv(turn, nullptr, GOC_FOREVER);
    await_demand(out.second);
    supply(out.second, c);
    goc_chan_send(next, nullptr, GOC_FOREVER);
  }

  const Carrier carrier_;
  Channels channels_;
  std::mutex mutex_;
  std::deque<Fraction> kept_;
};

// --- The checks -------------------------------------------------------------------------------------

class Powser : public Procs {
 protected:
  using Terms = std::initializer_list<Fraction>;

  // Builds the series as a goroutine does, and compares its first coefficients.
  void expect_terms(const std::function<Series(PowerSeries&)>& build, Terms expected) {
    for (const Carrier carrier : {Carrier::kByValue, Carrier::kByPointer}) {
      goc_shutdown(soon());
      start(GetParam());
      PowerSeries arithmetic(carrier);
      run([&] {
        const Series series = build(arithmetic);
        for (const Fraction term : expected) ASSERT_EQ(arithmetic.get(series), term);
      });
      EXPECT_GT(goc_shutdown(soon()), 0) << "all of it is blocked";
    }
  }
};
GOC_FOR_1_2_4(Powser);

Fraction over(int64_t n, int64_t d) { return fraction(n, d); }
Fraction whole(int64_t n) { return fraction(n); }

TEST_P(Powser, AddsAndSubtracts) {
  const Fraction two = whole(2);
  const Fraction three = whole(3);
  expect_terms([](PowerSeries& p) { return p.ones(); }, {kOne, kOne, kOne, kOne, kOne});
  expect_terms([](PowerSeries& p) { return p.add(p.ones(), p.ones()); }, {two, two, two, two, two});
  expect_terms([](PowerSeries& p) { return p.add(p.ones(), p.twos()); },
               {three, three, three, three, three});
  expect_terms([](PowerSeries& p) { return p.subtract(p.ones(), p.twos()); },
               {kMinusOne, kMinusOne, kMinusOne, kMinusOne, kMinusOne});
}

TEST_P(Powser, MultipliesByNumbersAndPowersOfX) {
  const Fraction minus_two = whole(-2);
  expect_terms([](PowerSeries& p) { return p.times(kMinusOne, p.twos()); },
               {minus_two, minus_two, minus_two, minus_two, minus_two});
  expect_terms([](PowerSeries& p) { return p.times_monomial(whole(3), 2, p.ones()); },
               {kZero, kZero, whole(3), whole(3), whole(3)});
  expect_terms([](PowerSeries& p) { return p.shift(whole(7), p.twos()); },
               {whole(7), whole(2), whole(2), whole(2)});
}

TEST_P(Powser, DifferentiatesAndIntegrates) {
  expect_terms([](PowerSeries& p) { return p.differentiate(p.ones()); },
               {whole(1), whole(2), whole(3), whole(4), whole(5)});
  expect_terms([](PowerSeries& p) { return p.integrate(kZero, p.ones()); },
               {kZero, whole(1), over(1, 2), over(1, 3), over(1, 4), over(1, 5)});
}

TEST_P(Powser, MultipliesSeries) {
  expect_terms([](PowerSeries& p) { return p.multiply(p.ones(), p.ones()); },
               {whole(1), whole(2), whole(3), whole(4), whole(5), whole(6), whole(7), whole(8),
                whole(9), whole(10)});
}

TEST_P(Powser, OfABinomial) {
  expect_terms([](PowerSeries& p) { return p.binomial(over(1, 2)); },
               {whole(1), over(1, 2), over(-1, 8), over(1, 16), over(-5, 128), over(7, 256)});
}

TEST_P(Powser, OfAReciprocalFeedsItself) {
  expect_terms([](PowerSeries& p) { return p.reciprocal(p.ones()); },
               {whole(1), whole(-1), kZero, kZero, kZero, kZero});
}

TEST_P(Powser, OfAnExponentialFeedsItself) {
  expect_terms([](PowerSeries& p) { return p.exponential(p.ones()); },
               {whole(1), whole(1), over(3, 2), over(13, 6), over(73, 24), over(167, 40),
                over(4051, 720), over(37633, 5040), over(43817, 4480), over(4596553, 362880)});
}

Series arc_tangent(PowerSeries& p) {
  return p.integrate(kZero, p.substitute_monomial(p.ones(), kMinusOne, 2));
}

TEST_P(Powser, OfTheArcTangent) {
  expect_terms(arc_tangent, {kZero, whole(1), kZero, over(-1, 3), kZero, over(1, 5), kZero,
                             over(-1, 7), kZero, over(1, 9)});
}

// The arc tangent turned around: the largest of these programs.
TEST_P(Powser, OfTheTangentIsARevertedOne) {
  expect_terms([](PowerSeries& p) { return p.revert(arc_tangent(p)); },
               {kZero, whole(1), kZero, over(1, 3), kZero, over(2, 15), kZero, over(17, 315), kZero,
                over(62, 2835)});
}

}  // namespace
