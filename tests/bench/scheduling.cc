// scheduling.cc: rows about switching between goroutines and starting them.
#include <algorithm>
#include <vector>

#include "bench.h"

namespace {

struct YieldJob {
  WaitGroup wg;
  int64_t count;
};

void yielder(void* arg) {
  auto& job = *static_cast<YieldJob*>(arg);
  for (int64_t i = 0; i < job.count; i++) goc_yield();
  job.wg.done();
}

struct PingPong {
  Channel ping, pong;
  WaitGroup wg;
};

void ponger(void* arg) {
  auto& job = *static_cast<PingPong*>(arg);
  for (int64_t value; job.ping.next(value);) job.pong.send(value + 1);
  job.wg.done();
}

// Nanoseconds for all of them.
double time_round_trips(int64_t rounds) {
  PingPong job;
  job.wg.add(1);
  const int64_t start = goc_now();
  go(ponger, job);
  int64_t value = 0;
  for (int64_t i = 0; i < rounds; i++) {
    job.ping.send(value);
    value = job.pong.recv();
  }
  const int64_t time = goc_now() - start;
  expect(value == rounds, "round trips: wrong value");
  job.ping.close();
  job.wg.wait();
  return static_cast<double>(time);
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

constexpr int64_t kRingSize = 1000;  // goroutines, the one that closes the ring included

struct Node {
  Channel* left;
  Channel* right;
  int64_t rounds;
  WaitGroup* wg;
};

void pass_on(void* arg) {
  auto& node = *static_cast<Node*>(arg);
  for (int64_t i = 0; i < node.rounds; i++) node.right->send(node.left->recv() + 1);
  node.wg->done();
}

int64_t go_round(std::vector<Channel>& ring, int64_t token) {
  ring.front().send(token);
  return ring.back().recv();
}

void done(void* arg) { static_cast<WaitGroup*>(arg)->done(); }

struct Tree {
  Channel* parent;
  int64_t first, leaves;
};

// A leaf sends its number, every other goroutine the sum of its ten children. The children's
// arguments lie on the parent's stack, and its channel ends with it: a child whose value has been
// received needs neither.
void skynet(void* arg) {
  const Tree tree = *static_cast<Tree*>(arg);
  if (tree.leaves == 1) {
    tree.parent->send(tree.first);
    return;
  }
  Channel results;
  Tree children[10];
  const int64_t leaves = tree.leaves / 10;
  for (int64_t i = 0; i < 10; i++) {
    children[i] = {&results, tree.first + i * leaves, leaves};
    go(skynet, children[i]);
  }
  int64_t sum = 0;
  for (int i = 0; i < 10; i++) sum += results.recv();
  tree.parent->send(sum);
}

// Two goroutines hand a number to and fro, and compute for a while before each hand-over, the sender a
// little longer, so that the receiver is blocked by then. If the woken one gets a processor of its own
// at once, both compute at the same time.
struct Turns {
  Channel channel;
  int64_t rounds;
  int64_t last;  // number that was received
  WaitGroup wg;
};

constexpr int64_t kWork = 50 * GOC_MICROSECOND;
constexpr int64_t kHeadStart = 5 * GOC_MICROSECOND;

void compute(int64_t duration) {
  for (const int64_t end = goc_now() + duration; goc_now() < end;) {
  }
}

void send_after_work(Turns& turns, int64_t value) {
  compute(kWork + kHeadStart);
  turns.channel.send(value);
}

int64_t recv_after_work(Turns& turns) {
  compute(kWork);
  return turns.channel.recv();
}

void serve(void* arg) {
  auto& turns = *static_cast<Turns*>(arg);
  int64_t value = 0;
  for (int64_t i = 0; i < turns.rounds; i++) {
    send_after_work(turns, value + 1);
    value = recv_after_work(turns);
  }
  turns.last = value;
  turns.wg.done();
}

void play_back(void* arg) {
  auto& turns = *static_cast<Turns*>(arg);
  for (int64_t i = 0; i < turns.rounds; i++) {
    const int64_t value = recv_after_work(turns);
    send_after_work(turns, value + 1);
  }
  turns.wg.done();
}

}  // namespace

void bench_yield(double scale) {
  YieldJob job;
  job.count = scaled(2'000'000, scale);
  const int64_t start = goc_now();
  for (int i = 0; i < 2; i++) {
    job.wg.add(1);
    go(yielder, job);
  }
  job.wg.wait();
  report_per_op("yield", start, 2 * job.count);
}

void round_trips(const char* row, int64_t rounds) {
  report(row, "ns", time_round_trips(rounds) / static_cast<double>(rounds));
}

void bench_ping_pong(double scale) { round_trips("ping-pong", scaled(2'000'000, scale)); }

void bench_trace(double scale) {
  constexpr int64_t kRounds = 200'000;
  std::vector<double> percents;
  for (int64_t i = scaled(11, scale); i > 0; --i) {
    const double untraced = time_round_trips(kRounds);
    must(goc_trace_start(nullptr));
    const double traced = time_round_trips(kRounds);
    must(goc_trace_stop());
    percents.push_back(100 * (traced / untraced - 1));
  }
  report("trace", "%", median(percents));
}

void bench_ring(double scale) {
  const int64_t rounds = scaled(2'000, scale);
  WaitGroup wg;
  std::vector<Channel> channels(kRingSize);
  std::vector<Node> nodes(kRingSize - 1);
  for (int64_t i = 0; i < kRingSize - 1; i++) {
    nodes[i] = {&channels[i], &channels[i + 1], rounds + 1, &wg};
    wg.add(1);
    go(pass_on, nodes[i]);
  }
  int64_t token = go_round(channels, 0);  // until then some have not run, and have no stack
  const int64_t start = goc_now();
  for (int64_t i = 0; i < rounds; i++) token = go_round(channels, token);
  report_per_op("ring", start, rounds * kRingSize);
  expect(token == (rounds + 1) * (kRingSize - 1), "ring: wrong token");
  wg.wait();
}

void spawn_all(const char* row, int64_t count) {
  WaitGroup wg;
  const int64_t start = goc_now();
  for (int64_t i = 0; i < count; i++) {
    wg.add(1);
    go(done, wg);
  }
  wg.wait();
  report_per_op(row, start, count);
  expect(wg.count() == 0, "spawn: the WaitGroup let go too early");
}

void bench_spawn(double scale) { spawn_all("spawn", scaled(1'000'000, scale)); }

void bench_skynet(double scale) {
  int64_t leaves = 10;  // the largest power of ten within the scale
  while (leaves * 10 <= scaled(1'000'000, scale)) leaves *= 10;
  Channel result;
  Tree root = {&result, 0, leaves};
  const int64_t start = goc_now();
  go(skynet, root);
  const int64_t sum = result.recv();
  report_per_op("skynet", start, leaves);
  expect(sum == sum_below(leaves), "skynet: wrong sum");
}

void bench_wake(double scale) {
  Turns turns;
  turns.rounds = scaled(5'000, scale);
  const int64_t start = goc_now();
  turns.wg.add(2);
  go(serve, turns);
  go(play_back, turns);
  turns.wg.wait();
  report_microseconds_per_op("wake", start, turns.rounds);
  expect(turns.last == 2 * turns.rounds, "wake: wrong number");
}
