package org.goconc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Select: exactly one case, chosen fairly; default, time-out, closed channels, all kinds. */
@ExtendWith(LeavesNothing.class)
class SelectTest {
  private final Channel<String> a = Channel.buffered(1);
  private final Channel<String> b = Channel.unbuffered();

  @Test
  void theCaseThatIsReadyHappens() throws Exception {
    a.send("x");
    String got =
        Select.<String>begin().onReceive(a, v -> "a" + v).onReceive(b, v -> "b" + v).run();
    assertEquals("ax", got);
  }

  @Test
  void itWaitsForTheFirstThatBecomesReady() throws Exception {
    Future<String> got = Goconc.call(
        () -> Select.<String>begin().onReceive(a, v -> "a" + v).onReceive(b, v -> "b" + v).run());
    Expect.eventually(() -> OperationPool.used() == 1);
    b.send("y");
    assertEquals("by", got.get());
    a.send("z");
    assertEquals("z", a.receive(), "the other case is gone");
  }

  @Test
  void aSendIsACaseToo() throws Exception {
    Future<String> received = Goconc.call(b::receive);
    String did = Select.<String>begin().onSend(b, "x", () -> "sent").run();
    assertEquals("sent", did);
    assertEquals("x", received.get());
  }

  @Test
  void whatWasNotSentIsNotSent() throws Exception {
    a.send("x");
    Channel<String> full = Channel.buffered(1);
    full.send("old");
    Select.begin().onSend(full, "new", () -> null).onReceive(a, v -> v).run();
    assertEquals("old", full.receive());
    assertEquals(Optional.empty(), full.tryReceive());
  }

  @Test
  void readyCasesAreChosenFairly() throws Exception {
    int rounds = 4000;
    Channel<String> c = Channel.buffered(1);
    int[] chosen = new int[2];
    for (int i = 0; i < rounds; i++) {
      a.trySend("a");
      c.trySend("c");
      chosen[Select.<Integer>begin().onReceive(a, v -> 0).onReceive(c, v -> 1).run()]++;
    }
    // Five standard deviations of a fair coin: 158. Once in two million runs it is farther off.
    assertTrue(Math.abs(chosen[0] - rounds / 2) < 160, chosen[0] + " of " + rounds);
  }

  @Test
  void orElseNeverWaits() throws Exception {
    Select<String> select =
        Select.<String>begin().onReceive(a, v -> v).onSend(b, "x", () -> "s").orElse(() -> "none");
    assertEquals("none", select.run());
    a.send("v");
    assertEquals("v", select.run());
    assertEquals("none", select.run());
    assertEquals("nothing", Select.<String>begin().orElse(() -> "nothing").run());
  }

  @Test
  void aTimeOutGivesUp() throws Exception {
    Select<String> select =
        Select.<String>begin().onReceive(b, v -> v).timeout(Duration.ofMillis(1), () -> "late");
    assertEquals("late", select.run());
    assertEquals("late", Select.<String>begin().timeout(Duration.ZERO, () -> "late").run());
    Thread sender = Goconc.go(() -> b.send("x"));
    assertEquals("x", Select.<String>begin().onReceive(b, v -> v)
        .timeout(Expect.SOON, () -> "late").run());
    sender.join();
  }

  @Test
  void aClosedChannelIsReady() throws Exception {
    b.close();
    assertThrows(ChannelClosedException.class, () -> Select.begin().onReceive(b, v -> v).run());
    assertThrows(
        ChannelClosedException.class, () -> Select.begin().onSend(b, "x", () -> null).run());
    assertEquals("over", Select.<String>begin().onReceive(b, v -> v).whenClosed(() -> "over").run());
    assertEquals(
        "over", Select.<String>begin().onSend(b, "x", () -> "sent").whenClosed(() -> "over").run());
  }

  @Test
  void aCloseEndsTheWait() throws Exception {
    Future<String> got = Goconc.call(
        () -> Select.<String>begin().onReceive(a, v -> v).onReceive(b, v -> v)
            .whenClosed(() -> "over").run());
    Expect.eventually(() -> OperationPool.used() == 1);
    b.close();
    assertEquals("over", got.get());
  }

  @Test
  void kindsOfChannelsMix() throws Exception {
    LongChannel longs = LongChannel.buffered(1);
    DoubleChannel doubles = DoubleChannel.buffered(1);
    BytesChannel bytes = BytesChannel.buffered(1);
    Select<Object> send = Select.begin()
        .onSend(longs, 1, () -> 1).onSend(doubles, 2.5, () -> 2).onSend(bytes, new byte[] {3}, () -> 3);
    int sent = 0;
    for (int i = 0; i < 3; i++) sent += (int) send.run();
    assertEquals(6, sent, "each once, since each has room for one");
    Object[] got = new Object[3];
    Select<Object> receive = Select.begin()
        .onReceive(longs, v -> got[0] = v)
        .onReceive(doubles, v -> got[1] = v)
        .onReceive(bytes, v -> got[2] = v);
    for (int i = 0; i < 3; i++) receive.run();
    assertEquals(1L, got[0]);
    assertEquals(2.5, got[1]);
    assertArrayEquals(new byte[] {3}, (byte[]) got[2]);
  }

  @Test
  void itNeverMeetsItself() throws Exception {
    String got = Select.<String>begin()
        .onSend(b, "x", () -> "sent").onReceive(b, v -> "received").orElse(() -> "neither").run();
    assertEquals("neither", got);
  }

  @Test
  void anInterruptEndsTheWait() throws Exception {
    Thread waiter = Expect.blockedIn(() -> Select.begin().onReceive(b, v -> v).run());
    waiter.interrupt();
    waiter.join();
    Thread without = Expect.blockedIn(() -> Select.begin().run());
    without.interrupt();
    without.join();
  }

  @Test
  void hundredsOfCasesAreFine() throws Exception {
    List<Channel<Integer>> many = new ArrayList<>();
    Select<Integer> select = Select.begin();
    for (int i = 0; i < 300; i++) {
      many.add(Channel.buffered(1));
      select.onReceive(many.get(i), v -> v);
    }
    many.get(287).send(287);
    assertEquals(287, select.run());
  }

  @Test
  void whatAFunctionThrowsComesOut() throws Exception {
    a.send("x");
    assertThrows(
        ArithmeticException.class,
        () -> Select.begin().onReceive(a, v -> { throw new ArithmeticException(); }).run());
  }

  @Test
  void nullsAreRefused() {
    Select<Object> select = Select.begin();
    assertThrows(NullPointerException.class, () -> select.onReceive((Channel<?>) null, v -> v));
    assertThrows(NullPointerException.class, () -> select.onSend(a, null, () -> null));
    assertThrows(NullPointerException.class, () -> select.onReceive(a, null));
    assertThrows(NullPointerException.class, () -> select.timeout(null, () -> null));
    assertThrows(IllegalStateException.class, () -> select.whenClosed(() -> null));
  }
}
