/* parallelism.c: counts primes with many goroutines, on one processor and then on all of them.
 * Usage: parallelism [LIMIT] */
#include "must.h"

/* So short that a range takes less than a millisecond: a goroutine that computes for long gets
 * another thread to stand in for it, which would blur the comparison. */
enum { RANGE_LENGTH = 1000 };

struct range {
  long first, end; /* [first, end) */
  long primes;     /* out */
};

static int is_prime(long n) {
  if (n < 4) return n > 1;
  if (n % 2 == 0) return 0;
  for (long d = 3; d * d <= n; d += 2)
    if (n % d == 0) return 0;
  return 1;
}

static void count_in_range(void *arg) {
  struct range *range = arg;
  long primes = 0;
  for (long n = range->first; n < range->end; n++) primes += is_prime(n);
  range->primes = primes;
}

/* One goroutine for each range; the WaitGroup makes their results visible here. */
static long count_primes(long limit) {
  const long ranges = (limit + RANGE_LENGTH - 1) / RANGE_LENGTH;
  struct range *range = calloc((size_t)ranges, sizeof *range);
  if (range == NULL) must(GOC_ENOMEM);
  goc_wg *wg;
  must(goc_wg_new(&wg));
  for (long i = 0; i < ranges; i++) {
    range[i].first = i * RANGE_LENGTH;
    range[i].end = i + 1 < ranges ? (i + 1) * RANGE_LENGTH : limit;
    must(goc_wg_go(wg, count_in_range, &range[i]));
  }
  must(goc_wg_wait(wg, GOC_FOREVER));
  goc_wg_release(wg);

  long primes = 0;
  for (long i = 0; i < ranges; i++) primes += range[i].primes;
  free(range);
  return primes;
}

static long measure(int procs, long limit) {
  must(goc_set_max_procs(procs));
  const int64_t start = goc_now();
  const long primes = count_primes(limit);
  const double seconds = (double)(goc_now() - start) / GOC_SECOND;
  printf("max_procs %d: %ld primes below %ld in %.3f s\n", procs, primes, limit, seconds);
  return primes;
}

int main(int argc, char **argv) {
  const long limit = argc > 1 ? atol(argv[1]) : 3000000;
  if (limit < 1) {
    fprintf(stderr, "usage: %s [LIMIT]\n", argv[0]);
    return 2;
  }
  const int all = goc_max_procs();
  const long alone = measure(1, limit);
  const long together = measure(all, limit);
  return alone == together ? 0 : 1;
}
