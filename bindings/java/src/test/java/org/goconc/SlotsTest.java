package org.goconc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Slots: each object has one of its own while it is there, and slots are used again. */
class SlotsTest {
  private final Slots slots = new Slots();

  @Test
  void everyObjectHasASlotOfItsOwn() {
    Object[] objects = new Object[1000];
    long[] numbers = new long[objects.length];
    Set<Long> different = new HashSet<>();
    for (int i = 0; i < objects.length; i++) {
      numbers[i] = slots.put(objects[i] = new Object());
      different.add(numbers[i]);
    }
    assertEquals(objects.length, different.size());
    for (int i = 0; i < objects.length; i++) assertSame(objects[i], slots.take(numbers[i]));
  }

  @Test
  void takenSlotsAreUsedAgain() {
    long largest = 0;
    for (int i = 0; i < 1000; i++) {
      long number = slots.put("x");
      largest = Math.max(largest, number);
      slots.take(number);
    }
    assertTrue(largest < 16);
  }

  @Test
  void threadsDoNotShareASlot() throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Thread thread = new Thread(() -> {
        for (int i = 0; i < 100_000; i++) {
          Object object = new Object();
          assertSame(object, slots.take(slots.put(object)));
        }
      });
      thread.setUncaughtExceptionHandler((failed, e) -> failures.add(e));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) thread.join();
    assertEquals(List.of(), failures);
  }
}
