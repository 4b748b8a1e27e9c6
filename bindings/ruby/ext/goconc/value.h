/* value.h: objects of Ruby and the words that stand for them in a channel.
 *
 * A word that was made and not sent must be dropped: it holds a slot or a buffer. */
#ifndef GOCONC_RUBY_VALUE_H
#define GOCONC_RUBY_VALUE_H

#include <ruby/encoding.h>
#include <string.h>

#include "handle.h"

static int64_t word_of_bytes(VALUE value) {
  VALUE string = rb_str_export_to_enc(StringValue(value), rb_utf8_encoding());
  goc_buf *buf = NULL;
  if (goc_buf_new(&buf, RSTRING_PTR(string), (size_t)RSTRING_LEN(string)) != GOC_OK) rb_memerror();
  RB_GC_GUARD(string);
  return (int64_t)(intptr_t)buf;
}
static VALUE copy_bytes(VALUE word) {
  const goc_buf *buf = (const goc_buf *)word;
  return rb_str_new(goc_buf_data(buf), (long)goc_buf_len(buf));
}
static VALUE release_bytes(VALUE word) {
  goc_buf_release((goc_buf *)word);
  return Qnil;
}

/* The word for a value; TypeError or RangeError if the channel's kind cannot carry it. */
static int64_t word_of(channel *c, VALUE owner, VALUE value) {
  double number;
  int64_t word;
  switch (c->kind) {
    case GOC_KIND_INT64:
      return NUM2LL(rb_to_int(value));
    case GOC_KIND_DOUBLE:
      number = NUM2DBL(value);
      memcpy(&word, &number, sizeof(word));
      return word;
    case GOC_KIND_BYTES:
      return word_of_bytes(value);
    default:
      return keep(c, owner, value);
  }
}

/* The value of a received word, which is used up. */
static VALUE value_of(channel *c, int64_t word) {
  double number;
  switch (c->kind) {
    case GOC_KIND_INT64:
      return LL2NUM(word);
    case GOC_KIND_DOUBLE:
      memcpy(&number, &word, sizeof(number));
      return DBL2NUM(number);
    case GOC_KIND_BYTES:
      return rb_ensure(copy_bytes, (VALUE)word, release_bytes, (VALUE)word);
    default:
      return take(c, word);
  }
}

/* Gives back what a word holds that was not sent. */
static void drop(channel *c, int64_t word) {
  switch (c->kind) {
    case GOC_KIND_BYTES:
      release_bytes((VALUE)word);
      break;
    case GOC_KIND_RAW:
      take(c, word);
      break;
  }
}

#endif
