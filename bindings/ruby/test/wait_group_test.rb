# frozen_string_literal: true

require_relative "helper"

class WaitGroupTest < Specification
  WaitGroup = Goconc::WaitGroup

  def test_waiting_for_nothing_ends_at_once
    group = WaitGroup.new
    assert_same group, group.wait
    assert_same group, group.wait(timeout: 0)
  end

  def test_it_waits_for_all
    group = WaitGroup.new
    done = []
    10.times { |i| group.go { done << i } }
    assert_same group, group.wait(timeout: SOON)
    assert_equal (0...10).to_a, done.sort
  end

  def test_a_wait_ends_at_its_timeout
    group = WaitGroup.new.add
    assert_nil group.wait(timeout: 0.001)
    assert_nil group.wait(timeout: 0)
    group.done
  end

  def test_many_wait_for_one
    group = WaitGroup.new.add(2)
    waiting = Array.new(50) { Goconc.go { group.wait(timeout: SOON) } }
    group.done
    assert_equal 1, group.count
    Goconc.go { group.done }
    assert_equal [group] * 50, waiting.map(&:value)
  end

  def test_it_may_be_used_again
    group = WaitGroup.new
    3.times do
      group.add
      Goconc.go { group.done }
      assert group.wait(timeout: SOON)
    end
  end

  def test_go_counts_down_also_after_an_exception
    group = WaitGroup.new
    quiet { group.go { raise KeyError } }
    assert group.wait(timeout: SOON)
  end

  def test_go_returns_the_goroutine_and_passes_arguments
    assert_equal 3, WaitGroup.new.go(1, 2) { |a, b| a + b }.value
  end

  def test_go_without_a_block_changes_nothing
    group = WaitGroup.new
    assert_raises(ArgumentError) { group.go }
    assert_equal 0, group.count
  end

  def test_below_zero_is_refused
    group = WaitGroup.new
    assert_raises(ThreadError) { group.done }
    group.add
    assert_raises(ThreadError) { group.add(-2) }
    assert_equal 1, group.count
    group.done
  end

  def test_too_much_is_refused
    group = WaitGroup.new.add((2**31) - 1)
    assert_raises(RangeError) { group.add }
    assert_equal "#<Goconc::WaitGroup 2147483647>", group.inspect
  end

  def quiet
    before = Thread.report_on_exception
    Thread.report_on_exception = false
    capture_io { yield.then { |goroutine| goroutine.join(SOON) } }
  rescue KeyError
    nil
  ensure
    Thread.report_on_exception = before
  end

  include InThreadsAndFibers
end
