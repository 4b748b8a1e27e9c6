/* operation.h: the records of operations under way, and how their owners learn that they are done.
 *
 * A token is the number of a record. Records never move and are never freed, because native code
 * points into them; they are used again. A record whose fiber is parked keeps that fiber alive: a
 * goroutine that waits for ever stays, as in Go.
 *
 * Whoever completes the operation of a parked fiber resumes it: the Ruby thread whose call gave the
 * token back in `woken`, or, for tokens that come to the port from outside, the pump, a thread that
 * is started when a fiber first has to wait. Either calls unblock of the fiber's scheduler, once
 * for each operation.
 *
 * In the child of a fork the port may be locked for ever by a thread that is not there any more. So
 * the first use of this library in a child makes a new one, forgets the operations of other
 * threads, and lets the fibers that are left start theirs again.
 *
 * Everything here runs with the GVL, except the two functions that say otherwise. */
#ifndef GOCONC_RUBY_OPERATION_H
#define GOCONC_RUBY_OPERATION_H

#include <goconc/goconc.h>
#include <pthread.h>
#include <ruby.h>
#include <ruby/fiber/scheduler.h>
#include <ruby/thread.h>
#include <stdbool.h>
#include <stdlib.h>

typedef struct operation {
  _Alignas(64) goc_op op;
  VALUE fiber; /* the parked one; 0 if a thread waits, or nobody */
  VALUE scheduler;
  VALUE blocker;   /* what the scheduler was told it waits for */
  pthread_t owner; /* the thread that waits, or whose fiber does */
  int64_t next;    /* unused: the token of the next unused record, or 0 */
  int result;      /* GOC_PENDING; GOC_OK: it is done; GOC_EINTR: it must be started again */
} operation;

enum { SLAB = 128 };
static operation **slabs;
static int64_t operations; /* records that there are */
static int64_t unused;     /* the token of the first unused one, or 0 */
static int64_t in_use;     /* how many are not */
static goc_port *port;     /* made when a fiber first has to wait */
static VALUE pump_thread;  /* Qnil, or the thread that waits at the port */
static bool pump_runs;     /* it has begun, and not ended */
static bool forked;        /* this is a child, and nothing was used yet */

static operation *operation_at(int64_t token) {
  return &slabs[(token - 1) / SLAB][(token - 1) % SLAB];
}

static bool add_slab(void) {
  const int64_t count = operations / SLAB;
  operation **longer = realloc(slabs, (size_t)(count + 1) * sizeof(*slabs));
  if (longer == NULL) return false;
  slabs = longer;
  operation *slab = aligned_alloc(64, SLAB * sizeof(operation));
  if (slab == NULL) return false;
  memset(slab, 0, SLAB * sizeof(operation));
  slabs[count] = slab;
  operations += SLAB;
  for (int64_t token = operations; token > operations - SLAB; token--) {
    operation_at(token)->op.token = token;
    operation_at(token)->next = unused;
    unused = token;
  }
  return true;
}

/* NULL without memory. */
static operation *acquire_operation(void) {
  if (unused == 0 && !add_slab()) return NULL;
  operation *o = operation_at(unused);
  unused = o->next;
  in_use++;
  o->owner = pthread_self();
  return o;
}

static void release_operation(operation *o) {
  o->fiber = o->scheduler = o->blocker = 0;
  o->result = GOC_OK;
  o->next = unused;
  unused = o->op.token;
  in_use--;
}

static void mark_operations(void *ignored) {
  for (int64_t token = 1; token <= operations; token++) {
    const operation *o = operation_at(token);
    if (o->fiber == 0) continue;
    rb_gc_mark(o->fiber);
    rb_gc_mark(o->scheduler);
    rb_gc_mark(o->blocker);
  }
}
static const rb_data_type_t operations_type = {
    "goconc operations", {mark_operations, 0, 0, 0, {0}}, 0, 0, 0};

