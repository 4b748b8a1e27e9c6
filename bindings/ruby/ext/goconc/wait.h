/* wait.h: how a thread or a fiber of Ruby waits for a select or for a WaitGroup.
 *
 * 1. Try, without a record: most operations end here.
 * 2. Start the operation in a record. If it is done at once, that is all.
 * 3. Wait until it is done: a fiber in its scheduler's block, a thread without the GVL.
 * 4. After the deadline or an interrupt, cancel it. If that is too late the result is on its way:
 *    it is waited for and returned, and the interrupt takes effect afterwards.
 *
 * Nothing raises while an operation is pending: whatever could is called through rb_protect, and
 * what it raised goes on only when the operation is canceled or done.
 * An interrupt that does not raise (a signal handler, Thread#wakeup) makes the operation start
 * again at the end of the queue. */
#ifndef GOCONC_RUBY_WAIT_H
#define GOCONC_RUBY_WAIT_H

#include "operation.h"

typedef struct request {
  const goc_case *cases; /* a select of n cases: senders have an elem, receivers have none */
  size_t n;
  goc_wg *wg; /* or the zero of a WaitGroup */
  VALUE blocker;
  int64_t deadline;
  int64_t value; /* out: what was received */
  int index;     /* out: the case that fired */
  int status;    /* out: GOC_OK, or GOC_ECLOSED */
  int raised;    /* out: what to pass to rb_jump_tag() when all else is settled, or 0 */
} request;

static int start(const request *r, goc_op *op, goc_port *to, int flags) {
  return r->wg != NULL ? goc_wg_wait_op(r->wg, op, to)
                       : goc_select_op(r->cases, r->n, op, to, flags);
}

static void fetch(request *r, const goc_op *op) {
  r->value = op->value;
  r->index = op->index;
  r->status = op->status;
}

/* 1. GOC_EAGAIN if it would have to wait. */
static int try_now(request *r) {
  if (r->wg != NULL) return goc_wg_wait(r->wg, GOC_NOW);
  static _Alignas(64) goc_op op = {.token = INT64_MAX}; /* the GVL is held until it has been read */
  const int result = goc_select_op(r->cases, r->n, &op, port, GOC_OP_NOW);
  if (result != GOC_OK) return result;
  fetch(r, &op);
  if (op.woken != 0) resume_owner(op.woken, GOC_OK, &r->raised);
  return GOC_OK;
}

/* --- Threads --------------------------------------------------------------------------------- */

typedef struct blocking {
  goc_op *op;
  int64_t deadline;
  int result;
} blocking;

/* Without the GVL. */
static void *wait_blocking(void *data) {
  blocking *b = data;
  b->result = goc_op_wait(b->op, b->deadline);
  return NULL;
}
static void interrupt_wait(void *op) { goc_op_interrupt(op); }

/* 3 for a thread; GOC_EINTR also if an interrupt came before. */
static int park_thread(operation *o, request *r) {
  blocking b = {&o->op, r->deadline, GOC_EINTR};
  rb_nogvl(wait_blocking, &b, interrupt_wait, &o->op, RB_NOGVL_INTR_FAIL | RB_NOGVL_UBF_ASYNC_SAFE);
  if (b.result == GOC_OK) return GOC_OK;
  if (goc_op_cancel(&o->op) != GOC_ETOOLATE) return b.result;
  while (goc_op_wait(&o->op, GOC_FOREVER) != GOC_OK) continue; /* at once */
  return GOC_OK;
}

static int wait_as_thread(operation *o, request *r) {
  for (;;) {
    int result = start(r, &o->op, NULL, 0);
    if (result != GOC_PENDING) return result;
    o->result = GOC_PENDING;
    result = o->result = park_thread(o, r);
    if (result != GOC_EINTR) return result;
    rb_protect(check_interrupts, Qnil, &r->raised);
    if (r->raised) return GOC_EINTR;
  }
}

/* --- Fibers ---------------------------------------------------------------------------------- */

typedef struct parking {
  operation *o;
  int64_t deadline;
} parking;

static VALUE block_fiber(VALUE data) {
  const parking *p = (const parking *)data;
  VALUE timeout = Qnil;
  if (p->deadline != GOC_FOREVER) {
    const int64_t left = p->deadline - goc_now();
    timeout = DBL2NUM(left > 0 ? (double)left / GOC_SECOND : 0.0);
  }
  return rb_fiber_scheduler_block(p->o->scheduler, p->o->blocker, timeout);
}

static ID late_exception;
static bool exceptions_came_late; /* at least one has, so it is worth looking for others */

