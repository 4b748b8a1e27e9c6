package org.goconc;

/**
 * The channel is closed: nothing can be sent any more, or everything that was sent has been received.
 */
public class ChannelClosedException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** Makes the exception with goconc's usual message. */
  public ChannelClosedException() {
    super("the channel is closed");
  }
}
