package org.goconc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What nobody can reach any more is freed, in Java and below. */
@ExtendWith(LeavesNothing.class)
class MemoryTest {
  @Test
  void bufferedObjectsDieWithTheirChannel() throws Exception {
    assertTrue(Expect.isGarbage(() -> {
      Object value = new Object();
      Channel.buffered(1).send(value);
      return new WeakReference<>(value);
    }));
  }

  @Test
  void aReceivedObjectIsNotKept() throws Exception {
    Channel<Object> channel = Channel.buffered(1);
    assertTrue(Expect.isGarbage(() -> {
      Object value = new Object();
      channel.send(value);
      channel.receive();
      return new WeakReference<>(value);
    }));
    channel.close();
  }

  @Test
  void anObjectThatWasNotSentIsNotKept() throws Exception {
    Channel<Object> full = Channel.unbuffered();
    assertTrue(Expect.isGarbage(() -> {
      Object value = new Object();
      full.trySend(value);
      Select.begin().onSend(full, value, () -> null).orElse(() -> null).run();
      return new WeakReference<>(value);
    }));
    full.close();
  }

  @Test
  void theNativeChannelIsReleasedToo() throws Exception {
    long handle = abandoned();
    Expect.eventually(() -> {
      System.gc();
      return Native.goc_chan_kind(handle) < 0;
    });
  }

  private static long abandoned() throws InterruptedException {
    BytesChannel channel = BytesChannel.buffered(1);
    channel.send(new byte[1000]);
    assertEquals(AnyChannel.KIND_BYTES, Native.goc_chan_kind(channel.handle()));
    return channel.handle();
  }

  @Test
  void aThreadThatWaitsKeepsItsChannel() throws Exception {
    Thread receiver = waiting();
    for (int i = 0; i < 3; i++) System.gc();
    assertTrue(receiver.isAlive());
    receiver.interrupt();
    receiver.join();
  }

  private static Thread waiting() {
    Channel<String> channel = Channel.unbuffered();
    return Expect.blockedIn(channel::receive);
  }
}
