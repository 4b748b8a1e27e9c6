package org.goconc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Goconc.go: what a goroutine is, and how it ends. */
@ExtendWith(LeavesNothing.class)
class GoroutineTest {
  @Test
  void itIsAVirtualThreadWhereThereAreSome() throws Exception {
    Thread thread = Goconc.go(() -> {});
    boolean virtual = Runtime.version().feature() >= 21;
    assertEquals(virtual, thread.toString().startsWith("VirtualThread"));
    assertTrue(thread.isDaemon());
    assertTrue(thread.getName().startsWith("goroutine-"));
    thread.join();
  }

  @Test
  void itHasAResult() throws Exception {
    Future<Integer> answer = Goconc.call(() -> 6 * 7);
    assertEquals(42, answer.get());
  }

  @Test
  void whatItThrowsIsInTheResult() {
    Future<Integer> failed = Goconc.call(() -> {
      throw new IOException("as planned");
    });
    var e = assertThrows(ExecutionException.class, failed::get);
    assertEquals("as planned", e.getCause().getMessage());
  }

  @Test
  void withoutAResultItGoesToTheHandlerOfTheThread() throws Exception {
    Channel<Throwable> seen = Channel.buffered(1);
    Channel<String> start = Channel.unbuffered();
    Thread thread = Goconc.go(() -> {
      start.receive();
      throw new IOException("as planned");
    });
    thread.setUncaughtExceptionHandler((t, e) -> seen.trySend(e));
    start.send("");
    assertEquals("as planned", seen.receive().getMessage());
    thread.join();
  }

  @Test
  void canceledItIsInterrupted() throws Exception {
    Channel<String> never = Channel.unbuffered();
    Channel<String> ended = Channel.buffered(1);
    Future<String> waiting = Goconc.call(() -> {
      try {
        return never.receive();
      } catch (InterruptedException e) {
        ended.send("interrupted");
        throw e;
      }
    });
    Expect.eventually(() -> OperationPool.used() == 1);
    waiting.cancel(true);
    assertEquals("interrupted", ended.receive());
  }

  @Test
  void theVersionIsThatOfTheLibrary() {
    assertTrue(Goconc.version().matches("\\d+\\.\\d+\\.\\d+"));
  }
}
