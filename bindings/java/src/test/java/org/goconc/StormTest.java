package org.goconc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Exactly once, whatever happens at the same time: counts and sums agree at the end. */
@ExtendWith(LeavesNothing.class)
class StormTest {
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final WaitGroup senders = new WaitGroup();
  private final WaitGroup receivers = new WaitGroup();

  @Test
  void manySendersAndReceivers() throws Exception {
    for (int capacity : new int[] {0, 1, 100}) {
      LongChannel channel = LongChannel.buffered(capacity);
      for (int s = 0; s < 10; s++)
        senders.go(() -> {
          for (int i = 1; i <= 1000; i++) {
            channel.send(i);
            sent.addAndGet(i);
          }
        });
      for (int r = 0; r < 10; r++)
        receivers.go(() -> {
          for (long value : channel) received.addAndGet(value);
        });
      endOf(channel);
    }
  }

  @Test
  void interruptsAndTimeOutsLoseAndDoubleNothing() throws Exception {
    Channel<Long> channel = Channel.unbuffered();
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> threads = new ArrayList<>();
    for (int s = 0; s < 4; s++)
      threads.add(senders.go(() -> {
        for (long i = 1; i <= 3000; i++) send(channel, i);
      }));
    for (int r = 0; r < 4; r++) threads.add(receivers.go(() -> receiveAll(channel)));
    // A platform thread: a virtual one that yields in a loop starves others on a single carrier.
    Thread disturber = new Thread(() -> {
      while (!stop.get()) {
        threads.get(ThreadLocalRandom.current().nextInt(threads.size())).interrupt();
        Thread.yield();
      }
    });
    disturber.start();
    endOf(channel);
    stop.set(true);
    disturber.join();
  }

  private void send(Channel<Long> channel, long value) {
    for (; ; ) {
      try {
        if (!channel.send(value, Duration.ofNanos(ThreadLocalRandom.current().nextInt(100_000))))
          continue;
        sent.addAndGet(value);
        return;
      } catch (InterruptedException e) {
        // again
      }
    }
  }

  private void receiveAll(Channel<Long> channel) {
    for (; ; ) {
      try {
        received.addAndGet(channel.receive());
      } catch (InterruptedException e) {
        // again
      } catch (ChannelClosedException e) {
        return;
      }
    }
  }

  /** A permit of before makes the thread look just when its result comes. */
  @Test
  void anUnparkFromElsewhereDoesNotHideTheOwn() throws Exception {
    LongChannel channel = LongChannel.unbuffered();
    Thread receiver = receivers.go(() -> {
      for (long value : channel) received.addAndGet(value);
    });
    senders.go(() -> {
      for (int i = 0; i < 300_000; i++) {
        LockSupport.unpark(receiver);
        channel.send(i);
        sent.addAndGet(i);
      }
    });
    endOf(channel);
  }

  @Test
  void selectsInBothDirections() throws Exception {
    LongChannel a = LongChannel.unbuffered();
    LongChannel b = LongChannel.buffered(3);
    for (int s = 0; s < 6; s++)
      senders.go(() -> {
        for (int i = 1; i <= 1000; i++) {
          Select.begin().onSend(a, i, () -> null).onSend(b, i, () -> null).run();
          sent.addAndGet(i);
        }
      });
    for (int r = 0; r < 6; r++)
      receivers.go(() -> {
        Select<Boolean> either = Select.<Boolean>begin()
            .onReceive(a, v -> received.addAndGet(v) > 0).whenClosed(() -> false)
            .onReceive(b, v -> received.addAndGet(v) > 0).whenClosed(() -> false);
        while (either.run()) {}
        for (long value : a) received.addAndGet(value);
        for (long value : b) received.addAndGet(value);
      });
    assertTrue(senders.await(Expect.SOON));
    a.close();
    endOf(b);
  }

  @Test
  void manyGoroutinesWaitAtOnce() throws Exception {
    int many = Runtime.version().feature() >= 21 ? 100_000 : 2_000;
    LongChannel channel = LongChannel.unbuffered();
    for (int i = 0; i < many; i++) receivers.go(() -> received.addAndGet(channel.receive()));
    Expect.eventually(() -> OperationPool.used() == many);
    for (int i = 0; i < many; i++) {
      channel.send(1);
      sent.addAndGet(1);
    }
    endOf(channel);
  }

  @Test
  void manyWaitAtOnceForAClose() throws Exception {
    LongChannel channel = LongChannel.unbuffered();
    for (int i = 0; i < 1000; i++) receivers.go(() -> assertEquals(OptionalLong.empty(), first(channel)));
    Expect.eventually(() -> OperationPool.used() == 1000);
    endOf(channel);
  }

  @Test
  void noCarrierIsPinned() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads");
    manySendersAndReceivers(); // loading a class pins for a moment, whoever's it is
    Path file = Files.createTempFile("goconc", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO);
      recording.enable("jdk.VirtualThreadStart");
      recording.start();
      manySendersAndReceivers();
      recording.stop();
      recording.dump(file);
      List<RecordedEvent> events = RecordingFile.readAllEvents(file);
      assertTrue(events.stream().anyMatch(e -> isA(e, "jdk.VirtualThreadStart")), "it recorded");
      assertEquals(
          List.of(),
          events.stream().filter(e -> isA(e, "jdk.VirtualThreadPinned") && isOurs(e)).toList());
    } finally {
      Files.delete(file);
    }
  }

  private static boolean isA(RecordedEvent event, String type) {
    return event.getEventType().getName().equals(type);
  }

  /** Recording pins now and then itself. */
  private static boolean isOurs(RecordedEvent event) {
    return event.getStackTrace().getFrames().stream()
        .anyMatch(frame -> frame.getMethod().getType().getName().startsWith("org.goconc."));
  }

  private static OptionalLong first(LongChannel channel) {
    var values = channel.iterator();
    return values.hasNext() ? OptionalLong.of(values.nextLong()) : OptionalLong.empty();
  }

  private void endOf(AnyChannel channel) throws InterruptedException {
    assertTrue(senders.await(Expect.SOON));
    channel.close();
    assertTrue(receivers.await(Expect.SOON));
    assertEquals(sent.get(), received.get());
  }
}
