# frozen_string_literal: true

require_relative "helper"

class NativeGoroutineTest < Specification
  include Goconc

  def test_a_native_goroutine_feeds_ruby
    numbers = IntChannel.new(16)
    Goroutines.start_integers(numbers, 10_000)
    assert_equal 50_005_000, numbers.sum
  end

  def test_a_native_goroutine_feeds_ruby_without_a_buffer
    numbers = IntChannel.new
    Goroutines.start_integers(numbers, 1_000)
    assert_equal (1..1_000).to_a, numbers.to_a
  end

  def test_ruby_feeds_a_native_goroutine
    numbers = IntChannel.new(16)
    sum = IntChannel.new
    Goroutines.start_sum(numbers, sum)
    (1..10_000).each { |i| numbers << i }
    numbers.close
    assert_equal 50_005_000, sum.pop(timeout: SOON)
  end

  def test_bytes_come_with_back_pressure
    lines = BytesChannel.new(4)
    Goroutines.start_lines(lines, 1_000)
    assert_soon { lines.size == 4 }
    assert_equal (1..1_000).map { |i| "line #{i}" }, lines.to_a
  end

  def test_bytes_go_with_back_pressure
    lines = BytesChannel.new(4)
    bytes = IntChannel.new
    Goroutines.start_count(lines, bytes)
    1_000.times { |i| lines << ("x" * i) }
    lines.close
    assert_equal (0...1_000).sum, bytes.pop(timeout: SOON)
  end

  def test_ruby_closes_and_the_native_producer_ends
    lines = BytesChannel.new
    before = Native.goc_num_goroutines
    Goroutines.start_lines(lines, 2**40)
    assert_equal "line 1", lines.pop(timeout: SOON)
    lines.close
    lines.each { nil }
    assert_soon { Native.goc_num_goroutines <= before }
  end

  def test_a_native_goroutine_closes_and_ruby_ends
    numbers = IntChannel.new
    receiver = Goconc.go { numbers.receive(timeout: SOON) }
    Goroutines.start_integers(numbers, 0)
    assert_equal [nil, false], receiver.value
  end

  def test_a_canceled_receive_takes_nothing_from_a_native_goroutine
    numbers = IntChannel.new
    received = []
    Goroutines.start_integers(numbers, 200)
    until numbers.closed?
      one = numbers.pop(timeout: 0.00001)
      received << one if one
    end
    assert_equal (1..200).to_a, received
  rescue ClosedError
    assert_equal (1..200).to_a, received
  end

  def test_select_between_native_goroutines
    one = IntChannel.new
    other = IntChannel.new
    [one, other].each { |channel| Goroutines.start_integers(channel, 500) }
    sum = 0
    open = { one => one, other => other }
    until open.empty?
      Goconc.select do |s|
        open.each_value do |channel|
          s.receive(channel) { |value, ok| ok ? sum += value : open.delete(channel) }
        end
      end
    end
    assert_equal 2 * 125_250, sum
  end

  include InThreadsAndFibers
end
