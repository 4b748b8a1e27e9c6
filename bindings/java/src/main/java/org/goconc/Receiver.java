package org.goconc;

import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The receiving side of a channel of objects. A loop over it ends when the channel is closed and
 * everything has been received.
 *
 * @param <T> what is received
 */
public sealed interface Receiver<T> extends Iterable<T> permits Channel {
  /**
   * Receives the next value; waits for one.
   *
   * @return the value
   * @throws InterruptedException if the thread is interrupted; nothing was received
   * @throws ChannelClosedException if the channel is closed and drained
   */
  T receive() throws InterruptedException;

  /**
   * Receives the next value, or gives up.
   *
   * @param timeout how long to wait; zero or less tries once
   * @return the value, or nothing when the time is over
   * @throws InterruptedException if the thread is interrupted; nothing was received
   * @throws ChannelClosedException if the channel is closed and drained
   */
  Optional<T> receive(Duration timeout) throws InterruptedException;

  /**
   * Receives a value if there is one.
   *
   * @return the value, or nothing
   * @throws ChannelClosedException if the channel is closed and drained
   */
  Optional<T> tryReceive();

  /**
   * Receives until the channel is closed and drained, as Go's {@code range}. If the thread is
   * interrupted meanwhile, it throws a {@link java.util.concurrent.CancellationException} and the
   * thread stays interrupted.
   */
  @Override
  Iterator<T> iterator();

  /**
   * The same as a stream.
   *
   * @return a sequential stream of what is received
   */
  default Stream<T> stream() {
    int ordered = Spliterator.ORDERED | Spliterator.NONNULL;
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(iterator(), ordered), false);
  }
}
