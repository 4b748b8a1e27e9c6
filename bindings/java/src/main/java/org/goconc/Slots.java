package org.goconc;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The objects on their way through a channel, each in a numbered slot; the number is what the native
 * channel carries. Native code holds no reference to them: they die with their channel.
 *
 * <p>Those who put and those who take seldom meet, since they go on at the same time: slots come from
 * one stack, {@code FREE}, and go back onto another, {@code TAKEN}, which becomes the first when that
 * is empty. Both are Treiber stacks (R. K. Treiber, 1986) whose heads carry a count against ABA.
 * Memory order: an object is written before its number goes into the channel and read after it came
 * out, with the channel's lock in between.
 */
final class Slots {
  private static final int FIRST_SEGMENT = 16;
  private static final int SEGMENTS = 27;

  /** Segment k holds 16 * 2^k slots. */
  private final AtomicReferenceArray<Segment> segments = new AtomicReferenceArray<>(SEGMENTS);
  /**
   * The heads, in cache lines of their own. Low half: the number of the first slot plus 1, or 0. High
   * half: how often it changed.
   */
  private final AtomicLongArray heads = new AtomicLongArray(48);
  private static final int FREE = 16;
  private static final int TAKEN = 32;
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
      long head = heads.get(FREE);
      int first = (int) head;
      if (first == 0) {
        refill();
        continue;
      }
      int slot = first - 1;
      Segment segment = segmentOf(slot);
      int place = placeOf(slot);
      if (heads.compareAndSet(FREE, head, headAfter(head, segment.next[place]))) {
        segment.objects[place] = object;
        return slot;
      }
    }
  }

  Object take(long number) {
    int slot = (int) number;
    Segment segment = segmentOf(slot);
    int place = placeOf(slot);
    Object object = segment.objects[place];
    segment.objects[place] = null;
    long head;
    do {
      head = heads.get(TAKEN);
      segment.next[place] = (int) head;
    } while (!heads.compareAndSet(TAKEN, head, headAfter(head, slot + 1)));
    return object;
  }

  private static long headAfter(long head, int first) {
    return ((head >>> 32) + 1) << 32 | first;
  }

  /** Nobody else gives slots to an empty FREE. */
  private synchronized void refill() {
    long head = heads.get(FREE);
    if ((int) head != 0) return; // somebody else was faster
    int first = (int) heads.getAndSet(TAKEN, 0);
    heads.set(FREE, headAfter(head, first != 0 ? first : grow()));
  }

  /** New slots, linked: the first, plus 1. */
  private int grow() {
    int first = size;
    int index = indexOf(first);
    Segment segment = new Segment(FIRST_SEGMENT << index);
    segments.set(index, segment);
    size += segment.next.length;
    for (int slot = first; slot + 1 < size; ++slot) segment.next[slot - first] = slot + 2;
    return first + 1;
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
