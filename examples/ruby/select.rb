# select.rb: waits for the first of several sends and receives, with a default or a time-out.
require "goconc"

# Sends Fibonacci numbers until quit is closed.
def fibonacci(numbers, quit)
  a, b = 0, 1
  running = true
  while running
    Goconc.select do |s|
      s.push(numbers, a) { a, b = b, a + b }
      s.receive(quit) { running = false }
    end
  end
  puts "quit"
end

numbers = Goconc::Channel.new
quit = Goconc::Channel.new

Goconc.select do |s|
  s.receive(numbers) { |n| puts "received #{n}" }
  s.default { puts "default: nothing is ready" }
end

Goconc.select do |s|
  s.receive(numbers) { |n| puts "received #{n}" }
  s.timeout(0.01) { puts "time-out: nothing came" }
end

generator = Goconc.go { fibonacci(numbers, quit) }
10.times { puts "received #{numbers.pop}" }
quit.close
generator.join
