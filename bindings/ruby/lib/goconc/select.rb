# frozen_string_literal: true

module Goconc
  # Carries out exactly one of several sends and receives: one that is ready, chosen at random, else
  # the first that becomes ready.
  #
  #   Goconc.select do |s|
  #     s.receive(numbers) { |number, ok| ok ? puts(number) : puts("closed") }
  #     s.push(results, 42) { puts "sent" }
  #     s.timeout(0.5) { puts "nothing for half a second" }
  #   end
  #
  # @yieldparam select [Select] to say the cases; nothing happens before the block ends
  # @return [Object] what the block of the case returned; nil if it has none
  # @raise [ClosedError] if it fired a push to a closed channel
  def self.select
    cases = Select.new
    yield cases
    cases.run
  end

  # The cases of a {Goconc.select}. A nil instead of a channel is a case that never fires.
  class Select
    def initialize
      @cases = []
      @handlers = []
      @timeout = nil
      @late = nil
    end

    # Receives from a channel.
    # @yieldparam value [Object, nil]
    # @yieldparam ok [Boolean] false if the channel is closed and drained
    def receive(channel, &handler) = add([channel, false, nil], handler)

    # Sends a value.
    def push(channel, value, &handler) = add([channel, true, value], handler)

    # What to do if no case fires in this time; the shortest counts.
    # @param seconds [Numeric]
    def timeout(seconds, &handler)
      return self if @timeout && @timeout <= seconds

      @timeout = seconds
      @late = handler
      self
    end

    # What to do if no case can fire at once.
    def default(&handler) = timeout(0, &handler)

    # @api private
    def run
      index, value, open = Native.select_one(@cases, @timeout)
      return @late&.call unless index

      handler = @handlers[index]
      _, sends, = @cases[index]
      return handler&.call(value, open) unless sends

      raise ClosedError unless open

      handler&.call
    end

    private

    def add(one, handler)
      @cases << one
      @handlers << handler
      self
    end
  end
end
