# frozen_string_literal: true

require_relative "helper"

class ChannelTest < Specification
  Channel = Goconc::Channel

  def test_a_value_is_received_as_the_same_object
    channel = Channel.new
    value = Object.new
    sender = Goconc.go { channel << value }
    assert_same value, channel.pop(timeout: SOON)
    sender.join(SOON)
  end

  def test_values_are_first_in_first_out
    channel = Channel.new(3)
    Goconc.go { 100.times { |i| channel << i }.then { channel.close } }
    assert_equal (0...100).to_a, channel.to_a
  end

  def test_a_buffer_takes_its_capacity_without_a_receiver
    channel = Channel.new(2)
    assert_equal [2, 0], [channel.capacity, channel.size]
    assert channel.try_push(:a)
    assert channel.try_push(:b)
    refute channel.try_push(:c)
    assert_equal 2, channel.length
    assert_equal %i[a b], [channel.pop, channel.pop]
  end

  def test_without_a_buffer_a_push_needs_a_receiver
    channel = Channel.new
    refute channel.try_push(1)
    receiver = Goconc.go { channel.pop(timeout: SOON) }
    assert_same channel, channel.push(2, timeout: SOON)
    assert_equal 2, receiver.value
    assert_equal [0, 0], [channel.capacity, channel.size]
  end

  def test_nil_and_false_are_values
    channel = Channel.new(2)
    channel << nil << false
    assert_equal [nil, true], channel.receive
    assert_equal [false, true], channel.receive
  end

  def test_what_is_buffered_can_be_received_after_close
    channel = Channel.new(2)
    channel << 1 << 2
    refute_predicate channel, :closed?
    assert_same channel, channel.close
    assert_predicate channel, :closed?
    assert_equal [1, true], channel.receive
    assert_equal 2, channel.pop
    assert_equal [nil, false], channel.receive
    assert_raises(Goconc::ClosedError) { channel.pop }
    assert_raises(Goconc::ClosedError) { channel.try_pop }
  end

  def test_closing_twice_does_nothing
    channel = Channel.new.close
    assert_same channel, channel.close
  end

  def test_sending_to_a_closed_channel_raises
    channel = Channel.new(1).close
    error = assert_raises(Goconc::ClosedError) { channel << 1 }
    assert_equal "the channel is closed", error.message
    assert_raises(Goconc::ClosedError) { channel.try_push(1) }
    assert_equal 0, channel.size
  end

  def test_close_ends_all_who_wait
    channel = Channel.new
    receivers = Array.new(5) { Goconc.go { channel.receive(timeout: SOON) } }
    assert_soon { give_way && pending_operations == 5 }
    channel.close
    assert_equal [[nil, false]] * 5, receivers.map(&:value)
  end

  def test_close_ends_a_waiting_sender_whose_value_is_not_sent
    channel = Channel.new
    sender = Goconc.go do
      channel << 1
    rescue Goconc::ClosedError
      :closed
    end
    assert_soon { give_way && pending_operations == 1 }
    channel.close
    assert_equal :closed, sender.value
  end

  def test_a_loop_ends_at_close
    channel = Channel.new(2)
    channel << 1 << 2
    channel.close
    values = []
    loop { values << channel.pop }
    assert_equal [1, 2], values
  end

  def test_each_ends_at_close_and_is_enumerable
    channel = Channel.new(4)
    Goconc.go { (1..10).each { |i| channel << i }.then { channel.close } }
    assert_equal [1, 2, 3], channel.first(3)
    assert_equal [16, 25], channel.lazy.map { |i| i**2 }.first(2)
    assert_equal (6..10).sum, channel.sum
    assert_same channel, channel.each { flunk }
  end

  def test_a_receive_ends_at_its_timeout
    channel = Channel.new
    assert_nil channel.pop(timeout: 0.001)
    assert_nil channel.receive(timeout: 0.001)
    assert_nil channel.receive(timeout: 0)
    assert_nil channel.try_pop
  end

  def test_a_push_ends_at_its_timeout_and_nothing_is_sent
    channel = Channel.new(1)
    channel << 1
    assert_nil channel.push(2, timeout: 0.001)
    assert_equal 1, channel.pop
    assert_nil channel.try_pop
  end

  def test_a_timeout_that_is_not_reached_changes_nothing
    channel = Channel.new
    sender = Goconc.go { channel.push(1, timeout: SOON) }
    assert_equal 1, channel.pop(timeout: Float::INFINITY)
    assert_same channel, sender.value
  end

  def test_many_goroutines_share_a_channel
    channel = Channel.new(7)
    results = Channel.new(20)
    10.times { |i| Goconc.go { 100.times { |j| channel << (i * 100) + j } } }
    10.times { Goconc.go { results << Array.new(100) { channel.pop(timeout: SOON) } } }
    assert_equal (0...1000).to_a, Array.new(10) { results.pop(timeout: SOON) }.flatten.sort
  end

  # Lets the fibers run if there are some.
  def give_way = sleep(0)

  include InThreadsAndFibers
