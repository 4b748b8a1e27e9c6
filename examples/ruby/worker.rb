# worker.rb: five workers run at the same time, and a WaitGroup waits for all of them.
require "goconc"

$stdout.sync = true

group = Goconc::WaitGroup.new
1.upto(5) do |id|
  group.go do
    puts "Worker : #{id} -> Starting"
    sleep 1
    puts "Worker : #{id} -> Done"
  end
end
group.wait
