package org.goconc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** WaitGroup: counting, waiting, misuse. */
@ExtendWith(LeavesNothing.class)
class WaitGroupTest {
  private final WaitGroup group = new WaitGroup();

  @Test
  void atZeroNobodyWaits() throws Exception {
    group.await();
    assertTrue(group.await(Duration.ZERO));
  }

  @Test
  void itWaitsForAllItsGoroutines() throws Exception {
    AtomicInteger ended = new AtomicInteger();
    for (int i = 0; i < 100; i++) group.go(ended::incrementAndGet);
    group.await();
    assertEquals(100, ended.get());
    assertEquals(0, group.count());
  }

  @Test
  void aGoroutineThatThrowsIsDone() throws Exception {
    AtomicInteger seen = new AtomicInteger();
    Channel<Thread> self = Channel.unbuffered();
    Thread thread = group.go(() -> {
      self.receive();
      throw new IllegalArgumentException("as planned");
    });
    thread.setUncaughtExceptionHandler((t, e) -> seen.addAndGet(e.getMessage().length()));
    self.send(thread);
    group.await();
    thread.join();
    assertEquals("as planned".length(), seen.get());
  }

  @Test
  void allWaitersGoOnAtZeroAndItMayBeUsedAgain() throws Exception {
    for (int round = 0; round < 3; round++) {
      group.add(2);
      List<Future<Boolean>> waiters = new ArrayList<>();
      for (int i = 0; i < 10; i++) waiters.add(Goconc.call(() -> group.await(Expect.SOON)));
      Expect.eventually(() -> OperationPool.used() == 10);
      group.done();
      assertEquals(1, group.count());
      group.done();
      for (Future<Boolean> waiter : waiters) assertTrue(waiter.get());
    }
  }

  @Test
  void belowZeroIsRefusedAndChangesNothing() {
    var e = assertThrows(IllegalStateException.class, group::done);
    assertEquals("the WaitGroup's counter would be negative", e.getMessage());
    group.add(2);
    assertThrows(IllegalStateException.class, () -> group.add(-3));
    assertEquals(2, group.count());
    group.add(-2);
  }

  @Test
  void aboveTheLargestIntIsRefused() {
    group.add(Integer.MAX_VALUE);
    assertThrows(IllegalStateException.class, () -> group.add(1));
    assertEquals(Integer.MAX_VALUE, group.count());
    group.add(-Integer.MAX_VALUE);
  }

  @Test
  void aWaitMayEndEarly() throws Exception {
    group.add(1);
    assertFalse(group.await(Duration.ofMillis(1)));
    Future<Boolean> interrupted = Goconc.call(() -> {
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, group::await);
      return true;
    });
    assertTrue(interrupted.get());
    Thread waiter = Expect.blockedIn(group::await);
    waiter.interrupt();
    waiter.join();
    group.done();
  }

  @Test
  void nullIsNoGoroutine() {
    assertThrows(NullPointerException.class, () -> group.go(null));
    assertEquals(0, group.count());
  }
}
