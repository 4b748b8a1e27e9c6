# frozen_string_literal: true

module Goconc
  # Waits until a number of things is done.
  #
  #   group = Goconc::WaitGroup.new
  #   urls.each { |url| group.go { fetch(url) } }
  #   group.wait
  class WaitGroup
    def initialize
      @native = Native.new_wait_group
    end

    # Adds to the counter; at zero all who wait go on. Call it before starting what is waited for.
    # @param number [Integer] may be negative
    # @return [self]
    # @raise [ThreadError] if the counter would fall below zero; it is unchanged then
    # @raise [RangeError] if it would exceed 2**31 - 1; it is unchanged then
    def add(number = 1)
      check(Native.goc_wg_add(@native, number))
    end

    # Takes one from the counter.
    # @return [self]
    # @raise [ThreadError] if it is zero already
    def done
      check(Native.goc_wg_done(@native))
    end

    # Waits until the counter is zero.
    # @param timeout [Numeric, nil] seconds
    # @return [self, nil] nil: the time is over
    def wait(timeout: nil)
      self if Native.wait_for_zero(@native, timeout)
    end

    # Starts a goroutine that counts until its block has ended, in whatever way.
    # @return [Goroutine]
    def go(*arguments, &block)
      raise ArgumentError, "a goroutine needs a block" unless block

      add
      begin
        goroutine = Goconc.go { counted(arguments, block) }
      ensure
        done unless goroutine
      end
    end

    # @return [Integer] the counter now
    def count = Native.goc_wg_count(@native)

    # @return [String] with the counter
    def inspect = "#<#{self.class} #{count}>"

    private

    def counted(arguments, block)
      block.call(*arguments)
    ensure
      done
    end

    def check(result)
      Native.resume_completed
      return self if result.zero?

      text = Native.goc_strerror(result)
      raise RangeError, text if Native.goc_error_name(result) == "GOC_EOVERFLOW"

      raise ThreadError, text
    end
  end
end
