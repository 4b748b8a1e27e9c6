/* select.c: waits for the first of several sends and receives, with a default or a time-out. */
#include "must.h"

enum { NUMBERS = 10 };

struct channels {
  goc_chan *numbers, *quit;
};

/* Sends Fibonacci numbers until quit is closed. */
static void fibonacci(void *arg) {
  const struct channels *ch = arg;
  long a = 0, b = 1;
  for (;;) {
    goc_case cases[] = {
        {.chan = ch->numbers, .op = GOC_SEND, .elem = &a},
        {.chan = ch->quit, .op = GOC_RECV},
    };
    if (must(goc_select(cases, 2, GOC_FOREVER)) == 1) break;
    const long next = a + b;
    a = b;
    b = next;
  }
  printf("quit\n");
}

/* One select over numbers and quit, neither of which is ready. */
static int receive(const struct channels *ch, int64_t deadline) {
  long n;
  goc_case cases[] = {
      {.chan = ch->numbers, .op = GOC_RECV, .elem = &n},
      {.chan = ch->quit, .op = GOC_RECV},
  };
  return goc_select(cases, 2, deadline);
}

int main(void) {
  struct channels ch;
  goc_wg *wg;
  must(goc_chan_new(&ch.numbers, sizeof(long), 0));
  must(goc_chan_new(&ch.quit, 0, 0));
  must(goc_wg_new(&wg));

  if (receive(&ch, GOC_NOW) == GOC_EAGAIN) printf("default: nothing is ready\n");
  if (receive(&ch, goc_deadline(10 * GOC_MILLISECOND)) == GOC_ETIMEDOUT)
    printf("time-out: nothing came\n");

  must(goc_wg_go(wg, fibonacci, &ch));
  for (int i = 0; i < NUMBERS; i++) {
    long n;
    must(goc_chan_recv(ch.numbers, &n, GOC_FOREVER));
    printf("received %ld\n", n);
  }
  must(goc_chan_close(ch.quit));
  must(goc_wg_wait(wg, GOC_FOREVER));

  goc_wg_release(wg);
  goc_chan_release(ch.numbers);
  goc_chan_release(ch.quit);
  return 0;
}
