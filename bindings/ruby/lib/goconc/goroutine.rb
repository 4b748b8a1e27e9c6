# frozen_string_literal: true

module Goconc
  # Starts a goroutine: in a non-blocking Fiber if the caller runs under a Fiber scheduler, else in
  # a Thread. Arguments are passed to the block, as by Thread.new.
  # @return [Goroutine]
  def self.go(*arguments, &block) = Goroutine.new(*arguments, &block)

  # A block that runs at the same time as its starter.
  #
  # An exception that leaves the block is reported as Thread.report_on_exception says, and raised by
  # {#join} and {#value}.
  class Goroutine
    # @see Goconc.go
    def initialize(*arguments, &body)
      raise ArgumentError, "a goroutine needs a block" unless body

      @finished = WaitGroup.new.add
      @alive = true
      if Fiber.current_scheduler
        Fiber.schedule { run_in_fiber(body, arguments) }
      else
        Thread.new { run(body, arguments) }
      end
    end

    # Waits until the block has ended.
    # @param limit [Numeric, nil] seconds
    # @return [self, nil] nil: the time is over
    # @raise what has left the block
    def join(limit = nil)
      return unless @finished.wait(timeout: limit)

      raise @error if @error

      self
    end

    # Waits until the block has ended.
    # @return [Object, nil] what it returned; nil if its thread was killed
    # @raise what has left the block
    def value
      join
      @value
    end

    # Whether the block has not ended yet.
    def alive? = @alive

    private

    def run(body, arguments)
      @value = body.call(*arguments)
    rescue Exception => e # rubocop:disable Lint/RescueException
      @error = e
      raise # a Thread reports it, unless it is told not to
    ensure
      @alive = false
      @finished.done
    end

    # A scheduler would end with the exception of a fiber.
    def run_in_fiber(body, arguments)
      run(body, arguments)
    rescue StandardError, ScriptError => e
      return unless Thread.current.report_on_exception

      warn "#{Fiber.current.inspect} terminated with exception (report_on_exception is true):\n" \
           "#{e.full_message(highlight: false)}"
    rescue Stopped
      nil
    end
  end
end
