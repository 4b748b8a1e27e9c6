// channels.cc: rows about buffered channels, select, and channels in numbers.
#include <vector>

#include "bench.h"

namespace {

// Sends the numbers first, first + step, ... below end.
struct Producer {
  Channel* out;
  int64_t first, step, end;
  WaitGroup* wg;
};

void produce(void* arg) {
  auto& job = *static_cast<Producer*>(arg);
  for (int64_t i = job.first; i < job.end; i += job.step) job.out->send(i);
  job.wg->done();
}

struct Consumer {
  Channel* in;
  int64_t sum;
  WaitGroup* wg;
};

void consume(void* arg) {
  auto& job = *static_cast<Consumer*>(arg);
  int64_t sum = 0;
  for (int64_t value; job.in->next(value);) sum += value;
  job.sum = sum;
  job.wg->done();
}

goc_case receive_case(Channel& channel, int64_t& value) {
  return {channel.get(), GOC_RECV, GOC_OK, &value};
}

// Receives from whichever channel of two is ready; returns its index.
int select_one(goc_case (&cases)[2]) {
  const int fired = goc_select(cases, 2, GOC_FOREVER);
  if (fired < 0) fail(goc_error_name(fired));
  must(cases[fired].status);
  return fired;
}

struct Filter {
  Channel* in;
  Channel* out;
  int64_t prime;
};

void generate(void* arg) {
  auto& out = *static_cast<Channel*>(arg);
  for (int64_t i = 2;; i++) out.send(i);
}

void filter(void* arg) {
  const Filter& job = *static_cast<Filter*>(arg);
  for (;;) {
    const int64_t value = job.in->recv();
    if (value % job.prime != 0) job.out->send(value);
  }
}

bool are_first_primes(const std::vector<int64_t>& numbers) {
  std::vector<int64_t> primes;
  for (int64_t i = 2; primes.size() < numbers.size(); i++) {
    bool prime = true;
    for (size_t k = 0; prime && k < primes.size() && primes[k] * primes[k] <= i; k++) {
      prime = i % primes[k] != 0;
    }
    if (prime) primes.push_back(i);
  }
  return primes == numbers;
}

}  // namespace

void bench_spsc(double scale) {
  const int64_t count = scaled(10'000'000, scale);
  Channel channel(1024);
  WaitGroup wg;
  Producer producer = {&channel, 0, 1, count, &wg};
  const int64_t start = goc_now();
  wg.add(1);
  go(produce, producer);
  int64_t sum = 0;
  for (int64_t i = 0; i < count; i++) sum += channel.recv();
  report_per_op("spsc", start, count);
  expect(sum == sum_below(count), "spsc: wrong sum");
  wg.wait();
}

void bench_mpmc(double scale) {
  constexpr int kPairs = 4;
  const int64_t count = scaled(8'000'000, scale);
  Channel channel(128);
  WaitGroup producing, consuming;
  Producer producers[kPairs];
  Consumer consumers[kPairs];
  const int64_t start = goc_now();
  for (int i = 0; i < kPairs; i++) {
    consumers[i] = {&channel, 0, &consuming};
    consuming.add(1);
    go(consume, consumers[i]);
    producers[i] = {&channel, i, kPairs, count, &producing};
    producing.add(1);
    go(produce, producers[i]);
  }
  producing.wait();
  channel.close();
  consuming.wait();
  report_per_op("mpmc", start, count);
  int64_t sum = 0;
  for (const Consumer& consumer : consumers) sum += consumer.sum;
  expect(sum == sum_below(count), "mpmc: wrong sum");
}

void bench_solo(double scale) {
  const int64_t count = scaled(10'000'000, scale);
  Channel channel(1);
  int64_t sum = 0;
  const int64_t start = goc_now();
  for (int64_t i = 0; i < count; i++) {
    channel.send(i);
    sum += channel.recv();
  }
  report_per_op("solo", start, count);
  expect(sum == sum_below(count), "solo: wrong sum");
}

void bench_select(double scale) {
  const int64_t count = scaled(2'000'000, scale) / 2 * 2;  // both producers send as many
  Channel channels[2];
  WaitGroup wg;
  Producer producers[2];
  int64_t value = 0;
  goc_case cases[2] = {receive_case(channels[0], value), receive_case(channels[1], value)};
  const int64_t start = goc_now();
  for (int i = 0; i < 2; i++) {
    producers[i] = {&channels[i], i, 2, count, &wg};
    wg.add(1);
    go(produce, producers[i]);
  }
  int64_t sum = 0;
  for (int64_t i = 0; i < count; i++) {
    select_one(cases);
    sum += value;
  }
  report_per_op("select", start, count);
  expect(sum == sum_below(count), "select: wrong sum");
  wg.wait();
}

void bench_select_ready(double scale) {
  const int64_t count = scaled(5'000'000, scale);
  Channel first(1), second(1);
  int64_t value = 0;
  goc_case cases[2] = {receive_case(first, value), receive_case(second, value)};
  first.send(0);
  const int64_t start = goc_now();
  for (int64_t i = 0; i < count; i++) {
    Channel& other = select_one(cases) == 0 ? second : first;
    other.send(value + 1);
  }
  report_per_op("select-ready", start, count);
  select_one(cases);
  expect(value == count, "select-ready: wrong value");
}

void bench_try(double scale) {
  const int64_t count = scaled(50'000'000, scale);
  Channel channel;
  int64_t value, empty = 0;
  const int64_t start = goc_now();
  for (int64_t i = 0; i < count; i++) {
    empty += goc_chan_recv(channel.get(), &value, GOC_NOW) == GOC_EAGAIN;
  }
  report_per_op("try", start, count);
  expect(empty == count, "try: received from an empty channel");
}

// The goroutines of a sieve never end, so what they use is never freed.
void bench_sieve(double scale) {
  const int64_t count = scaled(2'000, scale);
  auto& channels = *new std::vector<Channel>(count);
  auto& filters = *new std::vector<Filter>(count - 1);
  std::vector<int64_t> primes;
  const int64_t start = goc_now();
  go(generate, channels[0]);
  for (int64_t i = 0;; i++) {
    primes.push_back(channels[i].recv());
    if (i == count - 1) break;
    filters[i] = {&channels[i], &channels[i + 1], primes.back()};
    go(filter, filters[i]);
  }
  report_elapsed("sieve", start);
  expect(are_first_primes(primes), "sieve: wrong primes");
}
