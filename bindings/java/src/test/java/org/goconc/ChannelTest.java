package org.goconc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Channels of objects: the rules of send, receive, close, iteration, size and capacity. */
@ExtendWith(LeavesNothing.class)
class ChannelTest {
  private final Channel<String> rendezvous = Channel.unbuffered();
  private final Channel<String> buffered = Channel.buffered(2);

  @Test
  void aSendWaitsForItsReceiver() throws Exception {
    Thread sender = Expect.blockedIn(() -> rendezvous.send("a"));
    assertEquals("a", rendezvous.receive());
    sender.join();
  }

  @Test
  void aReceiveWaitsForItsSender() throws Exception {
    Future<String> received = Goconc.call(rendezvous::receive);
    rendezvous.send("a");
    assertEquals("a", received.get());
  }

  @Test
  void theVerySameObjectArrives() throws Exception {
    String sent = new String("a");
    buffered.send(sent);
    assertSame(sent, buffered.receive());
  }

  @Test
  void aBufferHoldsValuesInOrder() throws Exception {
    buffered.send("a");
    buffered.send("b");
    assertFalse(buffered.trySend("c"));
    assertEquals("a", buffered.receive());
    assertTrue(buffered.trySend("c"));
    assertEquals("b", buffered.receive());
    assertEquals("c", buffered.receive());
  }

  @Test
  void blockedSendersAreServedInTheirOrder() throws Exception {
    List<Thread> senders = new ArrayList<>();
    for (String value : List.of("a", "b", "c"))
      senders.add(Expect.blockedIn(() -> rendezvous.send(value)));
    for (String value : List.of("a", "b", "c")) assertEquals(value, rendezvous.receive());
    for (Thread sender : senders) sender.join();
  }

  @Test
  void sizeAndCapacityAreThoseOfTheBuffer() throws Exception {
    assertEquals(0, rendezvous.capacity());
    assertEquals(2, buffered.capacity());
    assertEquals(0, buffered.size());
    buffered.send("a");
    assertEquals(1, buffered.size());
    assertEquals("Channel[1/2]", buffered.toString());
    buffered.close();
    assertEquals("Channel[1/2, closed]", buffered.toString());
  }

  @Test
  void nullIsNotSent() {
    assertThrows(NullPointerException.class, () -> buffered.send(null));
    assertThrows(NullPointerException.class, () -> buffered.trySend(null));
    assertThrows(NullPointerException.class, () -> buffered.send("a", null));
    assertThrows(NullPointerException.class, () -> buffered.receive(null));
    assertEquals(0, buffered.size());
  }

  @Test
  void aCapacityIsNotNegative() {
    var e = assertThrows(IllegalArgumentException.class, () -> Channel.buffered(-1));
    assertEquals("negative capacity: -1", e.getMessage());
  }

  @Test
  void aCapacityBeyondMemoryIsLackOfMemory() {
    assertThrows(OutOfMemoryError.class, () -> {
      List<Object> all = new ArrayList<>();
      for (int i = 0; i < 20_000; i++) all.add(Channel.buffered(Integer.MAX_VALUE));
    });
  }

  // --- Closing --------------------------------------------------------------------------------------

  @Test
  void whatIsBufferedCanBeReceivedAfterClosing() throws Exception {
    buffered.send("a");
    buffered.close();
    assertTrue(buffered.isClosed());
    assertEquals("a", buffered.receive());
    var e = assertThrows(ChannelClosedException.class, buffered::receive);
    assertEquals("the channel is closed", e.getMessage());
    assertThrows(ChannelClosedException.class, buffered::tryReceive);
    assertThrows(ChannelClosedException.class, () -> buffered.receive(Duration.ZERO));
  }

  @Test
  void nothingIsSentAfterClosing() {
    buffered.close();
    assertThrows(ChannelClosedException.class, () -> buffered.send("a"));
    assertThrows(ChannelClosedException.class, () -> buffered.trySend("a"));
    assertThrows(ChannelClosedException.class, () -> buffered.send("a", Expect.SOON));
    assertEquals(0, buffered.size());
  }

  @Test
  void closingAgainDoesNothing() {
    buffered.close();
    buffered.close();
    assertTrue(buffered.isClosed());
  }

  @Test
  void closingWakesAllWhoWait() throws Exception {
    List<Future<String>> receivers = new ArrayList<>();
    for (int i = 0; i < 10; i++) receivers.add(Goconc.call(rendezvous::receive));
    Expect.eventually(() -> OperationPool.used() == 10);
    rendezvous.close();
    for (Future<String> receiver : receivers) {
      var e = assertThrows(ExecutionException.class, receiver::get);
      assertEquals(ChannelClosedException.class, e.getCause().getClass());
    }
  }