static VALUE unblock(VALUE token) {
  const operation *o = operation_at((int64_t)token);
  return rb_fiber_scheduler_unblock(o->scheduler, o->blocker, o->fiber);
}

/* GOC_OK: the operation is done; GOC_EINTR: it must be started again. Its fiber goes on.
 * `raised` gets what to pass to rb_jump_tag() if the scheduler raised something; else it stays. */
static void resume_owner(int64_t token, int result, int *raised) {
  int state = 0;
  operation_at(token)->result = result;
  rb_protect(unblock, (VALUE)token, &state);
  if (state) *raised = state;
}

/* What has come to the port, without waiting. */
static void dispatch_events(int *raised) {
  int64_t token;
  while (port != NULL && goc_port_poll(port, &token, 1) == 1) resume_owner(token, GOC_OK, raised);
}

/* --- The pump -------------------------------------------------------------------------------- */

typedef struct events {
  goc_port *port;
  int64_t tokens[64];
  int count;
} events;

/* Without the GVL. */
static void *wait_for_events(void *data) {
  events *e = data;
  e->count = goc_port_wait(e->port, e->tokens, 64, GOC_FOREVER);
  return NULL;
}
static void interrupt_pump(void *data) { goc_port_interrupt(((events *)data)->port); }

static VALUE check_interrupts(VALUE ignored) {
  rb_thread_check_ints();
  return Qnil;
}

/* A scheduler that cannot resume its fiber must not end the pump, and an interrupt that ends the
 * pump must not lose a token. */
static VALUE pump(void *ignored) {
  events e = {.port = port};
  pump_runs = true;
  for (int interrupt = 0; interrupt == 0; rb_protect(check_interrupts, Qnil, &interrupt)) {
    e.count = 0;
    rb_thread_call_without_gvl2(wait_for_events, &e, interrupt_pump, &e);
    for (int i = 0; i < e.count; i++) {
      int failed = 0;
      resume_owner(e.tokens[i], GOC_OK, &failed);
      if (failed && rb_obj_is_kind_of(rb_errinfo(), rb_eStandardError)) {
        rb_warn("goconc: a scheduler failed in unblock: %" PRIsVALUE, rb_errinfo());
        rb_set_errinfo(Qnil);
      }
    }
  }
  pump_runs = false;
  return Qnil;
}

static void start_pump(void) {
  if (pump_runs) return;
  if (port == NULL && goc_port_new(&port) != GOC_OK) rb_memerror();
  if (!NIL_P(pump_thread) && RTEST(rb_funcall(pump_thread, rb_intern("alive?"), 0))) return;
  pump_thread = rb_thread_create(pump, NULL);
  rb_funcall(pump_thread, rb_intern("name="), 1, rb_str_new_cstr("goconc"));
}

/* --- Fork ------------------------------------------------------------------------------------ */

/* Without anything: in the child, between fork and its first instruction. */
static void note_fork(void) { forked = true; }

static void settle_after_fork(int *raised) {
  if (!forked) return;
  forked = false;
  port = NULL; /* the old one belongs to the parent's threads */
  pump_thread = Qnil;
  pump_runs = false;
  for (int64_t token = 1; token <= operations; token++) {
    operation *o = operation_at(token);
    const bool own = pthread_equal(o->owner, pthread_self());
    /* A thread may have been interrupted, and lost the GVL before its next wait. */
    if (o->result == GOC_EINTR && !own) release_operation(o);
    if (o->result != GOC_PENDING) continue;
    const int result = goc_op_cancel(&o->op) == GOC_OK ? GOC_EINTR : GOC_OK;
    if (own)
      resume_owner(token, result, raised);
    else
      release_operation(o);
  }
}

static void init_operations(void) {
  rb_gc_register_address(&pump_thread);
  pump_thread = Qnil;
  rb_gc_register_mark_object(TypedData_Wrap_Struct(rb_cObject, &operations_type, &slabs));
  pthread_atfork(NULL, NULL, note_fork);
}

#endif
