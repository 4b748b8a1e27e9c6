// select.cs: waits for the first of several reads and writes, with a default or a time-out.
using Goconc;

var numbers = new LongChannel();
var quit = Channel.Unbuffered<bool>();

await Select.Begin()
    .OnRead(numbers, Print)
    .Default(() => Console.WriteLine("default: nothing is ready"))
    .RunAsync();
await Select.Begin()
    .OnRead(numbers, Print)
    .OnTimeout(TimeSpan.FromMilliseconds(10), () => Console.WriteLine("time-out: nothing came"))
    .RunAsync();

var fibonacci = Go.Run(Fibonacci);
for (int i = 0; i < 10; i++) await Select.Begin().OnRead(numbers, Print).RunAsync();
quit.Complete();
await fibonacci;

void Print(long n) => Console.WriteLine($"received {n}");

// Writes Fibonacci numbers until quit is closed.
async Task Fibonacci()
{
    long a = 0, b = 1;
    bool running = true;
    while (running)
    {
        await Select.Begin()
            .OnWrite(numbers, a, () => { (a, b) = (b, a + b); })
            .OnReceive(quit, received => running = received.IsOpen)
            .RunAsync();
    }
    Console.WriteLine("quit");
}