/* The operation was done when the exception came: the result is returned, and the exception raised
 * by the next operation of this fiber that has to wait. What ends the thread is not held up. */
static void postpone_exception(request *r) {
  const VALUE exception = rb_errinfo();
  if (!rb_obj_is_kind_of(exception, rb_eException)) return;
  rb_thread_local_aset(rb_thread_current(), late_exception, exception);
  exceptions_came_late = true;
  rb_set_errinfo(Qnil);
  r->raised = 0;
}
static VALUE prepare_fiber(VALUE exception) {
  if (!NIL_P(exception)) {
    rb_thread_local_aset(rb_thread_current(), late_exception, Qnil);
    rb_exc_raise(exception);
  }
  start_pump();
  return Qnil;
}

/* 3 for a fiber. After a failed cancel the wake-up is certain, so there is no deadline any more. */
static int park_fiber(operation *o, request *r) {
  parking p = {o, r->deadline};
  while (o->result == GOC_PENDING) {
    int raised = 0;
    rb_protect(block_fiber, (VALUE)&p, &raised);
    if (raised) r->raised = raised;
    if (o->result != GOC_PENDING) break;
    const bool late = p.deadline != GOC_FOREVER && goc_now() >= p.deadline;
    if (!raised && !late) continue;
    if (goc_op_cancel(&o->op) == GOC_OK) return raised ? GOC_EINTR : GOC_ETIMEDOUT;
    p.deadline = GOC_FOREVER;
    dispatch_events(&r->raised);
  }
  if (r->raised) postpone_exception(r);
  return o->result;
}

static int wait_as_fiber(operation *o, request *r, VALUE scheduler) {
  o->scheduler = scheduler;
  o->blocker = r->blocker;
  o->fiber = rb_fiber_current();
  for (;;) {
    const VALUE exception =
        exceptions_came_late ? rb_thread_local_aref(rb_thread_current(), late_exception) : Qnil;
    if (!pump_runs || !NIL_P(exception)) rb_protect(prepare_fiber, exception, &r->raised);
    if (r->raised) return GOC_EINTR;
    int result = start(r, &o->op, port, 0);
    if (result == GOC_OK && o->op.woken != 0) resume_owner(o->op.woken, GOC_OK, &r->raised);
    if (result != GOC_PENDING) return result;
    o->result = GOC_PENDING;
    result = park_fiber(o, r);
    if (result != GOC_EINTR || r->raised) return result;
  }
}

/* --- Both ------------------------------------------------------------------------------------ */

/* Carries the request out; does not raise.
 * Returns GOC_OK; GOC_ETIMEDOUT; GOC_EINTR with r->raised; or an error. Also with GOC_OK the caller
 * ends with r->raised, after it has taken what was received. */
static int perform(request *r) {
  settle_after_fork(&r->raised);
  int result = try_now(r);
  if (result != GOC_EAGAIN) return result;
  if (r->deadline == GOC_NOW) return GOC_ETIMEDOUT;

  operation *o = acquire_operation();
  if (o == NULL) return GOC_ENOMEM;
  const VALUE scheduler = rb_fiber_scheduler_current();
  result = NIL_P(scheduler) ? wait_as_thread(o, r) : wait_as_fiber(o, r, scheduler);
  if (result == GOC_OK) fetch(r, &o->op);
  release_operation(o);
  return result;
}

/* --- Arguments and ends ---------------------------------------------------------------------- */

/* nil: for ever; else seconds. */
static int64_t deadline_of(VALUE timeout) {
  if (NIL_P(timeout)) return GOC_FOREVER;
  const double seconds = NUM2DBL(timeout);
  if (!(seconds >= 0)) rb_raise(rb_eArgError, "timeout must not be negative");
  if (seconds == 0) return GOC_NOW;
  return seconds < 9e9 ? goc_deadline((int64_t)(seconds * GOC_SECOND)) : GOC_FOREVER;
}

/* Ends a request whose result is not GOC_OK. */
static void fail(const request *r, int result) {
  if (r->raised) rb_jump_tag(r->raised);
  if (result == GOC_ENOMEM) rb_memerror();
  rb_raise(rb_eRuntimeError, "%s: %s", goc_error_name(result), goc_strerror(result));
}

/* Ends a request: true if it was carried out, false if its time is over. */
static bool finish(const request *r, int result) {
  if (r->raised || (result != GOC_OK && result != GOC_ETIMEDOUT)) fail(r, result);
  return result == GOC_OK;
}

#endif
