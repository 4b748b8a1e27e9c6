/* handle.h: what Ruby holds of a channel and of a WaitGroup.
 *
 * A handle owns one reference of the object; the garbage collector drops it.
 * Objects travel through a channel of the kind GOC_KIND_RAW as numbers of slots in a table that
 * belongs to the handle: so buffered objects live as long as the channel's handle, and nothing of
 * the VM lies in native memory. A free slot holds the number of the next free one.
 * Everything here runs with the GVL. */
#ifndef GOCONC_RUBY_HANDLE_H
#define GOCONC_RUBY_HANDLE_H

#include <goconc/goconc.h>
#include <ruby.h>

typedef struct channel {
  goc_chan *chan;
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
    "goconc channel",
    {channel_mark, channel_free, channel_memsize, channel_compact, {0}},
    0,
    0,
    RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED};

static void wait_group_free(void *data) { goc_wg_release(data); }
static const rb_data_type_t wait_group_type = {
    "goconc WaitGroup",
    {0, wait_group_free, 0, 0, {0}},
    0,
    0,
    RUBY_TYPED_FREE_IMMEDIATELY | RUBY_TYPED_WB_PROTECTED};

/* An object for the caller's reference. */
static VALUE channel_handle(goc_chan *chan) {
  channel *c;
  if (chan == NULL) rb_memerror();
  VALUE handle = TypedData_Make_Struct(rb_cObject, channel, &channel_type, c);
  c->chan = chan;
  c->kind = goc_chan_kind(chan);
  return handle;
}
static VALUE wait_group_handle(goc_wg *wg) {
  if (wg == NULL) rb_memerror();
  return TypedData_Wrap_Struct(rb_cObject, &wait_group_type, wg);
}

/* What a handle holds; TypeError for anything else. */
static channel *channel_of(VALUE handle) { return rb_check_typeddata(handle, &channel_type); }
static goc_wg *wait_group_of(VALUE handle) { return rb_check_typeddata(handle, &wait_group_type); }

/* Puts an object into a slot. */
static long keep(VALUE handle, VALUE object) {
  channel *c = channel_of(handle);
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
  RB_OBJ_WRITE(handle, &c->slots[slot], object);
  return slot;
}

/* Takes the object out of its slot. */
static VALUE take(VALUE handle, int64_t slot) {
  channel *c = channel_of(handle);
  if (slot < 0 || slot >= c->size)
    rb_raise(rb_eTypeError, "the channel carries a word that is not an object of this channel");
  const VALUE object = c->slots[slot];
  c->slots[slot] = LONG2FIX(c->free);
  c->free = (long)slot;
  return object;
}

#endif
