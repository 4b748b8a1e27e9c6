# frozen_string_literal: true

module Goconc
  # A queue of Ruby objects between goroutines, threads and fibers: first in, first out. With
  # capacity 0 a push ends when a receiver has the value. Every value is legal, also nil.
  #
  # Timeouts are in seconds, as for Queue#pop: nil waits as long as it takes, 0 not at all, and a
  # call whose time is over returns nil.
  #
  # Values that are buffered live as long as the channel.
  #
  # The methods without a body here are in ext/goconc/channel.h.
  class Channel
    include Enumerable

    # @api private
    KIND = 0
    private_constant :KIND

    # @param capacity [Integer] how many values are buffered
    # @raise [ArgumentError] if it is negative
    def initialize(capacity = 0)
      capacity = Integer(capacity)
      raise ArgumentError, "negative capacity: #{capacity}" if capacity.negative?

      Native.create_channel(self, self.class.kind, capacity)
    end

    # @api private What its elements are to other languages.
    def self.kind = const_get(:KIND)

    # @!method push(value, timeout: nil)
    #   Sends a value; waits for a receiver or for room in the buffer.
    #   @param timeout [Numeric, nil] seconds
    #   @return [self, nil] nil: the time is over, and nothing was sent
    #   @raise [ClosedError] if the channel is closed, also while it waits; nothing was sent

    # @!method <<(value)
    #   {push} without a timeout.
    #   @return [self]
    #   @raise [ClosedError]

    # @!method try_push(value)
    #   Sends a value if that needs no waiting.
    #   @return [Boolean] whether it was sent
    #   @raise [ClosedError]

    # @!method pop(timeout: nil)
    #   Receives a value; waits until there is one.
    #   @param timeout [Numeric, nil] seconds
    #   @return [Object, nil] the value; nil if the time is over
    #   @raise [ClosedError] if the channel is closed and drained

    # @!method try_pop
    #   Receives a value if there is one. {receive} with a timeout of 0 tells a nil from no value.
    #   @return [Object, nil]
    #   @raise [ClosedError]

    # @!method receive(timeout: nil)
    #   Receives a value, and says whether there was one.
    #   @param timeout [Numeric, nil] seconds
    #   @return [Array(Object, true), Array(nil, false), nil] the value and true; nil and false if
    #     the channel is closed and drained; nil if the time is over

    # Receives every value until the channel is closed and drained.
    # @yieldparam value [Object]
    # @return [self, Enumerator]
    def each
      return to_enum unless block_given?

      while true
        value, ok = receive
        return self unless ok

        yield value
      end
    end

    # Closes the channel: nothing can be sent any more, what is buffered can still be received.
    # Whoever waits goes on. Closing it again does nothing, as for Queue#close.
    # @return [self]
    def close
      Native.goc_chan_close(self)
      Native.resume_completed
      self
    end

    def closed? = Native.goc_chan_is_closed(self) == 1

    # @return [Integer] how many values are buffered now
    def size = Native.channel_length(self)
    alias length size

    # @return [Integer] how many values it can buffer
    def capacity = Native.channel_capacity(self)

    # @return [String] with size, capacity and whether it is closed
    def inspect
      "#<#{self.class} #{size}/#{capacity}#{' closed' if closed?}>"
    end
  end
end
