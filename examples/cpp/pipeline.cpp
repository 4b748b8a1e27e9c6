// pipeline.cpp: fans numbers out to several squarers and their results in to one channel.
// Usage: pipeline [COUNT]
//
// Each stage is a function that takes the channel it reads, starts its goroutine and returns the
// channel it writes. A stage closes its channel when its input has ended.
#include <goconc/goconc.hpp>

#include <cstdio>
#include <cstdlib>
#include <vector>

using numbers = goconc::chan<long>;

static numbers count_to(long last) {
  numbers out(0);
  goconc::go([=] {
    for (long n = 1; n <= last; n++) out.send(n);
    out.close();
  });
  return out;
}

static numbers square(numbers in) {
  numbers out(0);
  goconc::go([=] {
    for (long n : in) out.send(n * n);
    out.close();
  });
  return out;
}

static numbers merge(const std::vector<numbers>& inputs) {
  numbers out(0);
  goconc::go([=] {
    goconc::wait_group copiers;
    for (numbers in : inputs) {
      copiers.go([=] {
        for (long n : in) out.send(n);
      });
    }
    copiers.wait();
    out.close();
  });
  return out;
}

int main(int argc, char** argv) {
  const long count = argc > 1 ? std::atol(argv[1]) : 100;
  numbers source = count_to(count);
  std::vector<numbers> squarers;
  for (int i = 0; i < 4; i++) squarers.push_back(square(source));

  long results = 0;
  long sum = 0;
  for (long n : merge(squarers)) {
    results++;
    sum += n;
  }
  std::printf("%ld squares, sum %ld\n", results, sum);
}
