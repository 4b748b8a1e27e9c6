package org.goconc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * All operations of this JVM, which are used again and again and never freed: as many as were ever
 * pending at once. Their number in the table is their token, so the table also keeps what waits.
 */
final class OperationPool {
  private static final int SLAB = 64;
  /** A few places that threads find without meeting each other, each on a cache line of its own. */
  private static final int PLACES = 64;

  private static final int STRIDE = 16;
  private static final AtomicReferenceArray<Operation> places =
      new AtomicReferenceArray<>(PLACES * STRIDE);
  private static final ConcurrentLinkedDeque<Operation> others = new ConcurrentLinkedDeque<>();

  /** Token - 1 to slab and place in it; copied when it grows. */
  private static volatile Operation[][] slabs = {};

  private OperationPool() {}

  static Operation byToken(long token) {
    int index = (int) token - 1;
    return slabs[index / SLAB][index % SLAB];
  }

  static Operation take() {
    Operation operation = places.getAndSet(placeOfThread(), null);
    if (operation == null) operation = others.pollFirst();
    return operation != null ? operation : grow();
  }

  static void give(Operation operation) {
    if (!places.compareAndSet(placeOfThread(), null, operation)) others.addFirst(operation);
  }

  /** How many are in use: for tests, when nothing goes on. */
  static int used() {
    int idle = others.size();
    for (int i = 0; i < places.length(); i += STRIDE)
      if (places.get(i) != null) ++idle;
    return slabs.length * SLAB - idle;
  }

  private static int placeOfThread() {
    return (int) (Thread.currentThread().getId() % PLACES) * STRIDE;
  }

  private static synchronized Operation grow() {
    Operation[][] old = slabs;
    Operation[] slab = newSlab((long) old.length * SLAB + 1);
    Operation[][] grown = Arrays.copyOf(old, old.length + 1);
    grown[old.length] = slab;
    slabs = grown;
    for (int i = 1; i < SLAB; ++i) others.addFirst(slab[i]);
    return slab[0];
  }

  private static Operation[] newSlab(long firstToken) {
    int size = Operation.SIZE;
    ByteBuffer memory =
        ByteBuffer.allocateDirect((SLAB + 1) * size)
            .alignedSlice(64)
            .order(ByteOrder.nativeOrder());
    long address = Native.address_of(memory);
    Operation[] slab = new Operation[SLAB];
    for (int i = 0; i < SLAB; ++i)
      slab[i] = new Operation(memory, i * size, address + (long) i * size, firstToken + i);
    return slab;
  }
}
