/* go_host.c: the rival of goconc_bench's rows for plain threads: a program in C that uses goroutines and
 * channels of Go, which is linked as a shared library (go/host). Prints what goconc_bench prints.
 *
 * Starting a goroutine is one call here, but an Add and a start in thread.cc: a crossing into Go is the
 * dearest part of it, and Go shall not pay for two. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "libgo_host.h"

static void expect(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "go_host: %s\n", what);
  exit(EXIT_FAILURE);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void report_per_op(const char *name, int64_t start, int64_t operations) {
  printf("%s\tns\t%.3f\n", name, (double)(now() - start) / (double)operations);
}

static int64_t scaled(int64_t count, double scale) {
  const int64_t result = (int64_t)((double)count * scale);
  return result > 0 ? result : 1;
}

static void bench_thread(double scale) {
  const int64_t rounds = scaled(20000, scale);
  int64_t value = 0;
  goStartEcho();
  const int64_t start = now();
  for (int64_t i = 0; i < rounds; i++) {
    goSend(value);
    value = goRecv();
  }
  report_per_op("thread", start, rounds);
  expect(value == rounds, "thread: wrong value");
  goClose();
  goWait();
}

static void bench_thread_spawn(double scale) {
  const int64_t count = scaled(200000, scale);
  const int64_t start = now();
  for (int64_t i = 0; i < count; i++) goSpawn();
  goWait();
  report_per_op("thread-spawn", start, count);
}

int main(int argc, char **argv) {
  const int is_scaled = argc == 4 && strcmp(argv[2], "--scale") == 0;
  const double scale = is_scaled ? atof(argv[3]) : 1;
  expect((argc == 2 || is_scaled) && scale > 0, "usage: go_host ROW [--scale F]");
  if (strcmp(argv[1], "thread") == 0) {
    bench_thread(scale);
  } else if (strcmp(argv[1], "thread-spawn") == 0) {
    bench_thread_spawn(scale);
  } else {
    expect(0, "no such row");
  }
}
