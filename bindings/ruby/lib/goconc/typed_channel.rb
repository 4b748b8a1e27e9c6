# frozen_string_literal: true

module Goconc
  # A channel whose values every language of the process can read.
  #
  # Its handle is the address of the native goc_chan: native code, or another language's wrapper,
  # opens the same channel by it, and takes a reference of its own.
  # @abstract
  class TypedChannel < Channel
    KIND = nil
    private_constant :KIND

    # Opens a channel of native code or of another language. It lives at least as long as what is
    # returned.
    # @param handle [Integer] the address of a goc_chan that lives during the call
    # @raise [TypeError] if its values are of another kind
    # @raise [ArgumentError] if it is not the address of a channel
    def self.from_handle(handle)
      allocate.tap { |channel| Native.open_channel(channel, handle, kind) }
    end

    # @return [Integer] the address of the native channel; valid as long as this object
    def handle = Native.channel_address(self)
  end

  # Carries integers of 64 bits; RangeError and TypeError for anything else.
  class IntChannel < TypedChannel
    KIND = 1
    private_constant :KIND
  end

  # Carries floating-point numbers of 64 bits.
  class FloatChannel < TypedChannel
    KIND = 2
    private_constant :KIND
  end

  # Carries strings of bytes, copied. Text travels as UTF-8: a string in another encoding is
  # converted, unless it is binary. What is received is binary; force_encoding makes it text.
  class BytesChannel < TypedChannel
    KIND = 3
    private_constant :KIND
  end
end
