# pipeline.rb: fans numbers out to several squarers and their results in to one channel.
# Usage: pipeline [COUNT]
#
# Each stage is a method that takes the channel it reads, starts its goroutine and returns the
# channel it writes. A stage closes its channel when its input has ended.
# Goconc.run makes all of them fibers of one thread; without it they are threads.
require "goconc"

def stage
  Goconc::Channel.new.tap do |out|
    Goconc.go do
      yield out
    ensure
      out.close
    end
  end
end

def count_to(last) = stage { |out| 1.upto(last) { |n| out << n } }
def square(input) = stage { |out| input.each { |n| out << n * n } }

def merge(inputs)
  stage do |out|
    copiers = Goconc::WaitGroup.new
    inputs.each { |input| copiers.go { input.each { |n| out << n } } }
    copiers.wait
  end
end

Goconc.run do
  source = count_to(Integer(ARGV.fetch(0, 100)))
  squares = merge(Array.new(4) { square(source) }).to_a
  puts "#{squares.size} squares, sum #{squares.sum}"
end
