// main.cc: runs one row of the goconc benchmark and prints its results.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench.h"

namespace {

enum class Caller { kGoroutine, kThread };

struct Row {
  const char* name;
  void (*run)(double scale);
  Caller caller = Caller::kGoroutine;
};

constexpr Row kRows[] = {
    {"yield", bench_yield},
    {"ping-pong", bench_ping_pong},
    {"trace", bench_trace},
    {"ring", bench_ring},
    {"spawn", bench_spawn},
    {"skynet", bench_skynet},
    {"wake", bench_wake},
    {"spsc", bench_spsc},
    {"mpmc", bench_mpmc},
    {"solo", bench_solo},
    {"select", bench_select},
    {"select-ready", bench_select_ready},
    {"try", bench_try},
    {"sieve", bench_sieve},
    {"mutex", bench_mutex},
    {"timer", bench_timer},
    {"sleepers", bench_sleepers},
    {"short-sleep", bench_short_sleep},
    {"parked-memory", bench_parked_memory},
    {"park-million", bench_park_million},
    {"idle", bench_idle},
    {"http", bench_http},
    {"http-idle", bench_http_idle},
    {"thread", bench_thread, Caller::kThread},
    {"thread-spawn", bench_thread_spawn, Caller::kThread},
};

struct Job {
  const Row* row = nullptr;
  double scale = 1;
};

void list() {
  for (const Row& row : kRows) std::puts(row.name);
}

const Row* find(const char* name) {
  for (const Row& row : kRows) {
    if (std::strcmp(row.name, name) == 0) return &row;
  }
  return nullptr;
}

// False unless the arguments are ROW [--scale F].
bool parse(int argc, char** argv, Job& job) {
  if (argc != 2 && argc != 4) return false;
  job.row = find(argv[1]);
  if (argc == 4) {
    if (std::strcmp(argv[2], "--scale") != 0) return false;
    job.scale = std::atof(argv[3]);
  }
  return job.row != nullptr && job.scale > 0;
}

void run(void* arg) {
  const Job& job = *static_cast<Job*>(arg);
  job.row->run(job.scale);
}

}  // namespace

void fail(const char* why) {
  std::fprintf(stderr, "goconc_bench: %s\n", why);
  std::_Exit(EXIT_FAILURE);
}

void report(const char* name, const char* unit, double value) {
  std::printf("%s\t%s\t%.3f\n", name, unit, value);
}

void report_per_op(const char* name, int64_t start, int64_t operations) {
  report(name, "ns", static_cast<double>(goc_now() - start) / static_cast<double>(operations));
}

void report_microseconds_per_op(const char* name, int64_t start, int64_t operations) {
  report(
      name, "us",
      static_cast<double>(goc_now() - start) / GOC_MICROSECOND / static_cast<double>(operations));
}

void report_elapsed(const char* name, int64_t start) {
  report(name, "ms", static_cast<double>(goc_now() - start) / GOC_MILLISECOND);
}

int64_t scaled(int64_t count, double scale) {
  const auto result = static_cast<int64_t>(static_cast<double>(count) * scale);
  return result > 0 ? result : 1;
}

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    list();
    return EXIT_SUCCESS;
  }
  Job job;
  if (!parse(argc, argv, job)) {
    std::fputs("usage: goconc_bench ROW [--scale F] | --list\n", stderr);
    return EXIT_FAILURE;
  }
  if (job.row->caller == Caller::kThread) {
    run(&job);
  } else {
    must(goc_run(run, &job));
  }
  std::fflush(stdout);
  std::_Exit(EXIT_SUCCESS);  // goroutines that a row left blocked may still use its memory
}
