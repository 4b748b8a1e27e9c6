// worker.cpp: five workers run at the same time, and a WaitGroup waits for all of them.
#include <goconc/goconc.hpp>

#include <chrono>
#include <cstdio>

static void worker(int id) {
  using namespace std::chrono_literals;
  std::printf("Worker : %d -> Starting\n", id);
  goconc::sleep_for(1s);
  std::printf("Worker : %d -> Done\n", id);
}

int main() {
  goconc::wait_group wg;
  for (int id = 1; id <= 5; id++) {
    wg.go([id] { worker(id); });
  }
  wg.wait();
}
