# frozen_string_literal: true

require_relative "helper"

class ProcessTest < Specification
  include Goconc

  def test_a_child_uses_channels_of_its_parent
    channel = Channel.new(2)
    channel << "from the parent"
    output = in_child do
      print channel.pop
      channel << 1
      channel.pop
    end
    assert_equal "from the parent", output
    assert_equal "from the parent", channel.pop
  end

  def test_a_child_forgets_the_threads_of_its_parent
    channel = Channel.new
    waiting = Array.new(3) { thread { channel.pop } }
    wait_for_operations(3)
    output = in_child do
      raise "it was received by nobody" if channel.try_push(1)

      print Native.pending
    end
    assert_equal "0", output
    3.times { |i| channel.push(i, timeout: SOON) }
    assert_equal [0, 1, 2], finish(*waiting).sort
  end

  def test_a_child_runs_threads_and_fibers_and_native_goroutines
    Goconc.run { Channel.new.pop(timeout: 0.001) } # so that the parent has a pump
    output = in_child do
      numbers = IntChannel.new
      Goroutines.start_integers(numbers, 100)
      sum = Goconc.run do
        group = WaitGroup.new
        results = Channel.new
        group.go { results << numbers.sum }
        results.pop
      end
      print sum, " ", Goconc.go { 7 }.value
    end
    assert_equal "5050 7", output
  end

  def test_a_fork_among_fibers_that_wait
    output = Goconc.run do
      channel = Channel.new
      goroutine = Goconc.go { channel.pop }
      sleep(0)
      text = in_child do
        channel << "in the child"
        print goroutine.value
      end
      channel << "in the parent"
      text + goroutine.value
    end
    assert_equal "in the childin the parent", output
  end

  def test_a_process_ends_while_goroutines_wait
    output = run_program(<<~RUBY)
      channel = Goconc::Channel.new
      5.times { Goconc.go { channel.pop } }
      5.times { Goconc.go { Goconc.run { Goconc.go { channel.pop } } } }
      group = Goconc::WaitGroup.new.add
      Goconc.go { group.wait }
      Thread.pass until Goconc::Native.pending == 11
      print "ends"
    RUBY
    assert_equal "ends", output
  end

  def test_exit_in_a_goroutine_of_run_ends_the_process
    assert_empty run_program("Goconc.run { Goconc.go { exit }; Goconc::Channel.new.pop }")
  end

  def test_another_ractor_is_refused
    output = run_program(<<~RUBY)
      Warning[:experimental] = false
      ractor = Ractor.new do
        Thread.current.report_on_exception = false
        Goconc::Native.pending
      end
      begin
        ractor.take
      rescue Ractor::RemoteError => e
        print e.cause.class
      end
    RUBY
    assert_equal "Ractor::UnsafeError", output
  end
end
