# frozen_string_literal: true

require_relative "helper"

class SelectTest < Specification
  Channel = Goconc::Channel

  def test_it_carries_out_the_case_that_is_ready
    empty = Channel.new
    full = Channel.new(1)
    full << :value
    result = Goconc.select do |s|
      s.receive(empty) { flunk }
      s.receive(full) { |value, ok| [value, ok] }
    end
    assert_equal [:value, true], result
  end

  def test_it_waits_for_the_first
    channels = Array.new(3) { Channel.new }
    Goconc.go { channels[1].push(:here, timeout: SOON) }
    result = Goconc.select do |s|
      channels.each_with_index { |channel, i| s.receive(channel) { |value| [i, value] } }
    end
    assert_equal [1, :here], result
    assert_equal [0, 0, 0], channels.map(&:size)
  end

  def test_it_sends_or_receives
    numbers = Channel.new
    quit = Channel.new
    squares = Goconc.go { Array.new(5) { numbers.pop(timeout: SOON) }.tap { quit << nil } }
    i = 0
    running = true
    while running
      Goconc.select do |s|
        s.push(numbers, i * i) { i += 1 }
        s.receive(quit) { running = false }
      end
    end
    assert_equal [0, 1, 4, 9, 16], squares.value
  end

  def test_a_push_that_did_not_happen_keeps_nothing
    full = Channel.new(1)
    full << 1
    100.times do
      Goconc.select do |s|
        s.push(full, Object.new) { flunk }
        s.default { nil }
      end
    end
    assert_equal 1, full.pop
    assert_operator ObjectSpace.memsize_of(full), :<, 200
  end

  def test_default_is_for_no_ready_case
    channel = Channel.new(1)
    choose = lambda do
      Goconc.select do |s|
        s.receive(channel) { |value| value }
        s.default { :nothing }
      end
    end
    assert_equal :nothing, choose.call
    channel << 1
    assert_equal 1, choose.call
  end

  def test_a_timeout_ends_it
    result = Goconc.select do |s|
      s.receive(Channel.new) { flunk }
      s.timeout(SOON) { flunk }
      s.timeout(0.001) { :late }
    end
    assert_equal :late, result
  end

  def test_a_closed_channel_is_ready_to_receive
    result = Goconc.select { |s| s.receive(Channel.new.close) { |value, ok| [value, ok] } }
    assert_equal [nil, false], result
  end

  def test_pushing_to_a_closed_channel_raises
    closed = Channel.new(1).close
    assert_raises(Goconc::ClosedError) { Goconc.select { |s| s.push(closed, 1) { flunk } } }
  end

  def test_a_nil_channel_never_fires
    result = Goconc.select do |s|
      s.receive(nil) { flunk }
      s.push(nil, 1) { flunk }
      s.default { :nothing }
    end
    assert_equal :nothing, result
  end

  def test_blocks_may_be_left_out
    channel = Channel.new(1)
    assert_nil Goconc.select { |s| s.push(channel, nil) }
    assert_nil Goconc.select { |s| s.receive(channel) }
    assert_nil Goconc.select(&:default)
    assert_nil Goconc.select { |s| s.timeout(0.001) }
  end

  def test_ready_cases_are_chosen_fairly
    channels = Array.new(4) { Channel.new(400).tap { |c| 400.times { c << nil } } }
    counts = Hash.new(0)
    400.times do
      Goconc.select { |s| channels.each { |c| s.receive(c) { counts[c] += 1 } } }
    end
    assert_equal 4, counts.size
    assert_operator counts.values.min, :>, 40
  end

  def test_more_cases_than_fit_on_a_stack
    channels = Array.new(2_000) { Channel.new }
    Goconc.go { channels.last.push(:last, timeout: SOON) }
    result = Goconc.select { |s| channels.each { |c| s.receive(c) { |value| value } } }
    assert_equal :last, result
  end

  def test_several_goroutines_select_among_the_same_channels
    channels = Array.new(3) { Channel.new }
    sums = Channel.new(4)
    4.times do
      Goconc.go do
        sum = 0
        open = true
        while open
          Goconc.select do |s|
            channels.each { |c| s.receive(c) { |value, ok| ok ? sum += value : open = false } }
          end
        end
        sums << sum
      end
    end
    senders = channels.map { |c| Goconc.go { 1.upto(300) { |i| c.push(i, timeout: SOON) } } }
    senders.each { |s| s.join(SOON) }
    channels.each(&:close)
    assert_equal 3 * 45_150, Array.new(4) { sums.pop(timeout: SOON) }.sum
  end

  include InThreadsAndFibers
end

class SelectMisuseTest < Specification
  def test_a_wrong_value_or_channel_changes_nothing
    numbers = Goconc::IntChannel.new(1)
    objects = Goconc::Channel.new(1)
    assert_raises(TypeError) do
      Goconc.select do |s|
        s.push(objects, 1)
        s.push(numbers, "not a number")
      end
    end
    assert_raises(TypeError) { Goconc.select { |s| s.receive(Object.new) } }
    assert_equal [0, 0], [numbers.size, objects.size]
  end

  def test_an_exception_in_a_block_leaves_select
    channel = Goconc::Channel.new(1)
    channel << 1
    assert_raises(KeyError) { Goconc.select { |s| s.receive(channel) { raise KeyError } } }
  end
end
