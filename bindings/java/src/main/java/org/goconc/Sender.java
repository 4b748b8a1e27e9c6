package org.goconc;

import java.time.Duration;

/**
 * The sending side of a channel of objects.
 *
 * @param <T> what is sent
 */
public sealed interface Sender<T> permits Channel {
  /**
   * Sends a value; waits until a receiver has it or the buffer has room.
   *
   * @param value not null
   * @throws InterruptedException if the thread is interrupted; nothing was sent
   * @throws ChannelClosedException if the channel is closed; nothing was sent
   */
  void send(T value) throws InterruptedException;

  /**
   * Sends a value, or gives up.
   *
   * @param value not null
   * @param timeout how long to wait; zero or less tries once
   * @return whether it was sent
   * @throws InterruptedException if the thread is interrupted; nothing was sent
   * @throws ChannelClosedException if the channel is closed; nothing was sent
   */
  boolean send(T value, Duration timeout) throws InterruptedException;

  /**
   * Sends a value if that is possible at once.
   *
   * @param value not null
   * @return whether it was sent
   * @throws ChannelClosedException if the channel is closed
   */
  boolean trySend(T value);

  /** Closes the channel; see {@link Channel#close}. */
  void close();
}
