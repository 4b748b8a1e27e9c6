/* sieve.c: finds primes with a chain of goroutines, each of which removes the multiples of one.
 * Usage: sieve [COUNT]
 *
 * The end travels backwards: main closes the last channel, so the sender there gets GOC_ECLOSED,
 * closes its own input, and so on up to the generator. */
#include "must.h"

/* A stage of the chain owns one reference to each of its channels. */
struct filter {
  goc_chan *in, *out;
  long prime;
};

static goc_chan *new_channel(void) {
  goc_chan *ch;
  must(goc_chan_new(&ch, sizeof(long), 0));
  return ch;
}

static void generate(void *arg) {
  goc_chan *out = arg;
  for (long n = 2; goc_chan_send(out, &n, GOC_FOREVER) == GOC_OK; n++) continue;
  goc_chan_release(out);
}

static void remove_multiples(void *arg) {
  struct filter *filter = arg;
  long n;
  while (goc_chan_recv(filter->in, &n, GOC_FOREVER) == GOC_OK) {
    if (n % filter->prime == 0) continue;
    if (goc_chan_send(filter->out, &n, GOC_FOREVER) != GOC_OK) break;
  }
  must(goc_chan_close(filter->in));
  goc_chan_release(filter->in);
  goc_chan_release(filter->out);
  free(filter);
}

/* Appends a stage to the chain that ends in the channel in; returns the new end. */
static goc_chan *append_filter(goc_wg *wg, goc_chan *in, long prime) {
  struct filter *filter = malloc(sizeof *filter);
  if (filter == NULL) must(GOC_ENOMEM);
  goc_chan *out = new_channel();
  *filter = (struct filter){in, goc_chan_retain(out), prime};
  must(goc_wg_go(wg, remove_multiples, filter));
  return out;
}

int main(int argc, char **argv) {
  const long count = argc > 1 ? atol(argv[1]) : 25;
  if (count < 1) {
    fprintf(stderr, "usage: %s [COUNT]\n", argv[0]);
    return 2;
  }
  goc_wg *wg;
  must(goc_wg_new(&wg));
  goc_chan *end = new_channel();
  must(goc_wg_go(wg, generate, goc_chan_retain(end)));

  for (long i = 0; i < count; i++) {
    long prime;
    must(goc_chan_recv(end, &prime, GOC_FOREVER));
    printf("%ld\n", prime);
    end = append_filter(wg, end, prime);
  }
  must(goc_chan_close(end));
  must(goc_wg_wait(wg, GOC_FOREVER));
  goc_chan_release(end);
  goc_wg_release(wg);
  return 0;
}
