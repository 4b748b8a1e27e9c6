/* eventloop.c: a libuv loop receives from goroutines through a port's descriptor, never blocked. */
#include <uv.h>

#include "must.h"

enum { VALUES = 10, TOKEN = 1 };

struct app {
  goc_chan *squares;
  goc_port *port;
  goc_op op; /* the receive that is under way: it must not move */
  uv_poll_t readable;
};

/* A goroutine: blocks as it likes, with the loop's pace as back pressure. */
static void produce(void *arg) {
  const struct app *app = arg;
  for (int64_t i = 1; i <= VALUES; i++) {
    const int64_t square = i * i;
    goc_sleep(GOC_MILLISECOND);
    must(goc_chan_send(app->squares, &square, GOC_FOREVER));
  }
  must(goc_chan_close(app->squares));
}

static void print(const struct app *app) { printf("received %d\n", (int)app->op.value); }

/* Receives what is there, and leaves one receive pending; at the end it lets the loop end. */
static void receive(struct app *app) {
  app->op.token = TOKEN;
  int result;
  while ((result = goc_chan_recv_op(app->squares, &app->op, app->port)) == GOC_OK) print(app);
  if (result == GOC_PENDING) return;
  if (result != GOC_ECLOSED) must(result);
  printf("closed\n");
  uv_close((uv_handle_t *)&app->readable, NULL);
}

/* The loop's callback: some operation of this port has been completed by a goroutine. */
static void on_readable(uv_poll_t *handle, int status, int events) {
  struct app *app = handle->data;
  int64_t token;
  (void)events;
  if (status < 0) uv_close((uv_handle_t *)handle, NULL);
  while (status == 0 && must(goc_port_poll(app->port, &token, 1)) == 1) {
    if (app->op.status == GOC_OK) print(app);
    receive(app);
  }
}

int main(void) {
  static struct app app;
  uv_loop_t *loop = uv_default_loop();
  must(goc_chan_new(&app.squares, sizeof(int64_t), 0));
  must(goc_port_new(&app.port));
  app.readable.data = &app;
  uv_poll_init(loop, &app.readable, must(goc_port_fd(app.port)));
  uv_poll_start(&app.readable, UV_READABLE, on_readable);

  must(goc_go(produce, &app));
  receive(&app);
  uv_run(loop, UV_RUN_DEFAULT);

  uv_loop_close(loop);
  goc_port_release(app.port);
  goc_chan_release(app.squares);
  return 0;
}
