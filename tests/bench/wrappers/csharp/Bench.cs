// Bench.cs: the rows of the C# wrapper; see ../../README.md.
// Usage: Bench ENGINE ROW --scale FACTOR; ENGINE is goconc or rival.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

bool ours = args[0] == "goconc";
string row = args[1];
double scale = double.Parse(args[3], CultureInfo.InvariantCulture);
int count = (int)(scale * (row.EndsWith("stream") ? 2_000_000 : 200_000));
double nanoseconds = 0;
for (int round = 0; round < 3; round++) // the first ones are for the compiler
{
    var clock = Stopwatch.StartNew();
    if (row == "stream") await StreamAsync(Make(256));
    else if (row == "native-stream") await NativeStreamAsync();
    else await PingPongAsync(Make(0), Make(0));
    nanoseconds = clock.Elapsed.TotalNanoseconds;
}
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture, $"{row}\tns\t{nanoseconds / count:F1}"));

// .NET's channels have no rendezvous: there a channel without a buffer holds one value.
IQueue Make(int capacity) =>
    ours ? new Ours(Goconc.Channel.Buffered<object>(capacity))
         : new Rival(System.Threading.Channels.Channel.CreateBounded<object>(Math.Max(capacity, 1)));

static void Check(int expected, object actual)
{
    if ((int)actual != expected) throw new InvalidOperationException($"{actual}, not {expected}");
}

// A round trip over two queues without a buffer.
Task PingPongAsync(IQueue there, IQueue back) => Task.WhenAll(
    Task.Run(async () =>
    {
        for (int i = 0; i < count; i++) await back.PutAsync(await there.TakeAsync());
    }),
    Task.Run(async () =>
    {
        for (int i = 0; i < count; i++)
        {
            await there.PutAsync(i);
            Check(i, await back.TakeAsync());
        }
    }));

// A value through a queue with a buffer.
Task StreamAsync(IQueue queue) => Task.WhenAll(
    Task.Run(async () =>
    {
        for (int i = 0; i < count; i++) await queue.PutAsync(i);
    }),
    Task.Run(async () =>
    {
        for (int i = 0; i < count; i++) Check(i, await queue.TakeAsync());
    }));

// A number that native code produces.
Task NativeStreamAsync()
{
    var channel = new Goconc.LongChannel(256);
    var taken = System.Threading.Channels.Channel.CreateBounded<long>(256);
    Native.TakeNumber take = number =>
    {
        if (!taken.Writer.TryWrite(number)) taken.Writer.WriteAsync(number).AsTask().Wait();
    };
    Check(0, ours ? Native.send_numbers(channel.Handle, count) : Native.call_with_numbers(take, count));
    return Task.Run(async () =>
    {
        for (int i = 0; i < count; i++)
        {
            Check(i, (int)(ours ? await channel.ReadAsync() : await taken.Reader.ReadAsync()));
        }
        GC.KeepAlive(take);
    });
}

interface IQueue
{
    ValueTask PutAsync(object value);
    ValueTask<object> TakeAsync();
}

sealed class Ours(Goconc.Channel<object> channel) : IQueue
{
    public ValueTask PutAsync(object value) => channel.WriteAsync(value);
    public ValueTask<object> TakeAsync() => channel.ReadAsync();
}

sealed class Rival(System.Threading.Channels.Channel<object> channel) : IQueue
{
    public ValueTask PutAsync(object value) => channel.Writer.WriteAsync(value);
    public ValueTask<object> TakeAsync() => channel.Reader.ReadAsync();
}

/// <summary>../native.c: a channel's numbers come from a goroutine, the others by a call each.</summary>
static class Native
{
    public delegate void TakeNumber(long number);

    [DllImport("bench_native")]
    public static extern int send_numbers(IntPtr channel, long count);

    [DllImport("bench_native")]
    public static extern int call_with_numbers(TakeNumber take, long count);
}
