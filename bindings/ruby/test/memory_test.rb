# frozen_string_literal: true

require_relative "helper"

class MemoryTest < Specification
  include Goconc

  # The native stack is scanned conservatively, so a few of many may stay by chance.
  FEW = 30
  MANY = 100

  # Makes garbage of what the block returned, and says how many of those objects are left.
  def left_of
    map = ObjectSpace::WeakMap.new
    finish(thread { yield.each { |object| map[object] = true }.clear }) # its stack goes with it
    3.times { GC.start }
    map.size
  end

  def test_buffered_objects_go_with_their_channel
    left = left_of do
      Array.new(MANY) do
        object = Object.new
        Channel.new(1) << object
        object
      end
    end
    assert_operator left, :<=, FEW
  end

  def test_buffered_objects_stay_with_their_channel
    channel = Channel.new(1_000)
    1_000.times { |i| channel << "object #{i}" }
    2.times { GC.start }
    assert_equal((0...1_000).map { |i| "object #{i}" }, Array.new(1_000) { channel.pop })
  end

  def test_received_objects_are_not_kept
    channel = Channel.new(100)
    left = left_of do
      Array.new(MANY) { Object.new }.each { |object| channel << object }.each { channel.pop }
    end
    assert_operator left, :<=, FEW
  end

  def test_unsent_objects_are_not_kept
    channel = Channel.new
    left = left_of { Array.new(MANY) { Object.new }.each { |object| channel.try_push(object) } }
    assert_operator left, :<=, FEW
  end

  def test_native_buffers_go_when_received_and_with_their_channel
    before = Goroutines.freed_buffers
    left = left_of do
      Array.new(MANY) do
        channel = BytesChannel.new(2)
        2.times { Goroutines.send_counted(channel) }
        assert_equal "", channel.pop
        channel
      end
    end
    assert_operator left, :<=, FEW
    assert_equal before + (2 * MANY) - left, Goroutines.freed_buffers
  end

  def test_slots_are_used_again
    channel = Channel.new(4)
    1_000.times do
      4.times { |i| channel << i }
      4.times { channel.pop }
    end
    assert_operator ObjectSpace.memsize_of(channel), :<, 200
  end

  def test_a_fiber_that_waits_is_kept_by_its_operation
    Goconc.run do
      channel = Channel.new
      values = []
      50.times { |i| Fiber.schedule { values << channel.pop + i } }
      sleep(0)
      GC.start
      50.times { channel << 0 }
      sleep(0)
      assert_equal (0...50).to_a, values.sort
    end
  end

  def test_records_are_used_again
    200.times { Channel.new.pop(timeout: 0.000001) }
    assert_equal 0, pending_operations
  end

  # In a process of its own: Ruby 3.1 follows every word on its threads' stacks when it compacts,
  # also those that are no objects any more.
  def test_compaction_moves_what_is_buffered
    skip "this Ruby cannot compact" unless GC.respond_to?(:compact)
    output = run_program(<<~RUBY)
      channel = Goconc::Channel.new(500)
      objects = Array.new(500) { |i| +"object \#{i}" }
      objects.each { |object| channel << object }
      Goconc.run do
        waiting = Goconc::Channel.new
        goroutine = Goconc.go { waiting.pop }
        sleep(0)
        GC.verify_compaction_references(double_heap: true, toward: :empty)
        waiting << :woken
        print goroutine.value, " ", objects.count { |object| object.equal?(channel.pop) }
      end
    RUBY
    assert_equal "woken 500", output
  end

  def test_it_works_under_gc_stress
    stressed do
      Goconc.run do
        channel = Channel.new(1)
        bytes = BytesChannel.new
        group = WaitGroup.new
        group.go { 5.times { |i| channel << "#{i}" } }
        group.go { 3.times { |i| bytes << "b#{i}" } }
        assert_equal %w[0 1 2 3 4], Array.new(5) { channel.pop }
        assert_equal %w[b0 b1 b2], Array.new(3) { bytes.pop(timeout: SOON) }
        chosen = Goconc.select do |s|
          s.push(channel, "value") { :sent }
          s.receive(bytes)
        end
        assert_equal :sent, chosen
      end
    end
  end

  def test_it_works_under_gc_stress_between_threads
    stressed do
      channel = Channel.new
      sender = thread { 5.times { |i| channel << "#{i}" }.then { channel.close } }
      assert_equal %w[0 1 2 3 4], channel.to_a
      finish(sender)
    end
  end

  def stressed
    GC.stress = true
    yield
  ensure
    GC.stress = false
  end
end
