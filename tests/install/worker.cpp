// worker.cpp: ten goroutines send their number, a WaitGroup waits for them; the sum is printed.
#include <goconc/goconc.hpp>

#include <cstdio>

int main() {
  goconc::chan<int> results(10);
  goconc::wait_group workers;
  for (int number = 1; number <= 10; number++) {
    workers.go([=]() mutable { results.send(number); });
  }
  workers.wait();
  results.close();

  int sum = 0;
  for (int number : results) sum += number;
  std::printf("sum %d, version %s\n", sum, goc_version());
}
