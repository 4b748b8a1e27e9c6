using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class SharedChannelTests : Specification
    {
        [TearDown]
        public void NativeGoroutinesHaveEnded()
        {
            TestSupport.Until(() => Peer.Running() == 0);
        }

        [Test]
        public void LongsAndDoublesKeepAllTheirBits()
        {
            var longs = new LongChannel(1);
            foreach (long value in new[] { 0, -1, long.MinValue, long.MaxValue })
            {
                longs.Write(value);
                Assert.That(longs.Read(), Is.EqualTo(value));
            }
            var doubles = new DoubleChannel(1);
            foreach (double value in new[]
                { 0.0, -0.0, double.Epsilon, double.NaN, double.NegativeInfinity })
            {
                doubles.Write(value);
                Assert.That(BitConverter.DoubleToInt64Bits(doubles.Read()),
                    Is.EqualTo(BitConverter.DoubleToInt64Bits(value)));
            }
        }

        [Test]
        public void BytesAreCopied()
        {
            var channel = new BytesChannel(3);
            var sent = Encoding.UTF8.GetBytes("grüße");
            channel.Write(sent);
            sent[0] = 0;
            channel.Write(new byte[0]);
            Assert.That(Encoding.UTF8.GetString(channel.Read()), Is.EqualTo("grüße"));
            Assert.That(channel.Read(), Is.Empty);
            Assert.Throws<ArgumentNullException>(() => channel.Write(null));
            Assert.Throws<ArgumentNullException>(() => channel.TryWrite(null));
        }

        [Test]
        public async Task TwoObjectsMayShareOneChannel()
        {
            var mine = new LongChannel();
            var yours = LongChannel.FromHandle(mine.Handle);
            Assert.That(yours.Handle, Is.EqualTo(mine.Handle));
            var read = yours.ReadAsync().AsTask();
            await mine.WriteAsync(5).InTime();
            Assert.That(await read.InTime(), Is.EqualTo(5));
            yours.Complete();
            Assert.That(mine.IsClosed);
        }

        [Test]
        public void AChannelOfAnotherKindIsRefused()
        {
            var bytes = new BytesChannel();
            var error = Assert.Throws<ArgumentException>(
                () => LongChannel.FromHandle(bytes.Handle));
            Assert.That(error.Message, Contains.Substring("bytes").And.Contains("int64"));
            Assert.Throws<ArgumentException>(() => DoubleChannel.FromHandle(bytes.Handle));
            Assert.Throws<ArgumentException>(
                () => BytesChannel.FromHandle(new DoubleChannel().Handle));
            Assert.Throws<ArgumentNullException>(() => LongChannel.FromHandle(IntPtr.Zero));
            GC.KeepAlive(bytes);
        }

        [Test]
        public async Task ATaskReadsWhatAGoroutineProduces()
        {
            var channel = new LongChannel(16);
            Assert.That(Peer.ProduceLongs(channel.Handle, 20000), Is.EqualTo(0));
            var values = await ChannelTests.Drain(channel).InTime();
            Assert.That(values, Is.EqualTo(Enumerable.Range(0, 20000).Select(i => (long)i)));
        }

        [Test]
        public async Task AThreadReadsWhatAGoroutineProduces()
        {
            var channel = new LongChannel();
            Assert.That(Peer.ProduceLongs(channel.Handle, 5000), Is.EqualTo(0));
            long sum = 0;
            await TestSupport.OnThread(() => sum = channel.ReadAll().Sum()).InTime();
            Assert.That(sum, Is.EqualTo(5000L * 4999 / 2));
        }

        [Test]
        public async Task AGoroutineReceivesWhatTasksWrite()
        {
            var values = new LongChannel();
            var sum = new LongChannel();
            Assert.That(Peer.SumLongs(values.Handle, sum.Handle), Is.EqualTo(0));
            var group = new WaitGroup();
            for (int task = 0; task < 10; task++)
            {
                group.Go(async () =>
                {
                    for (int i = 1; i <= 500; i++) await values.WriteAsync(i);
                }).Forget();
            }
            await group.WaitAsync().InTime();
            values.Complete();
            Assert.That(await sum.ReadAsync().InTime(), Is.EqualTo(10L * 500 * 501 / 2));
        }

        [Test]
        public async Task DoublesGoThereAndBack()
        {
            var there = new DoubleChannel();
            var back = new DoubleChannel();
            Assert.That(Peer.Halve(there.Handle, back.Handle), Is.EqualTo(0));
            for (int i = 0; i < 1000; i++)
            {
                await there.WriteAsync(i).InTime();
                Assert.That(await back.ReadAsync().InTime(), Is.EqualTo(i / 2.0));
            }
            there.Complete();
            Assert.That((await back.ReceiveAsync().InTime()).IsOpen, Is.False);
        }

        [Test]
        public async Task BytesComeFromAGoroutineUnderBackPressure()
        {
            var channel = new BytesChannel(1);
            Assert.That(Peer.ProduceBytes(channel.Handle, 3000), Is.EqualTo(0));
            TestSupport.Until(() => channel.Count == 1);
            int n = 0;
            foreach (var bytes in await ChannelTests.Drain(channel).InTime())
            {
                Assert.That(bytes.Length, Is.EqualTo(n % 1000));
                Assert.That(bytes.All(b => b == n % 256));
                n++;
            }
            Assert.That(n, Is.EqualTo(3000));
        }

        [Test]
        public async Task BytesGoToAGoroutine()
        {
            var bytes = new BytesChannel(2);
            var lengths = new LongChannel(2);
            Assert.That(Peer.MeasureBytes(bytes.Handle, lengths.Handle), Is.EqualTo(0));
            var writer = Go.Run(async () =>
            {
                for (int i = 0; i < 1000; i++) await bytes.WriteAsync(new byte[i]);
                bytes.Complete();
            });
            var measured = await ChannelTests.Drain(lengths).InTime();
            Assert.That(measured, Is.EqualTo(Enumerable.Range(0, 1000).Select(i => (long)i)));
            await writer.InTime();
        }

        [Test]
        public async Task ClosingStopsAGoroutineThatProduces()
        {
            var channel = new BytesChannel();
            Assert.That(Peer.ProduceBytes(channel.Handle, long.MaxValue), Is.EqualTo(0));
            await channel.ReadAsync().InTime();
            channel.Complete();
            TestSupport.Until(() => Peer.Running() == 0);
        }

        [Test]
        public async Task AGoroutineThatClosesEndsTheWritesOfTasks()
        {
            var channel = new LongChannel();
            Assert.That(Peer.ConsumeAndClose(channel.Handle, 3), Is.EqualTo(0));
            int written = 0;
            var writers = Enumerable.Range(0, 10).Select(i => Go.Run(async () =>
            {
                await channel.WriteAsync(i);
                Interlocked.Increment(ref written);
            })).ToArray();
            try
            {
                await Task.WhenAll(writers).InTime();
                Assert.Fail("all could write");
            }
            catch (ChannelClosedException)
            {
                Assert.That(written, Is.EqualTo(3));
            }
        }

        [Test]
        public async Task ASelectWaitsForGoroutines()
        {
            var first = new LongChannel();
            var second = new LongChannel();
            Peer.ProduceLongs(first.Handle, 500);
            Peer.ProduceLongs(second.Handle, 500);
            var open = new List<LongChannel> { first, second };
            int values = 0;
            while (open.Count > 0)
            {
                var select = Select.Begin();
                foreach (var channel in open)
                {
                    select.OnReceive(channel, received =>
                    {
                        if (received.IsOpen) values++;
                        else open.Remove(channel);
                    });
                }
                await select.RunAsync().InTime();
            }
            Assert.That(values, Is.EqualTo(1000));
        }

        // Cancellation from here, completion from a goroutine: no value is lost or doubled.
        [Test]
        public async Task InACancelStormNoValueOfAGoroutineIsLost()
        {
            var channel = new LongChannel();
            Assert.That(Peer.ProduceLongs(channel.Handle, 2000), Is.EqualTo(0));
            var seen = new List<long>();
            while (!channel.IsCompleted)
            {
                using (var cancel = new CancellationTokenSource())
                {
                    var read = channel.ReceiveAsync(cancel.Token).AsTask();
                    var canceling = Task.Run(() => cancel.Cancel());
                    try
                    {
                        var received = await read.InTime();
                        if (received.IsOpen) seen.Add(received.Value);
                    }
                    catch (OperationCanceledException)
                    {
                    }
                    await canceling.InTime();
                }
            }
            Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 2000).Select(i => (long)i)));
        }
    }
}
