/* The whole C interface of goconc 0.1.0 in one file, and all that first/program.c knows of it. It is
 * never changed: this is what a program that was built then and never again was built with. */
#ifndef GOCONC_FIRST_H
#define GOCONC_FIRST_H

#include <stddef.h>
#include <stdint.h>

#define GOC_VERSION_MAJOR 0
#define GOC_VERSION_MINOR 1
#define GOC_VERSION_PATCH 0
#define GOC_VERSION_STRING "0.1.0"
#define GOC_ABI_VERSION 1

typedef void (*goc_fn)(void *arg);
typedef struct goc_chan goc_chan;
typedef struct goc_wg goc_wg;
typedef struct goc_mutex goc_mutex;
typedef struct goc_once goc_once;
typedef struct goc_timer goc_timer;
#define GOC_FOREVER INT64_MAX
#define GOC_NOW ((int64_t)0)

typedef enum goc_result {
  GOC_OK = 0,
  GOC_EINVAL = -1,
  GOC_EBADHANDLE = -2,
  GOC_ENOMEM = -3,
  GOC_EAGAIN = -4,
  GOC_ETIMEDOUT = -5,
  GOC_ECLOSED = -6,
  GOC_ECANCELED = -7,
  GOC_EALREADY = -8,
  GOC_EPERM = -9,
  GOC_ENEGATIVE = -10,
  GOC_EDEADLK = -11,
  GOC_EOVERFLOW = -12,
  GOC_ETOOLATE = -13,
  GOC_EINTR = -14,
  GOC_PENDING = -15,
  GOC_RESULT_FORCE_INT = 0x7fffffff
} goc_result;
const char *goc_error_name(int code);
const char *goc_strerror(int code);

int goc_chan_new(goc_chan **out, size_t elem_size, size_t capacity);
#define GOC_KIND_RAW 0
#define GOC_KIND_INT64 1
#define GOC_KIND_DOUBLE 2
#define GOC_KIND_BYTES 3
typedef struct goc_chan_options {
  size_t size;
  size_t elem_size;
  size_t capacity;
  void (*drop)(void *elem);
  void (*relocate)(void *dst, void *src);
  const char *name;
  int kind;
} goc_chan_options;
#define GOC_CHAN_OPTIONS_INIT \
  { sizeof(goc_chan_options), 0, 0, NULL, NULL, NULL, GOC_KIND_RAW }
int goc_chan_new_with(goc_chan **out, const goc_chan_options *options);
goc_chan *goc_chan_retain(goc_chan *ch);
void goc_chan_release(goc_chan *ch);
int goc_chan_send(goc_chan *ch, const void *elem, int64_t deadline);
int goc_chan_recv(goc_chan *ch, void *elem, int64_t deadline);
int goc_chan_close(goc_chan *ch);
size_t goc_chan_len(const goc_chan *ch);
size_t goc_chan_cap(const goc_chan *ch);
int goc_chan_kind(const goc_chan *ch);
int goc_chan_is_closed(const goc_chan *ch);

#define GOC_SEND 1
#define GOC_RECV 2
#define GOC_SELECT_MAX 65536
typedef struct goc_case {
  goc_chan *chan;
  int op;
  int status;
  void *elem;
} goc_case;
int goc_select(goc_case *cases, size_t n, int64_t deadline);

int goc_go(goc_fn fn, void *arg);
typedef struct goc_go_options {
  size_t size;
  const char *name;
  size_t stack_size;
  goc_fn finalizer;
  int pinned;
} goc_go_options;
#define GOC_GO_OPTIONS_INIT \
  { sizeof(goc_go_options), NULL, 0, NULL, 0 }
int goc_go_with(const goc_go_options *options, goc_fn fn, void *arg);
void goc_yield(void);
uint64_t goc_self(void);
int goc_on_goroutine(void);
int goc_set_name(const char *name);
int goc_lock_thread(void);
int goc_unlock_thread(void);
void goc_blocking_begin(void);
void goc_blocking_end(void);
int goc_blocking(goc_fn fn, void *arg);

