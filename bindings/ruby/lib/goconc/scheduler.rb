# frozen_string_literal: true

require_relative "io_waits"
require_relative "timers"

module Goconc
  # Runs the block, and every goroutine that is started in it, as non-blocking fibers of the calling
  # thread, under a {Scheduler}. It ends when all of them have ended. Under a scheduler it only
  # calls the block.
  #
  # If the block raises an exception, or a signal does, the goroutines that are left are ended by
  # {Stopped}.
  # @return [Object] what the block returned
  def self.run
    return yield if Fiber.current_scheduler

    result = nil
    scheduler = Scheduler.new
    Fiber.set_scheduler(scheduler)
    Fiber.schedule { result = yield }
    begin
      scheduler.close # runs them all
    ensure
      Fiber.set_scheduler(nil)
    end
    result
  end

  # Raised in the goroutines of a {Goconc.run} that ends before them. Not a StandardError.
  class Stopped < Exception # rubocop:disable Lint/InheritException
    def initialize(message = "the scheduler has ended") = super
  end

  # A small Fiber scheduler: fibers take turns in the order in which they became ready. Any other
  # may be used instead; this one needs nothing but Ruby.
  #
  # A fiber is made ready by a timer, a file, or unblock, which may come from any thread and from a
  # signal handler. Being in @ready twice is being in it once. A fiber may be resumed too early,
  # after which it looks again.
  class Scheduler
    def initialize
      @loop = Fiber.current
      @fibers = {}.compare_by_identity # all that have not ended
      @ready = {}.compare_by_identity
      @timers = Timers.new
      @files = IOWaits.new
      @asleep = false
      @closed = false
      @steps = 0 # how often a fiber may still hand the turn on before the loop has it
    end

    # Runs until all fibers have ended. Called by Fiber.set_scheduler(nil), or when the thread ends.
    def close
      return if @closed

      begin
        turn until @fibers.empty?
      ensure
        @closed = true
        stop
      end
    end

    # Makes a non-blocking fiber; it starts when it is its turn.
    def fiber(&block)
      fiber = Fiber.new(blocking: false) do
        block.call
      ensure
        @fibers.delete(fiber)
        @ready.delete(fiber)
      end
      @fibers[fiber] = @ready[fiber] = true
      fiber
    end

    # Suspends the fiber until {unblock}.
    # @return [Boolean] false: the time is over
    def block(_blocker, timeout = nil) = suspend(timeout)

    # Ends a {#block}. From any thread.
    def unblock(_blocker, fiber)
      @ready[fiber] = true if fiber.alive?
      @files.wake if @asleep
    end

    # Kernel#sleep; without a duration until {#unblock}.
    def kernel_sleep(duration = nil)
      return suspend(nil) unless duration

      finish = Timers.now + duration
      suspend(duration) # also for 0: the others take their turn
      while (left = finish - Timers.now).positive?
        suspend(left)
      end
    end

    # @return [Integer, false] the events that are there; false: the time is over
    def io_wait(io, events, timeout = nil)
      wait = @files.add(Fiber.current, io, events)
      finish = timeout && (Timers.now + timeout)
      while wait.ready.zero?
        left = finish && (finish - Timers.now)
        return false if left && !left.positive?

        suspend(left)
      end
      wait.ready
    ensure
      @files.remove(wait)
    end

    # Process.wait, in a thread of its own.
    # @return [Process::Status]
    def process_wait(pid, flags)
      Thread.new { Process::Status.wait(pid, flags) }.value
    end

    # Raises the exception in the fiber if the block takes longer. A fiber whose wait is over
    # already has its result first: then the exception comes when it waits again.
    def timeout_after(duration, exception, message, &block)
      fiber = Fiber.current
      timer = @timers.add(duration) do |late|
        @ready.key?(fiber) ? @timers.insert(late) : fiber.raise(exception, message)
      end
      block.call(duration)
    ensure
      @timers.remove(timer) if timer
    end

    private

    # @return [Boolean] false: the time is over
    def suspend(timeout)
      fiber = Fiber.current
      in_time = true
      timer = timeout && @timers.add(timeout) do
        in_time = @ready.key?(fiber)
        @ready[fiber] = true
      end
      switch
      in_time
    ensure
      @timers.remove(timer) if timer
      @ready.delete(fiber) # whatever has resumed it
    end

    # Gives the turn to a fiber that is ready: a step through the loop less. Now and then, and when
    # there is none, to the loop, so that timers and files come to their right.
    def switch
      ready, = @ready.shift if (@steps -= 1).positive?
      (ready || @loop).transfer
    end

    def turn
      @steps = 64
      @ready.size.times { @ready.empty? || @ready.shift.first.transfer }
      @timers.take_due.each { |timer| timer.action.call(timer) }
      wait_for_files
    end

    # Whoever makes a fiber ready after @asleep is set wakes the select.
    def wait_for_files
      @asleep = true
      return if @files.empty? && !@ready.empty?
      return if @fibers.empty?

      @files.select(@ready.empty? ? @timers.seconds_left : 0).each { |fiber| @ready[fiber] = true }
    ensure
      @asleep = false
    end

    # Ends the fibers that are left. One that waits again is forgotten.
    def stop
      @fibers.keys.each do |fiber|
        fiber.raise(Stopped)
      rescue Exception # rubocop:disable Lint/RescueException
        nil # what ends the scheduler has been raised already
      end
    end
  end
end
