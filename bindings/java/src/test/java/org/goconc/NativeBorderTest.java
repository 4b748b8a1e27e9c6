package org.goconc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Channels between Java and goroutines in C, in both directions. */
@ExtendWith(LeavesNothing.class)
class NativeBorderTest {
  @Test
  void javaReceivesWhatCSends() {
    for (int capacity : new int[] {0, 1, 256}) {
      LongChannel channel = LongChannel.buffered(capacity);
      NativePeer.produce(channel.handle(), 10_000);
      long next = 0;
      for (long value : channel) assertEquals(next++, value);
      assertEquals(10_000, next);
    }
  }

  @Test
  void cReceivesWhatJavaSends() throws Exception {
    LongChannel in = LongChannel.buffered(16);
    LongChannel out = LongChannel.unbuffered();
    NativePeer.sum(in.handle(), out.handle());
    for (int i = 1; i <= 10_000; i++) in.send(i);
    in.close();
    assertEquals(10_000L * 10_001 / 2, out.receive());
  }

  @Test
  void bytesGoToCAndComeBack() throws Exception {
    BytesChannel there = BytesChannel.buffered(4);
    BytesChannel back = BytesChannel.unbuffered();
    NativePeer.echo(there.handle(), back.handle());
    for (int length = 0; length < 300; length++) {
      byte[] sent = new byte[length];
      java.util.Arrays.fill(sent, (byte) length);
      there.send(sent);
      assertArrayEquals(sent, back.receive());
    }
    there.close();
    assertFalse(back.iterator().hasNext());
  }

  @Test
  void aSlowReceiverHoldsTheSenderBack() throws Exception {
    BytesChannel there = BytesChannel.buffered(2);
    BytesChannel back = BytesChannel.buffered(2);
    NativePeer.echo(there.handle(), back.handle());
    int room = 5; // two buffers of two, and one on the way
    for (int i = 0; i < room; i++) assertTrue(there.send(new byte[10], Expect.SOON));
    assertFalse(there.trySend(new byte[10]));
    for (int i = 0; i < room; i++) assertEquals(10, back.receive().length);
    there.close();
    assertThrows(ChannelClosedException.class, back::receive);
  }

  @Test
  void aCloseInJavaEndsTheSenderInC() throws Exception {
    LongChannel channel = LongChannel.unbuffered();
    long before = Native.goc_num_goroutines();
    NativePeer.produce(channel.handle(), Long.MAX_VALUE);
    assertEquals(0, channel.receive());
    channel.close();
    Expect.eventually(() -> Native.goc_num_goroutines() == before);
  }

  @Test
  void anInterruptedReceiveFromCLosesNothing() throws Exception {
    LongChannel there = LongChannel.unbuffered();
    LongChannel back = LongChannel.unbuffered();
    NativePeer.echo(there.handle(), back.handle());
    Thread receiver = Expect.blockedIn(back::receive);
    receiver.interrupt();
    receiver.join();
    there.send(42);
    assertEquals(42, back.receive());
    there.close();
  }

  @Test
  void aSelectWaitsForC() throws Exception {
    LongChannel there = LongChannel.unbuffered();
    LongChannel back = LongChannel.unbuffered();
    Channel<String> other = Channel.unbuffered();
    Future<Long> got = Goconc.call(() -> Select.<Long>begin()
        .onReceive(back, v -> v).onReceive(other, v -> -1L).timeout(Expect.SOON, () -> -2L).run());
    Expect.eventually(() -> OperationPool.used() == 1);
    NativePeer.echo(there.handle(), back.handle());
    there.send(7);
    assertEquals(7, got.get());
    there.close();
    assertFalse(other.trySend("x"), "its case is gone");
  }
}
