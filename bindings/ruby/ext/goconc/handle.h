/* handle.h: what Ruby holds of a channel and of a WaitGroup.
 *
 * A Goconc::Channel, and the handle of a WaitGroup, owns one reference of the native object; the
 * garbage collector drops it.
 * Objects travel through a channel of the kind GOC_KIND_RAW as numbers of slots in a table that
 * belongs to the Goconc::Channel: so buffered objects live as long as it, and nothing of the VM lies
 * in native memory. A free slot holds the number of the next free one.
 * Everything here runs with the GVL. */
#ifndef GOCONC_RUBY_HANDLE_H
#define GOCONC_RUBY_HANDLE_H

#include <goconc/goconc.h>
#include <ruby.h>

typedef struct channel {
  goc_chan *chan; /* NULL until it is initialized */
  int kind;
  VALUE *slots;
  long size;     /* slots that there are */
  long capacity; /* slots for which there is memory */
  long free;     /* the first free slot; size if there is none */
} channel;

static void channel_mark(void *data) {
  const channel *c = data;
  for (long i = 0; i < c->size; i++) rb_gc_mark_movable(c->slots[i]);
}
static void channel_compact(void *data) {
  channel *c = data;
  for (long i = 0; i < c->size; i++) c->slots[i] = rb_gc_location(c->slots[i]);
}
static void channel_free(void *data) {
  channel *c = data;
  goc_chan_release(c->chan);
  xfree(c->slots);
  xfree(c);
}
static size_t channel_memsize(const void *data) {
  const channel *c = data;
  return sizeof(*c) + (size_t)c->capacity * sizeof(VALUE);
}
static const rb_data_type_t channel_type = {
    "Goconc::Channel",
    {channel_mark, channel_free, channel_memsize, channel_compact, {0}},
    0,
    0,
    RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED};

static void wait_group_free(void *data) { goc_wg_release(data); }
static const rb_data_type_t wait_group_type = {
    "Goconc::WaitGroup",
    {0, wait_group_free, 0, 0, {0}},
    0,
    0,
    RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED};

static VALUE allocate_channel(VALUE class) {
  channel *c;
  return TypedData_Make_Struct(class, channel, &channel_type, c);
}
/* What an object holds; TypeError for anything else. */
static channel *channel_of(VALUE object) {
  channel *c = rb_check_typeddata(object, &channel_type);
  if (c->chan == NULL) rb_raise(rb_eTypeError, "the channel is not initialized");
  return c;
}
/* Makes the object one for the caller's reference. */
static void init_channel(VALUE object, goc_chan *chan) {
  channel *c = rb_check_typeddata(object, &channel_type);
  if (chan == NULL) rb_memerror();
  if (c->chan != NULL) {
    goc_chan_release(chan);
    rb_raise(rb_eTypeError, "the channel is initialized already");
  }
  c->chan = chan;
  c->kind = goc_chan_kind(chan);
}

static VALUE wait_group_handle(goc_wg *wg) {
  if (wg == NULL) rb_memerror();
  return TypedData_Wrap_Struct(rb_cObject, &wait_group_type, wg);
}

static goc_wg *wait_group_of(VALUE handle) { return rb_check_typeddata(handle, &wait_group_type); }

/* Puts an object into a slot of the channel, whose object `owner` is. */
static long keep(channel *c, VALUE owner, VALUE object) {
  if (c->free == c->capacity) {
    const long capacity = c->capacity < 8 ? 8 : 2 * c->capacity;
    REALLOC_N(c->slots, VALUE, capacity);
    c->capacity = capacity;
  }
  const long slot = c->free;
  if (slot == c->size)
    c->free = ++c->size;
  else
    c->free = FIX2LONG(c->slots[slot]);
  RB_OBJ_WRITE(owner, &c->slots[slot], object);
  return slot;
}

/* Takes the object out of its slot. */
static VALUE take(channel *c, int64_t slot) {
  if (slot < 0 || slot >= c->size)
    rb_raise(rb_eTypeError, "the channel carries a word that is not an object of this channel");
  const VALUE object = c->slots[slot];
  c->slots[slot] = LONG2FIX(c->free);
  c->free = (long)slot;
  return object;
}

#endif
