/* channel.h: the methods of Goconc::Channel through which values go.
 *
 * They are in C so that a value costs one call of a method. What they do is said in
 * lib/goconc/channel.rb, where the others are. */
#ifndef GOCONC_RUBY_CHANNEL_H
#define GOCONC_RUBY_CHANNEL_H

#include "handle.h"
#include "value.h"
#include "wait.h"

static ID timeout_keyword;

/* The deadline that `timeout:` sets; without it there is none. So many arguments stand before it. */
static int64_t deadline_argument(int argc, VALUE *argv, int before) {
  const bool given = rb_keyword_given_p();
  rb_check_arity(given ? argc - 1 : argc, before, before);
  if (!given) return GOC_FOREVER;
  VALUE timeout;
  rb_get_kwargs(argv[before], &timeout_keyword, 0, 1, &timeout);
  return timeout == Qundef ? GOC_FOREVER : deadline_of(timeout);
}

static void raise_closed(void) {
  rb_exc_raise(rb_class_new_instance(0, NULL, rb_path2class("Goconc::ClosedError")));
}

/* Whether it was sent in time; ClosedError. */
static bool push_value(VALUE self, VALUE value, int64_t deadline) {
  channel *c = channel_of(self);
  int64_t word = word_of(c, self, value);
  const goc_case one = {c->chan, GOC_SEND, GOC_OK, &word};
  request r = {.cases = &one, .n = 1, .deadline = deadline, .blocker = self};
  const int result = perform(&r);
  if (result != GOC_OK || r.status != GOC_OK) drop(c, word);
  if (!finish(&r, result)) return false;
  if (r.status == GOC_ECLOSED) raise_closed();
  return true;
}

/* GOC_OK: *value is what was received; GOC_ECLOSED; GOC_ETIMEDOUT. Otherwise *value is nil. */
static int receive_value(VALUE self, int64_t deadline, VALUE *value) {
  channel *c = channel_of(self);
  const goc_case one = {c->chan, GOC_RECV, GOC_OK, NULL};
  request r = {.cases = &one, .n = 1, .deadline = deadline, .blocker = self};
  const int result = perform(&r);
  *value = result == GOC_OK && r.status == GOC_OK ? value_of(c, r.value) : Qnil;
  return finish(&r, result) ? r.status : GOC_ETIMEDOUT;
}

/* The value; nil: its time is over; ClosedError. */
static VALUE pop_value(VALUE self, int64_t deadline) {
  VALUE value;
  if (receive_value(self, deadline, &value) == GOC_ECLOSED) raise_closed();
  return value;
}

static VALUE channel_push(int argc, VALUE *argv, VALUE self) {
  const int64_t deadline = deadline_argument(argc, argv, 1);
  return push_value(self, argv[0], deadline) ? self : Qnil;
}
static VALUE channel_append(VALUE self, VALUE value) {
  push_value(self, value, GOC_FOREVER);
  return self;
}
static VALUE channel_try_push(VALUE self, VALUE value) {
  return push_value(self, value, GOC_NOW) ? Qtrue : Qfalse;
}
static VALUE channel_pop(int argc, VALUE *argv, VALUE self) {
  return pop_value(self, deadline_argument(argc, argv, 0));
}
static VALUE channel_try_pop(VALUE self) { return pop_value(self, GOC_NOW); }

static VALUE channel_receive(int argc, VALUE *argv, VALUE self) {
  VALUE value;
  const int result = receive_value(self, deadline_argument(argc, argv, 0), &value);
  if (result == GOC_ETIMEDOUT) return Qnil;
  return rb_assoc_new(value, result == GOC_OK ? Qtrue : Qfalse);
}

static void define_channel(void) {
  timeout_keyword = rb_intern("timeout");
  const VALUE class = rb_define_class_under(rb_define_module("Goconc"), "Channel", rb_cObject);
  rb_define_alloc_func(class, allocate_channel);
  rb_undef_method(class, "initialize_copy"); /* there is no second one with the same values */
  rb_define_method(class, "push", channel_push, -1);
  rb_define_method(class, "<<", channel_append, 1);
  rb_define_method(class, "try_push", channel_try_push, 1);
  rb_define_method(class, "pop", channel_pop, -1);
  rb_define_method(class, "try_pop", channel_try_pop, 0);
  rb_define_method(class, "receive", channel_receive, -1);
}

#endif