end

class ChannelMisuseTest < Specification
  def test_a_negative_capacity_is_refused
    error = assert_raises(ArgumentError) { Goconc::Channel.new(-1) }
    assert_equal "negative capacity: -1", error.message
    assert_raises(TypeError) { Goconc::Channel.new(nil) }
  end

  def test_a_capacity_that_no_memory_holds_is_refused
    assert_raises(NoMemoryError) { Goconc::Channel.new(2**62) }
    assert_raises(TypeError) { Goconc::Channel.new(2**64) }
  end

  def test_a_negative_timeout_is_refused
    channel = Goconc::Channel.new(1)
    assert_raises(ArgumentError) { channel.pop(timeout: -1) }
    assert_raises(ArgumentError) { channel.push(1, timeout: Float::NAN) }
    assert_raises(TypeError) { channel.pop(timeout: "1") }
    assert_equal 0, channel.size
  end

  def test_native_functions_take_only_their_handles
    assert_raises(TypeError) { Goconc::Native.channel_length(nil) }
    assert_raises(TypeError) { Goconc::Native.goc_chan_close(Goconc::Native.new_wait_group) }
    assert_raises(TypeError) { Goconc::Native.goc_wg_done(Object.new) }
  end

  def test_only_the_values_and_a_timeout_are_passed
    channel = Goconc::Channel.new(1)
    assert_raises(ArgumentError) { channel.push }
    assert_raises(ArgumentError) { channel.push(timeout: 1) }
    assert_raises(ArgumentError) { channel.push(1, 2) }
    assert_raises(ArgumentError) { channel.push(1, time: 2) }
    assert_raises(ArgumentError) { channel.pop(1) }
    assert_same channel, channel.push({ timeout: 1 }, **{})
    assert_equal({ timeout: 1 }, channel.pop(timeout: nil))
  end

  def test_a_channel_is_made_once
    assert_raises(TypeError) { Goconc::Channel.allocate.try_pop }
    assert_raises(TypeError) { Goconc::Channel.new.send(:initialize) }
    assert_raises(NoMethodError) { Goconc::Channel.new.dup }
  end

  def test_a_channel_cannot_be_marshalled
    assert_raises(TypeError) { Marshal.dump(Goconc::Channel.new) }
  end

  def test_no_method_hides_the_one_of_every_object
    classes = [Goconc::Channel, Goconc::Select, Goconc::WaitGroup, Goconc::Goroutine]
    classes.each { |type| assert_same Kernel, type.instance_method(:send).owner }
  end

  def test_inspect_tells_what_is_in_it
    channel = Goconc::Channel.new(2)
    channel << 1
    assert_equal "#<Goconc::Channel 1/2>", channel.inspect
    assert_equal "#<Goconc::Channel 1/2 closed>", channel.close.inspect
  end

  def test_a_library_of_another_abi_is_refused
    error = assert_raises(LoadError) { Goconc.check_abi(7, 1) }
    assert_match(/ABI 7.*ABI 1/, error.message)
    assert_nil Goconc.check_abi
  end
end
