# frozen_string_literal: true

module Goconc
  # Which fibers of a {Scheduler} wait for which files, and how the loop sleeps until one of them is
  # ready, or until another thread wakes it.
  # @api private
  class IOWaits
    Wait = Struct.new(:fiber, :io, :events, :ready)

    def initialize
      @waits = {}.compare_by_identity
      open_pipe
    end

    def add(fiber, io, events) = Wait.new(fiber, io, events, 0).tap { |wait| @waits[wait] = true }
    def remove(wait) = @waits.delete(wait)
    def empty? = @waits.empty?

    # Ends {select}, now or the next time. From any thread, and from signal handlers.
    def wake = @writer.write_nonblock(".", exception: false)

    # Sleeps until a file is ready.
    # @param timeout [Numeric, nil] seconds
    # @return [Array<Fiber>] those whose files are
    def select(timeout)
      open_pipe unless @process == Process.pid # a fork shares the pipe with its parent
      waits = @waits.keys
      ready = IO.select([@reader, *ios(waits, IO::READABLE)], ios(waits, IO::WRITABLE),
                        ios(waits, IO::PRIORITY), timeout)
      return [] unless ready

      @reader.read_nonblock(4096, exception: false) if ready.first.first.equal?(@reader)
      waits.select { |wait| note(wait, ready) }.map(&:fiber)
    rescue IOError, Errno::EBADF # somebody has closed one: let its fiber find out
      waits.select { |wait| wait.io.closed? }.each { |wait| wait.ready = wait.events }.map(&:fiber)
    end

    private

    def open_pipe
      @process = Process.pid
      @reader, @writer = IO.pipe
    end

    def ios(waits, event)
      waits.filter_map { |wait| wait.io if wait.events.anybits?(event) }
    end

    def note(wait, ready)
      events = [IO::READABLE, IO::WRITABLE, IO::PRIORITY].zip(ready)
      wait.ready = events.sum { |event, ios| ios.include?(wait.io) ? event : 0 } & wait.events
      wait.ready.positive?
    end
  end
end
