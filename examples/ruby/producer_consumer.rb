# producer_consumer.rb: producers send, the channel is closed, and consumers range over it.
require "goconc"

items = Goconc::Channel.new(2)

consumers = Goconc::WaitGroup.new
1.upto(3) do |id|
  consumers.go { items.each { |item| print "consumer #{id}: #{item}\n" } }
end

producers = Goconc::WaitGroup.new
1.upto(2) do |id|
  producers.go { 1.upto(3) { |i| items << "item #{id}.#{i}" } }
end

producers.wait
items.close # only now: nobody sends any more
consumers.wait
