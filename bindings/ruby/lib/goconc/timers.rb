# frozen_string_literal: true

module Goconc
  # What a {Scheduler} does at certain times, the earliest first.
  # @api private
  class Timers
    Timer = Struct.new(:time, :action)

    def self.now = Process.clock_gettime(Process::CLOCK_MONOTONIC)

    def initialize
      @timers = []
    end

    # @param seconds [Numeric] from now
    # @yield [timer] when they are over
    # @return [Timer]
    def add(seconds, &action) = insert(Timer.new(Timers.now + seconds, action))

    def insert(timer)
      @timers.insert(index_of(timer.time), timer)
      timer
    end

    # Removes it, if it is still there.
    def remove(timer)
      index = index_of(timer.time)
      index += 1 until index == @timers.size || @timers[index].equal?(timer)
      @timers.delete_at(index)
    end

    # @return [Array<Timer>] those whose time has come, removed
    def take_due
      return [] if @timers.empty?

      now = Timers.now
      @timers.shift(@timers.bsearch_index { |timer| timer.time > now } || @timers.size)
    end

    # @return [Float, nil] seconds until the next one
    def seconds_left
      [@timers.first.time - Timers.now, 0.0].max unless @timers.empty?
    end

    private

    def index_of(time)
      @timers.bsearch_index { |timer| timer.time >= time } || @timers.size
    end
  end
end
