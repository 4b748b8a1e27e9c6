package org.goconc;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The objects on their way through a channel, each in a numbered slot; the number is what the native
 * channel carries. Native code holds no reference to them: they die with their channel.
 *
 * <p>Free slots are a Treiber stack (R. K. Treiber, 1986) whose head carries a count against ABA.
 * Memory order: an object is written before its number goes into the channel and read after it came
 * out, with the channel's lock in between.
 */
final class Slots {
  private static final int FIRST_SEGMENT = 16;
  private static final int SEGMENTS = 27;

  /** Segment k holds 16 * 2^k slots. */
  private final AtomicReferenceArray<Segment> segments = new AtomicReferenceArray<>(SEGMENTS);
  /** Low half: the number of the first free slot plus 1, or 0. High half: how often it changed. */
  private final AtomicLong free = new AtomicLong();
  /** How many slots there are; guarded by this. */
  private int size;

  private static final class Segment {
    final Object[] objects;
    final int[] next;

    Segment(int size) {
      objects = new Object[size];
      next = new int[size];
    }
  }

  long put(Object object) {
    for (; ; ) {
      long head = free.get();
      int first = (int) head;
      if (first == 0) {
        grow();
        continue;
      }
      int slot = first - 1;
      Segment segment = segmentOf(slot);
      if (free.compareAndSet(head, headAfter(head, segment.next[placeOf(slot)]))) {
        segment.objects[placeOf(slot)] = object;
        return slot;
      }
    }
  }

  Object take(long number) {
    int slot = (int) number;
    Segment segment = segmentOf(slot);
    Object object = segment.objects[placeOf(slot)];
    segment.objects[placeOf(slot)] = null;
    push(slot, segment);
    return object;
  }

  private void push(int slot, Segment segment) {
    long head;
    do {
      head = free.get();
      segment.next[placeOf(slot)] = (int) head;
    } while (!free.compareAndSet(head, headAfter(head, slot + 1)));
  }

  private static long headAfter(long head, int first) {
    return ((head >>> 32) + 1) << 32 | first;
  }

  private synchronized void grow() {
    if ((int) free.get() != 0) return; // somebody else was faster
    int index = indexOf(size);
    int more = FIRST_SEGMENT << index;
    Segment segment = new Segment(more);
    segments.set(index, segment);
    for (int slot = size; slot < size + more; ++slot) push(slot, segment);
    size += more;
  }

  private Segment segmentOf(int slot) {
    return segments.get(indexOf(slot));
  }

  private static int indexOf(int slot) {
    return 31 - Integer.numberOfLeadingZeros(slot / FIRST_SEGMENT + 1);
  }

  private static int placeOf(int slot) {
    return slot - FIRST_SEGMENT * ((1 << indexOf(slot)) - 1);
  }
}
