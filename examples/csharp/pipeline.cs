// pipeline.cs: fans numbers out to several squarers and their results in to one channel.
// Usage: pipeline [COUNT]
//
// Each stage is a function that takes the channel it reads, starts its task and returns the channel
// it writes. A stage closes its channel when its input has ended.
using Goconc;

long count = args.Length > 0 ? long.Parse(args[0]) : 100;
var source = CountTo(count);
var squarers = Enumerable.Range(0, 4).Select(_ => Square(source)).ToArray();

long results = 0, sum = 0;
await foreach (long n in Merge(squarers).ReadAllAsync())
{
    results++;
    sum += n;
}
Console.WriteLine($"{results} squares, sum {sum}");

static Channel<long> CountTo(long last) => Stage(async output =>
{
    for (long n = 1; n <= last; n++) await output.WriteAsync(n);
});

static Channel<long> Square(Channel<long> input) => Stage(async output =>
{
    await foreach (long n in input.ReadAllAsync()) await output.WriteAsync(n * n);
});

static Channel<long> Merge(Channel<long>[] inputs) => Stage(async output =>
{
    var copiers = new WaitGroup();
    foreach (var input in inputs)
    {
        _ = copiers.Go(async () =>
        {
            await foreach (long n in input.ReadAllAsync()) await output.WriteAsync(n);
        });
    }
    await copiers.WaitAsync();
});

static Channel<long> Stage(Func<Channel<long>, Task> body)
{
    var output = new LongChannel();
    _ = Go.Run(async () =>
    {
        await body(output);
        output.Complete();
    });
    return output;
}