  @Test
  void aSenderThatWaitsIsToldOfTheClose() {
    Future<Void> sender = Goconc.call(() -> {
      rendezvous.send("a");
      return null;
    });
    Expect.eventually(() -> OperationPool.used() == 1);
    rendezvous.close();
    var e = assertThrows(ExecutionException.class, sender::get);
    assertEquals(ChannelClosedException.class, e.getCause().getClass());
  }

  @Test
  void tryWithResourcesCloses() throws Exception {
    Channel<String> channel = Channel.buffered(1);
    try (channel) {
      channel.send("a");
    }
    assertTrue(channel.isClosed());
    assertEquals("a", channel.receive());
  }

  // --- Iteration ------------------------------------------------------------------------------------

  @Test
  void aLoopEndsWhenTheChannelIsClosedAndDrained() {
    Goconc.go(() -> {
      for (String value : List.of("a", "b", "c")) rendezvous.send(value);
      rendezvous.close();
    });
    List<String> all = new ArrayList<>();
    for (String value : rendezvous) all.add(value);
    assertEquals(List.of("a", "b", "c"), all);
  }

  @Test
  void aStreamIsALoop() throws Exception {
    buffered.send("a");
    buffered.send("b");
    buffered.close();
    assertEquals("ab", buffered.stream().collect(Collectors.joining()));
  }

  @Test
  void anIteratorAtItsEndHasNoNext() {
    buffered.close();
    Iterator<String> iterator = buffered.iterator();
    assertFalse(iterator.hasNext());
    assertThrows(NoSuchElementException.class, iterator::next);
  }

  @Test
  void anInterruptEndsALoopAndStays() throws Exception {
    Future<Boolean> loop = Goconc.call(() -> {
      Thread.currentThread().interrupt();
      assertThrows(CancellationException.class, () -> rendezvous.iterator().hasNext());
      return Thread.interrupted();
    });
    assertTrue(loop.get());
  }

  // --- Trying and giving up -------------------------------------------------------------------------

  @Test
  void tryingNeverWaits() throws Exception {
    assertEquals(Optional.empty(), rendezvous.tryReceive());
    assertFalse(rendezvous.trySend("a"));
    Thread receiver = Expect.blockedIn(() -> assertEquals("b", rendezvous.receive()));
    assertTrue(rendezvous.trySend("b"));
    receiver.join();
    Thread sender = Expect.blockedIn(() -> rendezvous.send("c"));
    assertEquals(Optional.of("c"), rendezvous.tryReceive());
    sender.join();
  }

  @Test
  void whatIsNotPossibleInTimeDoesNotHappen() throws Exception {
    assertEquals(Optional.empty(), rendezvous.receive(Duration.ofMillis(1)));
    assertFalse(rendezvous.send("a", Duration.ofMillis(1)));
    assertEquals(Optional.empty(), rendezvous.tryReceive());
    assertEquals(Optional.empty(), rendezvous.receive(Duration.ZERO));
    assertEquals(Optional.empty(), rendezvous.receive(Duration.ofSeconds(-1)));
    assertEquals(Optional.empty(), rendezvous.receive(Duration.ofSeconds(Long.MIN_VALUE)));
  }

  @Test
  void aValueInTimeIsReceived() throws Exception {
    Thread sender = Goconc.go(() -> rendezvous.send("a"));
    assertEquals(Optional.of("a"), rendezvous.receive(Duration.ofSeconds(Long.MAX_VALUE)));
    sender.join();
    Thread receiver = Goconc.go(() -> rendezvous.receive());
    assertTrue(rendezvous.send("a", Expect.SOON));
    receiver.join();
  }

  // --- Interrupts -----------------------------------------------------------------------------------

  @Test
  void anInterruptEndsAReceive() throws Exception {
    Channel<Boolean> stays = Channel.buffered(1);
    Thread receiver = Expect.blockedIn(() -> {
      assertThrows(InterruptedException.class, rendezvous::receive);
      stays.send(Thread.currentThread().isInterrupted());
    });
    receiver.interrupt();
    assertFalse(stays.receive());
    assertFalse(rendezvous.trySend("a"), "nobody receives any more");
  }

  @Test
  void anInterruptEndsASendAndNothingIsSent() throws Exception {
    Thread sender = Expect.blockedIn(() -> rendezvous.send("a"));
    sender.interrupt();
    sender.join();
    assertEquals(Optional.empty(), rendezvous.tryReceive());
  }

  @Test
  void anInterruptOfBeforeCountsToo() {
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> buffered.send("a"));
    assertFalse(Thread.interrupted());
    assertEquals(0, buffered.size());
  }
}
