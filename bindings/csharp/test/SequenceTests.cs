#if !__MonoCS__ // whose compiler knows no asynchronous sequences
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests;

[TestFixture]
public class SequenceTests : Specification
{
    [Test]
    public async Task ReadAllAsyncEndsWithTheChannel()
    {
        var channel = Channel.Buffered<int>(2);
        var writer = Go.Run(async () =>
        {
            for (int i = 0; i < 100; i++) await channel.WriteAsync(i);
            channel.Complete();
        });
        var values = new List<int>();
        await foreach (int value in channel.ReadAllAsync()) values.Add(value);
        await writer.InTime();
        Assert.That(values, Is.EqualTo(Enumerable.Range(0, 100)));
    }

    [Test]
    public async Task SeveralReadersShareTheValues()
    {
        var channel = Channel.Unbuffered<int>();
        long sum = 0;
        var readers = Enumerable.Range(0, 5).Select(_ => Go.Run(async () =>
        {
            await foreach (int value in channel.ReadAllAsync()) Interlocked.Add(ref sum, value);
        })).ToArray();
        for (int i = 1; i <= 1000; i++) await channel.WriteAsync(i).InTime();
        channel.Complete();
        await Task.WhenAll(readers).InTime();
        Assert.That(sum, Is.EqualTo(1000 * 1001 / 2));
    }

    [Test]
    public void ASequenceIsGivenUpWithItsToken()
    {
        var channel = Channel.Unbuffered<int>();
        using var cancel = new CancellationTokenSource();
        var reading = Go.Run(async () =>
        {
            await foreach (int value in channel.ReadAllAsync().WithCancellation(cancel.Token)) { }
        });
        TestSupport.UntilPending(1);
        cancel.Cancel();
        Assert.That(async () => await reading.InTime(),
            Throws.InstanceOf<OperationCanceledException>());
    }
}
#endif