int goc_wg_new(goc_wg **out);
goc_wg *goc_wg_retain(goc_wg *wg);
void goc_wg_release(goc_wg *wg);
int goc_wg_add(goc_wg *wg, int64_t delta);
int goc_wg_done(goc_wg *wg);
int goc_wg_wait(goc_wg *wg, int64_t deadline);
int goc_wg_go(goc_wg *wg, goc_fn fn, void *arg);
int64_t goc_wg_count(const goc_wg *wg);
int goc_mutex_new(goc_mutex **out);
goc_mutex *goc_mutex_retain(goc_mutex *mu);
void goc_mutex_release(goc_mutex *mu);
int goc_mutex_lock(goc_mutex *mu, int64_t deadline);
int goc_mutex_unlock(goc_mutex *mu);
int goc_once_new(goc_once **out);
goc_once *goc_once_retain(goc_once *once);
void goc_once_release(goc_once *once);
int goc_once_do(goc_once *once, goc_fn fn, void *arg);

#define GOC_MICROSECOND INT64_C(1000)
#define GOC_MILLISECOND INT64_C(1000000)
#define GOC_SECOND INT64_C(1000000000)
int64_t goc_now(void);
int64_t goc_deadline(int64_t ns);
void goc_sleep(int64_t ns);
void goc_sleep_until(int64_t deadline);
int goc_timer_new(goc_timer **out_timer, goc_chan **out_chan, int64_t ns);
goc_chan *goc_timer_chan(goc_timer *timer);
int goc_timer_stop(goc_timer *timer);
int goc_timer_reset(goc_timer *timer, int64_t ns);
goc_timer *goc_timer_retain(goc_timer *timer);
void goc_timer_release(goc_timer *timer);

typedef struct goc_options {
  size_t size;
  int max_procs;
  int max_threads;
  size_t stack_size;
} goc_options;
#define GOC_OPTIONS_INIT \
  { sizeof(goc_options), 0, 0, 0 }
int goc_init(const goc_options *options);
int goc_shutdown(int64_t deadline);
int goc_run(goc_fn fn, void *arg);
int goc_max_procs(void);
int goc_set_max_procs(int n);
int64_t goc_num_goroutines(void);
const char *goc_version(void);
int goc_abi_version(void);

typedef struct goc_buf goc_buf;
int goc_buf_new(goc_buf **out, const void *data, size_t len);
int goc_buf_wrap(goc_buf **out, const void *data, size_t len, goc_fn free_fn, void *arg);
void *goc_buf_data(const goc_buf *buf);
size_t goc_buf_len(const goc_buf *buf);
goc_buf *goc_buf_retain(goc_buf *buf);
void goc_buf_release(goc_buf *buf);

typedef struct goc_port goc_port;
typedef struct goc_op {
  int64_t value;
  int64_t token;
  int64_t woken;
  int32_t status;
  int32_t index;
  int64_t priv[12];
} goc_op;
size_t goc_op_size(void);
int goc_port_new(goc_port **out);
goc_port *goc_port_retain(goc_port *port);
void goc_port_release(goc_port *port);
int goc_port_poll(goc_port *port, int64_t *tokens, int max);
int goc_port_wait(goc_port *port, int64_t *tokens, int max, int64_t deadline);
int goc_port_interrupt(goc_port *port);
int goc_port_fd(goc_port *port);
int goc_port_post(goc_port *port, int64_t token);
int goc_chan_send_op(goc_chan *ch, goc_op *op, goc_port *port);
int goc_chan_recv_op(goc_chan *ch, goc_op *op, goc_port *port);
#define GOC_OP_NOW 1
int goc_select_op(const goc_case *cases, size_t n, goc_op *op, goc_port *port, int flags);
int goc_wg_wait_op(goc_wg *wg, goc_op *op, goc_port *port);
int goc_timer_op(int64_t deadline, goc_op *op, goc_port *port);
int goc_op_wait(goc_op *op, int64_t deadline);
void goc_op_interrupt(goc_op *op);
int goc_op_cancel(goc_op *op);

#endif
