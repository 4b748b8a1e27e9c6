# frozen_string_literal: true

require_relative "helper"

class InterruptionTest < Specification
  Channel = Goconc::Channel

  # What waits for ever, each in its own way.
  WAITS = {
    "pop" => proc { Channel.new.pop },
    "push" => proc { Channel.new << 1 },
    "each" => proc { Channel.new.each { nil } },
    "select" => proc { Goconc.select { |s| s.receive(Channel.new) && s.push(Channel.new, 1) } },
    "select of nothing" => proc { Goconc.select { nil } },
    "wait" => proc { Goconc::WaitGroup.new.add.wait }
  }.freeze

  WAITS.each do |name, wait|
    test = name.tr(" ", "_")

    define_method("test_kill_ends_#{test}") do
      waiting = thread(&wait)
      wait_for_operations(1)
      waiting.kill
      assert waiting.join(SOON)
    end

    define_method("test_raise_ends_#{test}") do
      waiting = thread(&wait)
      wait_for_operations(1)
      waiting.raise(KeyError)
      assert_raises(KeyError) { finish(waiting) }
    end

    define_method("test_timeout_ends_#{test}") do
      assert_raises(Timeout::Error) { Timeout.timeout(0.01, &wait) }
    end
  end

  def test_a_push_that_was_ended_has_sent_nothing
    channel = Channel.new(1)
    channel << 1
    waiting = thread { channel << 2 }
    wait_for_operations(1)
    finish(waiting.kill)
    assert_equal 1, channel.pop
    assert_nil channel.try_pop
  end

  def test_an_interrupt_that_is_deferred_lets_the_wait_go_on
    channel = Channel.new
    waiting = thread do
      Thread.handle_interrupt(KeyError => :never) do
        channel.pop.tap { |value| Thread.current[:value] = value }
      end
    end
    wait_for_operations(1)
    waiting.raise(KeyError)
    Thread.pass
    channel.push(:value, timeout: SOON)
    assert_raises(KeyError) { finish(waiting) }
    assert_equal :value, waiting[:value]
  end

  def test_wakeup_does_not_end_a_wait
    channel = Channel.new
    waiting = thread { channel.pop }
    wait_for_operations(1)
    waiting.wakeup
    channel.push(1, timeout: SOON)
    assert_equal [1], finish(waiting)
  end

  def test_a_signal_handler_runs_while_the_main_thread_waits
    channel = Channel.new
    handled = Queue.new
    before = trap("USR1") { handled << 1 }
    helper = thread do
      wait_for_operations(1)
      Process.kill("USR1", Process.pid)
      handled.pop
      channel.push(:value, timeout: SOON)
    end
    assert_equal :value, channel.pop(timeout: SOON)
    finish(helper)
  ensure
    trap("USR1", before)
  end

  def test_a_signal_handler_may_use_a_channel
    channel = Channel.new
    before = trap("USR1") { channel.push(:signal, timeout: SOON) }
    receiver = thread { channel.pop(timeout: SOON) }
    wait_for_operations(1)
    Process.kill("USR1", Process.pid)
    assert_equal [:signal], finish(receiver)
  ensure
    trap("USR1", before)
  end

  def test_interrupt_ends_run_with_goroutines_that_wait
    output = run_program(<<~RUBY)
      trap("INT", "DEFAULT") && Signal.trap("INT") { raise Interrupt }
      channel = Goconc::Channel.new
      begin
        Goconc.run do
          Goconc.go { channel.pop }
          Thread.new { Process.kill("INT", Process.pid) }
          channel.pop
        end
      rescue Interrupt
        print "interrupted, ", Goconc::Native.pending
      end
    RUBY
    assert_equal "interrupted, 0", output
  end
end
