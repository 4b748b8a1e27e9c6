// producer_consumer.cs: producers write, the channel is closed, and consumers read to its end.
using Goconc;

var items = Channel.Buffered<string>(2);

var consumers = new WaitGroup();
foreach (int id in Enumerable.Range(1, 3)) _ = consumers.Go(() => Consume(id));

var producers = new WaitGroup();
foreach (int id in Enumerable.Range(1, 2)) _ = producers.Go(() => Produce(id));

await producers.WaitAsync();
items.Complete();  // only now: nobody writes any more
await consumers.WaitAsync();

async Task Produce(int id)
{
    for (int i = 1; i <= 3; i++) await items.WriteAsync($"item {id}.{i}");
}

async Task Consume(int id)
{
    await foreach (var item in items.ReadAllAsync()) Console.WriteLine($"consumer {id}: {item}");
}
