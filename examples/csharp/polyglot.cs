// polyglot.cs: goroutines of native code produce and consume bytes, with tasks on the other side.
using System.Runtime.InteropServices;
using System.Text;
using Goconc;

// C produces: it waits whenever two lines are in the buffer, and stops when we close the channel.
var lines = new BytesChannel(2);
var stopped = new LongChannel(1);
Native.produce_lines(lines.Handle, stopped.Handle);
for (int i = 0; i < 3; i++)
{
    Console.WriteLine($"C sent: {Encoding.UTF8.GetString(await lines.ReadAsync())}");
}
lines.Complete();
await stopped.ReadAsync();
Console.WriteLine("C has stopped: the channel is closed");

// C consumes: we produce, and the end of our channel ends its loop.
var words = new BytesChannel();
var total = new LongChannel();
Native.count_bytes(words.Handle, total.Handle);
foreach (var word in new[] { "one", "two", "three" })
{
    await words.WriteAsync(Encoding.UTF8.GetBytes(word));
}
words.Complete();
Console.WriteLine($"C counted {await total.ReadAsync()} bytes");

// C is slow to answer, and we give up waiting; then it closes the channel, and our read ends.
var silent = new BytesChannel();
using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(10));
try
{
    await silent.ReadAsync(patience.Token);
}
catch (OperationCanceledException)
{
    Console.WriteLine("canceled: nothing came");
}
Native.close_channel(silent.Handle);
var end = await silent.ReceiveAsync();
Console.WriteLine(end.IsOpen ? "C has sent something" : "C has closed the channel");

static class Native
{
    [DllImport("polyglot")]
    public static extern void produce_lines(IntPtr to, IntPtr stopped);

    [DllImport("polyglot")]
    public static extern void count_bytes(IntPtr from, IntPtr total);

    [DllImport("polyglot")]
    public static extern void close_channel(IntPtr channel);
}
