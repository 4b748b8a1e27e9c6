// polyglot.cs: goroutines in C and tasks exchange bytes; closing and giving up cross the border.
using System.Runtime.InteropServices;
using System.Text;
using Goconc;

void Say(string text) => Console.WriteLine($"host: {text}");
byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

// C produces. The channel holds two lines: then the producer waits.
var lines = new BytesChannel(2);
Native.start_producer(lines.Handle);
for (int i = 0; i < 3; i++)
{
    Say(Encoding.UTF8.GetString(await lines.ReadAsync()));
}
lines.Complete(); // ends the producer
int left = 0;
await foreach (var line in lines.ReadAllAsync())
{
    left++;
}
Say($"at most 2 lines were left: {(left <= 2 ? "true" : "false")}");

// C consumes, and closes when it has had enough.
lines = new BytesChannel();
Native.start_consumer(lines.Handle);
try
{
    for (int i = 0; ; i++)
    {
        var line = new[] { "one from the host", "two from the host", "" }[i % 3];
        await lines.WriteAsync(Bytes(line));
    }
}
catch (ChannelClosedException)
{
    Say("the channel is closed");
}

// Nobody is there: the wait is given up, and nothing of it is left in the channel.
lines = new BytesChannel();
using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(10));
try
{
    await lines.ReadAsync(patience.Token);
}
catch (OperationCanceledException)
{
    Say("nothing came");
}
if (!lines.TryWrite(Bytes("three from the host")))
{
    Say("nobody took it");
}

/// <summary>The goroutines of ../polyglot/polyglot.c, which take the handle of a channel.</summary>
static class Native
{
    [DllImport("polyglot")]
    public static extern int start_producer(IntPtr lines);

    [DllImport("polyglot")]
    public static extern int start_consumer(IntPtr lines);
}
