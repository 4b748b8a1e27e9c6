// context.cpp: takes the first of several answers, gives up at a deadline, and ends all when one fails.
#include <goconc/goconc.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <initializer_list>
#include <stdexcept>
#include <string>

using namespace std::chrono_literals;
using goconc::context;

static const goconc::context_key<std::string> user;

// Answers after this time, unless it is told to give up.
static std::string ask(const context& ctx, std::chrono::milliseconds time) {
  std::string answer;
  goconc::select(goconc::after(time, [&] { answer = "hello, " + *ctx.value(user); }),
                 goconc::done(ctx));
  ctx.throw_if_done();
  return answer;
}

// Asks all at once; at the end of the scope those who have not answered are told to give up.
static std::string first_of(const context& ctx,
                            std::initializer_list<std::chrono::milliseconds> times) {
  const goconc::cancel_scope scope = ctx.with_cancel();
  const goconc::chan<std::string> answers(times.size());
  for (const auto time : times)
    goconc::go([answers, time, ctx = context(scope)] {
      try {
        answers.send(ask(ctx, time));
      } catch (const goconc::error&) {
        // it came too late
      }
    });
  return *answers.recv();
}

int main() {
  const context ctx = context().with_value(user, "gopher");
  std::printf("the first: %s\n", first_of(ctx, {1h, 1ms, 2h}).c_str());

  try {
    const goconc::cancel_scope patience = ctx.with_timeout(5ms);
    std::printf("in time: %s\n", ask(patience, 1h).c_str());
  } catch (const goconc::error& e) {
    std::printf("too late: %s\n", e.what());
  }

  const goconc::group group(ctx);
  const goconc::chan<std::string> reasons(2);
  for (int i = 0; i < 2; i++)
    group.go([&] {
      try {
        ask(group.ctx(), 1h);
      } catch (const std::exception& e) {
        reasons.send(e.what());
      }
    });
  group.go([] { throw std::runtime_error("the disk is full"); });
  try {
    group.wait();
  } catch (const std::exception& e) {
    std::printf("one failed: %s\n", e.what());
  }
  for (int i = 0; i < 2; i++) std::printf("another gave up: %s\n", reasons.recv()->c_str());
}
