package org.goconc;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** An array of {@code goc_case} of goconc/select.h, followed by a word to send for each. */
final class CaseMemory {
  static final int SEND = 1;
  static final int RECEIVE = 2;

  /** sizeof(goc_case), and the offsets of its fields. */
  private static final int SIZE = 24;
  private static final int CHANNEL = 0;
  private static final int DIRECTION = 8;
  private static final int ELEMENT = 16;

  private final int capacity;
  private final ByteBuffer memory;
  /** Where the array lies, for native code. */
  final long address;

  CaseMemory(int capacity) {
    this.capacity = capacity;
    memory = ByteBuffer.allocateDirect(capacity * (SIZE + Long.BYTES)).order(ByteOrder.nativeOrder());
    address = Native.address_of(memory);
  }

  int capacity() {
    return capacity;
  }

  /** The received word goes to the operation's value. */
  void receive(int index, long channel) {
    put(index, channel, RECEIVE, 0);
  }

  void send(int index, long channel, long word) {
    int element = capacity * SIZE + index * Long.BYTES;
    memory.putLong(element, word);
    put(index, channel, SEND, address + element);
  }

  private void put(int index, long channel, int direction, long element) {
    int at = index * SIZE;
    memory.putLong(at + CHANNEL, channel);
    memory.putInt(at + DIRECTION, direction);
    memory.putLong(at + ELEMENT, element);
  }
}
