# frozen_string_literal: true

require_relative "helper"
require "socket"

class SchedulerTest < Specification
  include Goconc

  def test_run_returns_what_its_block_returned_when_all_have_ended
    ended = []
    assert_equal(:value, Goconc.run do
      3.times { |i| Goconc.go { sleep(0.001).then { ended << i } } }
      :value
    end)
    assert_equal [0, 1, 2], ended.sort
    assert_nil Fiber.scheduler
  end

  def test_run_within_run_is_a_call
    assert_equal(1, Goconc.run { Goconc.run { 1 } })
  end

  def test_run_in_a_fiber_that_is_not_the_main_one
    fiber = Fiber.new { Goconc.run { Goconc.go { sleep(0).then { 7 } }.value } }
    assert_equal 7, fiber.resume
  end

  def test_goroutines_are_fibers_of_one_thread
    threads = Goconc.run { Array.new(3) { Goconc.go { Thread.current } }.map(&:value) }
    fibers = Goconc.run { Array.new(3) { Goconc.go { Fiber.current } }.map(&:value) }
    assert_equal [Thread.current], threads.uniq
    assert_equal 3, fibers.uniq.size
  end

  def test_an_exception_of_the_block_ends_run_and_the_others
    unwound = []
    assert_raises(KeyError) do
      Goconc.run do
        Goconc.go do
          Channel.new.pop
        ensure
          unwound << 1
        end
        sleep(0.001)
        raise KeyError
      end
    end
    assert_equal [1], unwound
    assert_nil Fiber.scheduler
    assert_equal(2, Goconc.run { 2 })
  end

  def test_ten_thousand_fibers_wait_at_the_same_time
    total = Goconc.run do
      numbers = Channel.new
      sums = Channel.new
      10_000.times { Goconc.go { sums << (numbers.pop + 1) } }
      sleep(0)
      assert_operator pending_operations, :>=, 10_000
      Goconc.go { 10_000.times { |i| numbers << i } }
      10_000.times.sum { sums.pop }
    end
    assert_equal (1..10_000).sum, total
  end

  def test_sleep_and_timeouts_come_in_their_order
    order = []
    Goconc.run do
      [3, 1, 2].each { |i| Goconc.go { sleep(i * 0.1).then { order << i } } }
    end
    assert_equal [1, 2, 3], order
  end

  def test_files_do_not_hold_up_others
    reader, writer = IO.pipe
    read = Goconc.run do
      goroutine = Goconc.go { reader.gets }
      Goconc.go { writer.puts("line") }
      goroutine.value
    end
    assert_equal "line\n", read
  ensure
    reader.close
    writer.close
  end

  def test_a_file_that_is_closed_ends_its_wait
    reader, writer = IO.pipe
    Goconc.run do
      goroutine = Goconc.go { reader.wait_readable(SOON) }
      sleep(0)
      reader.close
      Goconc.go { writer.close }
      assert goroutine.join(SOON)
    rescue IOError
      assert true
    end
  end

  def test_a_wait_for_a_file_ends_at_its_timeout
    reader, writer = IO.pipe
    assert_nil(Goconc.run { reader.wait_readable(0.001) })
  ensure
    reader.close
    writer.close
  end

  def test_a_child_process_does_not_hold_up_others
    Goconc.run do
      channel = Channel.new
      Goconc.go { system("true").then { |ok| channel << ok } }
      assert channel.pop(timeout: SOON)
    end
  end

  def test_threads_and_fibers_exchange_values
    to_thread = Channel.new
    to_fiber = Channel.new
    echo = thread { to_thread.each { |value| to_fiber << value }.then { to_fiber.close } }
    Goconc.run do
      Goconc.go { 500.times { |i| to_thread << i }.then { to_thread.close } }
      assert_equal (0...500).to_a, to_fiber.to_a
    end
    finish(echo)
  end

  def test_two_schedulers_exchange_values
    there = Channel.new
    back = Channel.new
    other = thread { Goconc.run { there.each { |value| back << (value * 2) } } }
    Goconc.run do
      Goconc.go { 300.times { |i| there << i }.then { there.close } }
      assert_equal 300 * 299, 300.times.sum { back.pop(timeout: SOON) }
    end
    finish(other)
  end

  def test_queue_mutex_and_join_of_ruby_work_in_it
    Goconc.run do
      queue = Queue.new
      mutex = Mutex.new
      goroutine = Goconc.go { mutex.synchronize { queue.pop } }
      sleep(0)
      queue << 1
      assert_equal 1, goroutine.value
      assert_equal 3, Thread.new { 3 }.value
    end
  end

  def test_fibers_within_fibers
    Goconc.run do
      channel = Channel.new
      inner = Fiber.new(blocking: false) { channel.pop }
      Goconc.go { channel << :value }
      assert_equal :value, inner.resume
    end
  end

  def test_timeout_ends_a_wait_and_nothing_else
    Goconc.run do
      channel = Channel.new
      assert_raises(Timeout::Error) { Timeout.timeout(0.001) { channel.pop } }
      assert_equal 0, pending_operations
      assert_equal(:fine, Timeout.timeout(SOON) { :fine })
      refute channel.try_push(1)
    end
  end

  def test_an_exception_raised_in_a_fiber_ends_its_wait
    Goconc.run do
      fiber = nil
      goroutine = Goconc.go do
        fiber = Fiber.current
        Channel.new.pop
      rescue KeyError
        :ended
      end
      sleep(0)
      Fiber.scheduler.unblock(nil, Fiber.current) # raise transfers to the other fiber
      fiber.raise(KeyError)
      assert_equal :ended, goroutine.value
    end
  end

  def test_a_thread_that_sets_it_runs_it_at_its_end
    values = Queue.new
    thread do
      Fiber.set_scheduler(Scheduler.new)
      channel = Channel.new
      Fiber.schedule { values << channel.pop }
      Fiber.schedule { channel << 1 }
    end.join(SOON)
    assert_equal 1, values.pop
  end

  def test_it_wakes_from_a_signal_handler
    channel = Channel.new(1)
    before = trap("USR1") { channel.try_push(:signal) }
    Goconc.run do
      goroutine = Goconc.go { channel.pop(timeout: SOON) }
      sleep(0)
      Process.kill("USR1", Process.pid)
      assert_equal :signal, goroutine.value
    end
  ensure
    trap("USR1", before)
  end
