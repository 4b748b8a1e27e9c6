# frozen_string_literal: true

require "minitest/autorun"
require "fiddle"
require "goconc"
require "io/wait"
require "objspace"
require "timeout"

# Goroutines in C; see goroutines.c. The library lies where goconc/native.so was built.
module Goroutines
  native = $LOADED_FEATURES.find { |file| file.end_with?("goconc/native.so") }
  LIBRARY = Fiddle.dlopen(File.expand_path("../../goroutines.so", native))

  def self.function(name, *types)
    call = Fiddle::Function.new(LIBRARY[name], types, Fiddle::TYPE_INT)
    define_singleton_method(name) do |*arguments|
      result = call.call(*arguments.map { |a| a.respond_to?(:handle) ? a.handle : a })
      raise "#{name}: #{result}" unless result.zero?
    end
  end

  def self.freed_buffers
    Fiddle::Function.new(LIBRARY["freed_buffers"], [], Fiddle::TYPE_LONG_LONG).call
  end

  function "start_integers", Fiddle::TYPE_VOIDP, Fiddle::TYPE_LONG_LONG
  function "start_lines", Fiddle::TYPE_VOIDP, Fiddle::TYPE_LONG_LONG
  function "send_counted", Fiddle::TYPE_VOIDP
  function "start_sum", Fiddle::TYPE_VOIDP, Fiddle::TYPE_VOIDP
  function "start_count", Fiddle::TYPE_VOIDP, Fiddle::TYPE_VOIDP
end

# A test with a lost wake-up would hang: after this time the process ends.
module Watchdog
  LIMIT = 60
  @started = Queue.new

  def self.watch(name) = @started << name

  Thread.new do
    name = nil
    loop do
      name = @started.pop
      Timeout.timeout(LIMIT) { @started.pop } # the end of the test
    rescue Timeout::Error
      warn "#{name} hangs"
      exit!(1)
    end
  end
end

class Specification < Minitest::Test
  SOON = 20 # seconds that nothing here takes

  def before_setup
    super
    Watchdog.watch("#{self.class}##{name}")
  end

  # Nothing may be left.
  def after_teardown
    assert_soon("operations are left") { pending_operations.zero? } if passed?
    Watchdog.watch(nil)
    super
  end

  def pending_operations = Goconc::Native.pending

  # Passes other threads until the block is true.
  def assert_soon(message = nil)
    finish = Process.clock_gettime(Process::CLOCK_MONOTONIC) + SOON
    until yield
      now = Process.clock_gettime(Process::CLOCK_MONOTONIC)
      flunk(message || "it did not happen") if now > finish
      Thread.pass
    end
  end

  # Until so many operations are under way.
  def wait_for_operations(number)
    assert_soon("there are #{pending_operations} operations, not #{number}") do
      pending_operations == number
    end
  end

  # A quiet thread whose end is waited for in time.
  def thread(&block) = Thread.new(&block).tap { |t| t.report_on_exception = false }
  def finish(*threads) = threads.map { |t| t.join(SOON) ? t.value : flunk("a thread hangs") }

  # Runs the block in a child process; its status must be 0, and its output is returned.
  def in_child
    reader, writer = IO.pipe
    child = fork do
      reader.close
      $stdout.reopen(writer)
      status = 1
      begin
        yield
        status = 0
      rescue Exception => e # rubocop:disable Lint/RescueException
        warn e.full_message
      end
      $stdout.flush
      exit!(status)
    end
    writer.close
    assert reader.wait_readable(SOON), "the child hangs"
    output = reader.read
    assert_predicate Process::Status.wait(child), :success?
    output
  ensure
    reader.close
  end

  # Runs a program of its own; what it writes.
  def run_program(source)
    paths = $LOAD_PATH.flat_map { |path| ["-I", path] }
    command = [RbConfig.ruby, *paths, "-rgoconc", "-e", source]
    output = IO.popen(command, err: %i[child out], &:read)
    assert_predicate Process.last_status, :success?, output
    output
  end
end

# Runs each test in two ways: as it stands, between threads; and in fibers under a scheduler.
module InThreadsAndFibers
  def self.included(test)
    test.instance_methods(false).grep(/\Atest_/).each do |name|
      test.define_method("#{name}_in_fibers") { Goconc.run { send(name) } }
    end
  end
end
