// thread.cc: rows about a plain thread that uses goroutines, as the threads of a host program do: the jobs
// of ping-pong and spawn. Their twins are in go_host.c.
#include "bench.h"

void bench_thread(double scale) { round_trips("thread", scaled(20'000, scale)); }

void bench_thread_spawn(double scale) { spawn_all("thread-spawn", scaled(200'000, scale)); }
