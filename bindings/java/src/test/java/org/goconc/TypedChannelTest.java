package org.goconc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Channels of longs, doubles and bytes: values of all sizes arrive as they were sent. */
@ExtendWith(LeavesNothing.class)
class TypedChannelTest {
  private static final Duration NOW = Duration.ZERO;

  @Test
  void everyLongArrives() throws Exception {
    LongChannel channel = LongChannel.buffered(4);
    long[] values = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE};
    for (long value : values) channel.send(value);
    for (long value : values) assertEquals(value, channel.receive());
    assertEquals(OptionalLong.empty(), channel.tryReceive());
    assertTrue(channel.trySend(7));
    assertEquals(OptionalLong.of(7), channel.receive(NOW));
    assertTrue(channel.send(8, NOW));
    channel.close();
    List<Long> rest = new ArrayList<>();
    for (long value : channel) rest.add(value);
    assertEquals(List.of(8L), rest);
  }

  @Test
  void everyDoubleArrivesBitByBit() throws Exception {
    DoubleChannel channel = DoubleChannel.buffered(4);
    double[] values = {-0.0, Double.MIN_VALUE, Double.NEGATIVE_INFINITY, Double.NaN};
    for (double value : values) channel.send(value);
    for (double value : values)
      assertEquals(
          Double.doubleToRawLongBits(value), Double.doubleToRawLongBits(channel.receive()));
    assertEquals(OptionalDouble.empty(), channel.tryReceive());
    assertTrue(channel.trySend(0.5));
    assertEquals(OptionalDouble.of(0.5), channel.receive(NOW));
    assertTrue(channel.send(1.5, NOW));
    channel.close();
    double sum = 0;
    for (double value : channel) sum += value;
    assertEquals(1.5, sum);
  }

  @Test
  void bytesArriveAsACopy() throws Exception {
    BytesChannel channel = BytesChannel.buffered(1);
    byte[] sent = "größer".getBytes(StandardCharsets.UTF_8);
    channel.send(sent);
    sent[0] = 'G';
    assertEquals("größer", new String(channel.receive(), StandardCharsets.UTF_8));
    assertEquals(Optional.empty(), channel.tryReceive());
    assertTrue(channel.trySend(new byte[0]));
    assertFalse(channel.trySend(new byte[1]), "full");
    assertArrayEquals(new byte[0], channel.receive(NOW).orElseThrow());
    assertTrue(channel.send(new byte[1_000_000], NOW));
    channel.close();
    int total = 0;
    for (byte[] bytes : channel) total += bytes.length;
    assertEquals(1_000_000, total);
    assertThrows(NullPointerException.class, () -> channel.send(null));
  }

  @Test
  void aHandleOpensTheSameChannel() throws Exception {
    LongChannel channel = LongChannel.buffered(1);
    LongChannel same = LongChannel.of(channel.handle());
    channel.send(42);
    assertEquals(42, same.receive());
    same.close();
    assertTrue(channel.isClosed());
  }

  @Test
  void aHandleOfAnotherKindIsRefused() {
    BytesChannel bytes = BytesChannel.unbuffered();
    var e = assertThrows(IllegalArgumentException.class, () -> LongChannel.of(bytes.handle()));
    assertEquals("the channel carries bytes, not int64", e.getMessage());
    Channel<String> objects = Channel.unbuffered();
    e = assertThrows(IllegalArgumentException.class, () -> DoubleChannel.of(objects.handle()));
    assertEquals("the channel carries objects, not double", e.getMessage());
  }

  @Test
  void whatIsNoHandleIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> LongChannel.of(0));
    long group = Native.new_wait_group();
    assertThrows(IllegalArgumentException.class, () -> LongChannel.of(group));
    Native.goc_wg_release(group);
  }
}