end

# The smallest scheduler that there can be: block and unblock, with a Thread::Queue.
class ForeignSchedulerTest < Specification
  class QueueScheduler
    def initialize
      @loop = Fiber.current
      @ready = Queue.new
      @alive = 0
    end

    def fiber(&block)
      @alive += 1
      Fiber.new(blocking: false) { block.call.then { @alive -= 1 } }.tap { |f| @ready << f }
    end

    def block(_blocker, _timeout = nil) = @loop.transfer && true
    def unblock(_blocker, fiber) = @ready << fiber
    def close = (@ready.pop.transfer while @alive.positive?)
    def io_wait(*) = raise(NotImplementedError)
    def kernel_sleep(*) = raise(NotImplementedError)
  end

  # Raises after the wait is over, once.
  class LateScheduler < QueueScheduler
    def block(*)
      super
      raise KeyError, "late" unless @raised.tap { @raised = true }
    end
  end

  def test_an_exception_that_comes_too_late_comes_with_the_next_wait
    log = []
    finish(thread do
      Fiber.set_scheduler(LateScheduler.new)
      channel = Goconc::Channel.new
      other = Goconc::Channel.new
      Fiber.schedule do
        log << channel.pop
        log << channel.try_pop
        channel.pop
      rescue KeyError => e
        log << e.message << other.pop
      end
      Fiber.schedule { channel << 1 }
      Fiber.schedule { other << 2 }
    end)
    assert_equal [1, nil, "late", 2], log
  end

  def test_any_scheduler_will_do
    sum = nil
    finish(thread do
      Fiber.set_scheduler(QueueScheduler.new)
      Fiber.schedule do
        numbers = Goconc::IntChannel.new
        Goroutines.start_integers(numbers, 100)
        objects = Goconc::Channel.new
        group = Goconc::WaitGroup.new
        group.go { numbers.each { |i| objects << i } }
        Goconc.go { group.wait.then { objects.close } }
        sum = objects.sum
      end
    end)
    assert_equal 5_050, sum
  end
end
