/* pingpong.c: two goroutines pass a ball back and forth over two channels.
 * Usage: pingpong [HITS] */
#include "must.h"

struct player {
  const char *name;
  goc_chan *in, *out;
  int hits; /* after so many hits the game is over */
};

/* A closed channel says that the other player has left the table. */
static void play(void *arg) {
  const struct player *me = arg;
  int ball;
  while (goc_chan_recv(me->in, &ball, GOC_FOREVER) == GOC_OK) {
    printf("%s %d\n", me->name, ball);
    if (ball == me->hits) break;
    ball++;
    must(goc_chan_send(me->out, &ball, GOC_FOREVER));
  }
  must(goc_chan_close(me->out));
}

int main(int argc, char **argv) {
  const int hits = argc > 1 ? atoi(argv[1]) : 10;
  if (hits < 1) {
    fprintf(stderr, "usage: %s [HITS]\n", argv[0]);
    return 2;
  }
  goc_chan *left, *right;
  goc_wg *wg;
  must(goc_chan_new(&left, sizeof(int), 0));
  must(goc_chan_new(&right, sizeof(int), 0));
  must(goc_wg_new(&wg));

  struct player ping = {"ping", left, right, hits};
  struct player pong = {"pong", right, left, hits};
  must(goc_wg_go(wg, play, &ping));
  must(goc_wg_go(wg, play, &pong));

  const int first = 1;
  must(goc_chan_send(left, &first, GOC_FOREVER));
  must(goc_wg_wait(wg, GOC_FOREVER));

  goc_wg_release(wg);
  goc_chan_release(left);
  goc_chan_release(right);
  return 0;
}
