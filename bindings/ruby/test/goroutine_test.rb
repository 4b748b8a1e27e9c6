# frozen_string_literal: true

require_relative "helper"

class GoroutineTest < Specification
  def test_its_value_is_what_the_block_returned
    goroutine = Goconc.go(2, 3) { |a, b| a * b }
    assert_same goroutine, goroutine.join(SOON)
    assert_equal 6, goroutine.value
    refute_predicate goroutine, :alive?
  end

  def test_it_needs_a_block
    assert_raises(ArgumentError) { Goconc.go }
  end

  def test_join_ends_at_its_limit
    channel = Goconc::Channel.new
    goroutine = Goconc.go { channel.pop(timeout: SOON) }
    assert_nil goroutine.join(0.001)
    assert_predicate goroutine, :alive?
    channel << 1
    assert_equal 1, goroutine.value
  end

  def test_an_exception_is_raised_by_join_and_value
    goroutine = nil
    capture_io { goroutine = Goconc.go { raise KeyError, "lost" }.tap { |g| ended(g) } }
    assert_equal "lost", assert_raises(KeyError) { goroutine.join(SOON) }.message
    assert_raises(KeyError) { goroutine.value }
  end

  def test_an_exception_is_reported
    _, text = capture_io { ended(Goconc.go { raise KeyError, "lost" }) }
    assert_match(/terminated with exception \(report_on_exception is true\):$/, text)
    assert_match(/lost \(KeyError\)/, text)
  end

  def test_report_on_exception_is_respected
    before = Thread.report_on_exception
    current = Thread.current.report_on_exception
    Thread.report_on_exception = Thread.current.report_on_exception = false
    _, text = capture_io { ended(Goconc.go { raise KeyError }) }
    assert_empty text
  ensure
    Thread.report_on_exception = before
    Thread.current.report_on_exception = current
  end

  def test_many_at_the_same_time
    channel = Goconc::Channel.new
    goroutines = Array.new(200) { |i| Goconc.go { channel << i } }
    assert_equal (0...200).to_a, Array.new(200) { channel.pop(timeout: SOON) }.sort
    goroutines.each { |g| g.join(SOON) }
  end

  # Until it has ended, also with an exception; a thread reports that before.
  def ended(goroutine)
    goroutine.join(SOON)
  rescue KeyError
    assert_soon { sleep(0) && Thread.list.none? { |t| t.inspect.include?("goroutine.rb") } }
  end

  include InThreadsAndFibers
end
