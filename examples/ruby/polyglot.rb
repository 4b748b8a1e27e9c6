# polyglot.rb: goroutines in C and Ruby exchange bytes; closing and giving up cross the border.
require "fiddle"
require "goconc"

$stdout.sync = true

# The goroutines of polyglot.c, which take the handle of a channel.
native = File.dirname($LOADED_FEATURES.grep(%r{goconc/native\.so}).first, 2)
polyglot = Fiddle.dlopen(File.join(native, "polyglot.so"))
start_producer, start_consumer = %w[start_producer start_consumer].map do |name|
  Fiddle::Function.new(polyglot[name], [Fiddle::TYPE_VOIDP], Fiddle::TYPE_INT)
end

# C produces. The channel holds two lines: then the producer waits.
lines = Goconc::BytesChannel.new(2)
start_producer.call(lines.handle)
3.times { puts "Ruby: #{lines.pop}" }
lines.close # ends the producer; what it has sent is still there
rest = lines.each_with_index.all? { |line, i| line == "line #{i + 4} from C" }
puts "Ruby: every line came" if rest

# C consumes, and closes when it has had enough.
lines = Goconc::BytesChannel.new
start_consumer.call(lines.handle)
begin
  ["one from Ruby", "two from Ruby", ""].cycle { |line| lines << line }
rescue Goconc::ClosedError => e
  puts "Ruby: #{e.message}"
end

# Nobody produces: the wait is given up, and nothing of it is left in the channel.
lines = Goconc::BytesChannel.new
puts "Ruby: nothing came" unless lines.receive(timeout: 0.01)
puts "Ruby: nobody takes it" unless lines.push("three from Ruby", timeout: 0.01)
