# bench.rb: the rows of the Ruby wrapper; see ../README.md.
# Usage: ruby -I ... bench.rb ENGINE ROW --scale FACTOR; ENGINE is goconc or rival.
require "goconc"

engine, row, _, scale = ARGV
count = (scale.to_f * (row.start_with?("fiber") ? 200_000 : 50_000)).to_i

# A rival has push and pop too. Ruby's queues without a buffer hold one value.
make = lambda do |capacity|
  engine == "goconc" ? Goconc::Channel.new(capacity) : SizedQueue.new([capacity, 1].max)
end

def check(expected, actual)
  raise "#{actual} instead of #{expected}" unless expected == actual
end

ping_pong = lambda do
  there = make.(0)
  back = make.(0)
  all = [
    Goconc.go { count.times { back.push(there.pop) } },
    Goconc.go { count.times { |i| there.push(i).then { check(i, back.pop) } } },
  ]
  all.each(&:join)
end

stream = lambda do
  queue = make.(256)
  all = [
    Goconc.go { count.times { |i| queue.push(i) } },
    Goconc.go { count.times { |i| check(i, queue.pop) } },
  ]
  all.each(&:join)
end

rows = {
  "ping-pong" => ping_pong,
  "stream" => stream,
  "fiber-ping-pong" => -> { Goconc.run(&ping_pong) },
  "fiber-stream" => -> { Goconc.run(&stream) },
}
started = Process.clock_gettime(Process::CLOCK_MONOTONIC)
rows.fetch(row).call
seconds = Process.clock_gettime(Process::CLOCK_MONOTONIC) - started
printf("%s\tns\t%.1f\n", row, seconds * 1e9 / count)
