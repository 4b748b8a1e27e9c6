/* What the programs share: goroutines of which is known where they are when gdb looks at them. */
#include <goconc/goconc.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void must(int result) {
  if (result == GOC_OK) return;
  fprintf(stderr, "failed: %s\n", goc_strerror(result));
  exit(1);
}

/* Of `threads` workers all but one are kept by goroutines that block them. Small stacks make a small
 * core file. */
static void begin(int threads) {
  goc_options options = GOC_OPTIONS_INIT;
  options.max_procs = 1;
  options.max_threads = threads;
  options.stack_size = 16384;
  must(goc_init(&options));
  alarm(100);
}

static int begun;

/* Called first by each goroutine that will park. */
static void begins(void) { __atomic_add_fetch(&begun, 1, __ATOMIC_SEQ_CST); }

static void wait_for_begun(int count) {
  while (__atomic_load_n(&begun, __ATOMIC_SEQ_CST) != count) usleep(1000);
}

static void start(const char *name, goc_fn fn, void *arg) {
  goc_go_options options = GOC_GO_OPTIONS_INIT;
  options.name = name;
  must(goc_go_with(&options, fn, arg));
}

/* gdb breaks here. */
__attribute__((noinline)) static void look(void) { __asm__ volatile(""); }
