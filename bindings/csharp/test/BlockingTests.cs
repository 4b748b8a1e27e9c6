using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class BlockingTests : Specification
    {
        private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(5);

        [Test]
        public async Task AThreadReadsWhatAThreadWrites()
        {
            var channel = Channel.Unbuffered<int>();
            var writer = TestSupport.OnThread(() =>
            {
                for (int i = 0; i < 1000; i++) channel.Write(i);
                channel.Complete();
            });
            var values = new List<int>();
            var reader = TestSupport.OnThread(() => values.AddRange(channel.ReadAll()));
            await writer.InTime();
            await reader.InTime();
            Assert.That(values, Is.EqualTo(Enumerable.Range(0, 1000)));
        }

        [Test]
        public async Task AThreadReadsWhatATaskWritesAndTheOtherWayRound()
        {
            var there = Channel.Unbuffered<int>();
            var back = Channel.Unbuffered<int>();
            var echo = TestSupport.OnThread(() =>
            {
                foreach (int value in there.ReadAll()) back.Write(value + 1);
            });
            for (int i = 0; i < 1000; i++)
            {
                await there.WriteAsync(i).InTime();
                Assert.That(await back.ReadAsync().InTime(), Is.EqualTo(i + 1));
            }
            there.Complete();
            await echo.InTime();
        }

        [Test]
        public void AReadGivesUpAfterItsTime()
        {
            var channel = Channel.Unbuffered<string>();
            string value;
            Assert.That(channel.TryRead(out value, Soon), Is.False);
            Assert.That(channel.TryRead(out value, TimeSpan.Zero), Is.False);
        }

        [Test]
        public void AWriteGivesUpAfterItsTimeAndWritesNothing()
        {
            var channel = Channel.Buffered<int>(1);
            Assert.That(channel.TryWrite(1, Soon));
            Assert.That(channel.TryWrite(2, Soon), Is.False);
            Assert.That(channel.Read(), Is.EqualTo(1));
            Assert.That(channel.Count, Is.EqualTo(0));
        }

        [Test]
        public void ANegativeTimeoutIsRefused()
        {
            var channel = Channel.Unbuffered<int>();
            var negative = TimeSpan.FromSeconds(-2);
            int value;
            Assert.Throws<ArgumentOutOfRangeException>(() => channel.TryRead(out value, negative));
            Assert.Throws<ArgumentOutOfRangeException>(() => channel.TryWrite(1, negative));
        }

        [Test]
        public async Task AVeryLongTimeoutIsForEver()
        {
            var channel = Channel.Unbuffered<int>();
            var write = channel.WriteAsync(1).AsTask();
            int value;
            Assert.That(channel.TryRead(out value, TimeSpan.MaxValue));
            await write.InTime();
        }

        [Test]
        public async Task ClosingEndsTheWaitOfThreads()
        {
            var reading = Channel.Unbuffered<int>();
            var writing = Channel.Unbuffered<int>();
            var read = TestSupport.OnThread(() => reading.Read());
            var write = TestSupport.OnThread(() => writing.Write(1));
            TestSupport.UntilPending(2);
            reading.Complete();
            writing.Complete();
            await TestSupport.Throws<ChannelClosedException>(read);
            await TestSupport.Throws<ChannelClosedException>(write);
        }

        [Test]
        public async Task CancellationEndsTheWaitOfThreads()
        {
            var channel = Channel.Unbuffered<int>();
            using (var cancel = new CancellationTokenSource())
            {
                var read = TestSupport.OnThread(() => channel.Read(cancel.Token));
                TestSupport.UntilPending(1);
                cancel.Cancel();
                var error = await TestSupport.Throws<OperationCanceledException>(read);
                Assert.That(error.CancellationToken, Is.EqualTo(cancel.Token));
                Assert.Throws<OperationCanceledException>(() => channel.Write(1, cancel.Token));
            }
        }

        [Test]
        public async Task ThreadsAreCanceledExactlyOnce()
        {
            var channel = Channel.Unbuffered<long>();
            long written = 0, read = 0;
            var writers = Enumerable.Range(0, 4).Select(i => TestSupport.OnThread(() =>
            {
                for (int n = 1; n <= 500; n++)
                {
                    if (channel.TryWrite(n, TimeSpan.FromTicks(n % 50 * 10)))
                        Interlocked.Add(ref written, n);
                }
            })).ToArray();
            var readers = Enumerable.Range(0, 4).Select(i => TestSupport.OnThread(() =>
            {
                while (!channel.IsCompleted)
                {
                    long value;
                    if (channel.TryRead(out value, TimeSpan.FromTicks(100)))
                        Interlocked.Add(ref read, value);
                }
            })).ToArray();
            await Task.WhenAll(writers).InTime();
            channel.Complete();
            await Task.WhenAll(readers).InTime();
            Assert.That(read, Is.EqualTo(written));
        }

        [Test]
        public async Task OperationsOutliveTheThreadThatUsedThem()
        {
            var channel = Channel.Buffered<int>(1);
            for (int i = 0; i < 200; i++)
            {
                await TestSupport.OnThread(() =>
                {
                    channel.Write(1);
                    channel.Read();
                }).InTime();
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
            channel.Write(1);
            Assert.That(channel.Read(), Is.EqualTo(1));
        }
    }
}
