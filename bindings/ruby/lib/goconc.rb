# frozen_string_literal: true

require_relative "goconc/native_part"

# Goroutines, channels, select and WaitGroup as in Go, shared with native goroutines and with the
# other languages of the process.
#
#   results = Goconc::Channel.new
#   3.times { |i| Goconc.go { results << i * i } }
#   3.times.sum { results.pop } # => 5
#
# A goroutine is a Thread, or a non-blocking Fiber where a Fiber scheduler is set, as in {run}.
# Whatever waits does so without holding up others: a thread without the interpreter's lock, a fiber
# in its scheduler. Thread#kill, Thread#raise, Timeout and signals end a wait; nothing is lost or
# done twice by that.
#
# Everything may be called from any Thread and any Fiber of the main Ractor; in another Ractor it
# raises Ractor::UnsafeError.
module Goconc
  NativePart.load

  # Of the gem: that of the headers from which its layer was made.
  VERSION = Native::GOC_VERSION_STRING.freeze

  # Raised by sending to a closed channel, and by receiving from one that is closed and drained. It
  # ends a `loop`.
  class ClosedError < StopIteration
    def initialize(message = "the channel is closed") = super
  end

  # @api private
  # @raise [LoadError] if libgoconc has another binary interface than this gem was built for
  def self.check_abi(loaded = Native.goc_abi_version, built_for = Native.compiled_abi)
    return if loaded == built_for

    raise LoadError, "libgoconc has ABI #{loaded}, but goconc #{VERSION} was built for " \
                     "ABI #{built_for}: please rebuild the gem"
  end
  check_abi
end

require_relative "goconc/channel"
require_relative "goconc/typed_channel"
require_relative "goconc/select"
require_relative "goconc/wait_group"
require_relative "goconc/goroutine"
require_relative "goconc/scheduler"
