# frozen_string_literal: true

require_relative "helper"

# Exactly once: whatever is interrupted has happened or has not, and never half.
#
# With handle_interrupt(Interrupt => :on_blocking) an interrupt ends only a wait. So the number that
# a wait was to send is sent, or the wait raises; and the same for what is received.
class StormTest < Specification
  include Goconc

  Interrupt = Class.new(StandardError)

  # A thread that does it again and again until it is :stop, whatever interrupts single waits.
  # It has begun, because a thread's begin is a blocking operation too.
  def interruptible
    begun = Queue.new
    Thread.handle_interrupt(Interrupt => :on_blocking) do # the new thread inherits that
      thread do
        begun << true
        loop do
          break if yield == :stop
        rescue Interrupt
          next
        end
      end.tap { begun.pop }
    end
  end

  def pester(threads, rounds)
    rounds.times do
      threads.each { |t| t.raise(Interrupt) if t.alive? }
      Thread.pass
    end
  end

  def test_interrupted_threads_lose_and_double_nothing
    [Channel.new, Channel.new(3), IntChannel.new(1)].each { |channel| storm_of_threads(channel) }
  end

  def storm_of_threads(channel)
    sent = Array.new(3) { [] }
    received = Array.new(3) { [] }
    senders = sent.each_with_index.map do |list, i|
      number = i
      interruptible do
        channel << number
        list << number
        number += sent.size
        :stop if list.size == 400
      end
    end
    receivers = received.map do |list|
      interruptible do
        value, ok = channel.receive
        ok ? list << value : :stop
      end
    end
    pester(senders + receivers, 300)
    finish(*senders)
    channel.close
    finish(*receivers)
    assert_equal sent.flatten.sort, received.flatten.sort
  end

  def test_timeouts_in_threads_lose_and_double_nothing
    channel = Channel.new
    sent = Array.new(3) { |i| thread { send_hastily(channel, (i * 300)...((i + 1) * 300)) } }
    received = Array.new(3) { thread { receive_hastily(channel) } }
    sent = finish(*sent).flatten
    channel.close
    assert_equal sent.sort, finish(*received).flatten.sort
  end

  # Those that were sent.
  def send_hastily(channel, numbers)
    numbers.select { |number| channel.push(number, timeout: number % 3 * 0.00001) }
  end

  def receive_hastily(channel)
    list = []
    until channel.closed? && channel.size.zero?
      value, ok = channel.receive(timeout: list.size % 2 * 0.00002)
      list << value if ok
      sleep(0)
    end
    list
  end

  def test_timeouts_in_fibers_lose_and_double_nothing
    sent = []
    received = []
    Goconc.run do
      channel = Channel.new
      senders = WaitGroup.new
      5.times do |i|
        senders.go do
          100.times { |n| sent << [i, n] if channel.push([i, n], timeout: 0.0001) }
        end
      end
      5.times do
        Goconc.go { received.concat(receive_hastily(channel)) }
      end
      senders.wait.then { channel.close }
    end
    assert_equal sent.sort, received.sort
    assert_operator sent.size, :>, 0
  end

  def test_exceptions_in_fibers_that_native_goroutines_serve_lose_nothing
    numbers = IntChannel.new
    Goroutines.start_integers(numbers, 2_000)
    received = []
    Goconc.run do
      until received.size == 2_000
        begin
          Timeout.timeout(0.0002) { numbers.each { |value| received << value } }
        rescue Timeout::Error
          next
        end
      end
    end
    assert_equal (1..2_000).to_a, received
  end

  def test_interrupted_selects_lose_and_double_nothing
    channels = Array.new(3) { Channel.new }
    sent = []
    received = []
    mine = 0
    sender = interruptible do
      Goconc.select { |s| channels.each { |c| s.push(c, mine) } }
      sent << mine
      :stop if (mine += 1) == 500
    end
    receiver = interruptible do
      Goconc.select do |s|
        channels.each { |c| s.receive(c) { |value, ok| ok ? received << value && nil : :stop } }
      end
    end
    pester([sender, receiver], 300)
    finish(sender)
    channels.each(&:close)
    finish(receiver)
    assert_equal sent, received.sort
  end

  def test_killed_threads_leave_nothing
    channel = Channel.new
    100.times do
      victims = Array.new(4) { |i| thread { loop { i.even? ? channel << 1 : channel.pop } } }
      Thread.pass
      finish(*victims.each(&:kill))
    end
    assert_nil channel.try_pop
    refute channel.try_push(1)
  end

  def test_waits_that_a_wait_group_ends_while_they_are_interrupted
    100.times do
      group = WaitGroup.new.add
      ended = Queue.new
      waiting = Array.new(5) do
        interruptible do
          group.wait
          ended << 1
          :stop
        end
      end
      pester(waiting, 2)
      group.done
      finish(*waiting)
      assert_equal 5, ended.size
    end
  end
end
