# frozen_string_literal: true

require_relative "helper"

class TypedChannelTest < Specification
  include Goconc

  def through(channel, value)
    channel << value
    channel.pop
  end

  def test_integers_of_64_bits
    channel = IntChannel.new(1)
    [0, -1, (2**63) - 1, -(2**63)].each { |i| assert_equal i, through(channel, i) }
    assert_raises(RangeError) { channel << 2**63 }
    assert_raises(TypeError) { channel << nil }
    assert_raises(TypeError) { channel << "1" }
    assert_equal 0, channel.size
  end

  def test_floating_point_numbers_keep_every_bit
    channel = FloatChannel.new(1)
    numbers = [0.1, -0.0, Float::MAX, Float::MIN, Float::INFINITY]
    numbers.each { |number| assert_equal number, through(channel, number) }
    assert_predicate through(channel, Float::NAN), :nan?
    assert_equal 3.0, through(channel, 3)
    assert_raises(TypeError) { channel << "0.5" }
  end

  def test_bytes_are_copied_and_binary
    channel = BytesChannel.new(1)
    original = +"\x00\xFF".b
    channel << original
    original << "more"
    received = channel.pop
    assert_equal "\x00\xFF".b, received
    assert_equal Encoding::BINARY, received.encoding
    assert_equal "", through(channel, "")
    assert_raises(TypeError) { channel << 1 }
  end

  def test_text_travels_as_utf8
    channel = BytesChannel.new(1)
    assert_equal "é", through(channel, "é".encode("ISO-8859-1")).force_encoding("UTF-8")
    assert_equal "日本", through(channel, "日本").force_encoding("UTF-8")
  end

  def test_select_takes_typed_channels
    numbers = IntChannel.new(1)
    bytes = BytesChannel.new(1)
    2.times do
      Goconc.select do |s|
        s.push(numbers, 5)
        s.push(bytes, "five")
      end
    end
    assert_equal [5, "five"], [numbers.try_pop, bytes.try_pop]
  end

  def test_a_channel_is_opened_by_its_handle
    channel = IntChannel.new(2)
    same = IntChannel.from_handle(channel.handle)
    same << 7
    assert_equal channel.handle, same.handle
    assert_equal 7, channel.pop
    same.close
    assert_predicate channel, :closed?
  end

  def test_a_handle_of_another_kind_is_refused
    bytes = BytesChannel.new
    error = assert_raises(TypeError) { IntChannel.from_handle(bytes.handle) }
    assert_equal "the channel carries bytes, not int64", error.message
    objects = Native.channel_address(Channel.new)
    error = assert_raises(TypeError) { FloatChannel.from_handle(objects) }
    assert_equal "the channel carries objects of its own language, not double", error.message
  end

  def test_a_typed_channel_has_a_type
    assert_raises(TypeError) { TypedChannel.new }
    assert_raises(TypeError) { TypedChannel.from_handle(IntChannel.new.handle) }
  end

  def test_what_is_no_handle_is_refused
    error = assert_raises(ArgumentError) { IntChannel.from_handle(0) }
    assert_equal "0 is not the handle of a channel", error.message
    assert_raises(TypeError) { IntChannel.from_handle(nil) }
  end
end
