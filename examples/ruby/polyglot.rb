# polyglot.rb: goroutines in C and Ruby exchange bytes; closing and giving up cross the border.
require "fiddle"
require "goconc"

$stdout.sync = true

# The goroutines of ../polyglot/polyglot.c, which take the handle of a channel.
polyglot = Fiddle.dlopen("libpolyglot.so")
start_producer, start_consumer = %w[start_producer start_consumer].map do |name|
  Fiddle::Function.new(polyglot[name], [Fiddle::TYPE_VOIDP], Fiddle::TYPE_INT)
end

# C produces. The channel holds two lines: then the producer waits.
lines = Goconc::BytesChannel.new(2)
start_producer.call(lines.handle)
3.times { puts "host: #{lines.pop}" }
lines.close # ends the producer
puts "host: at most 2 lines were left: #{lines.count <= 2}"

# C consumes, and closes when it has had enough.
lines = Goconc::BytesChannel.new
start_consumer.call(lines.handle)
begin
  ["one from the host", "two from the host", ""].cycle { |line| lines << line }
rescue Goconc::ClosedError => e
  puts "host: #{e.message}"
end

# Nobody produces: the wait is given up, and nothing of it is left in the channel.
lines = Goconc::BytesChannel.new
puts "host: nothing came" unless lines.receive(timeout: 0.01)
puts "host: nobody took it" unless lines.push("three from the host", timeout: 0.01)
