using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class ChannelTests : Specification
    {
        [Test]
        public async Task AWriteMeetsARead()
        {
            var channel = Channel.Unbuffered<string>();
            var read = channel.ReadAsync().AsTask();
            await channel.WriteAsync("word").InTime();
            Assert.That(await read.InTime(), Is.EqualTo("word"));
        }

        [Test]
        public async Task AnUnbufferedWriteEndsWithItsRead()
        {
            var channel = Channel.Unbuffered<int>();
            var write = channel.WriteAsync(1).AsTask();
            Assert.That(write.IsCompleted, Is.False);
            Assert.That(await channel.ReadAsync().InTime(), Is.EqualTo(1));
            await write.InTime();
        }

        [Test]
        public async Task ABufferedWriteWaitsOnlyForRoom()
        {
            var channel = Channel.Buffered<int>(2);
            Assert.That(channel.WriteAsync(1).IsCompletedSuccessfully);
            Assert.That(channel.WriteAsync(2).IsCompletedSuccessfully);
            var third = channel.WriteAsync(3).AsTask();
            Assert.That(third.IsCompleted, Is.False);
            Assert.That(await channel.ReadAsync().InTime(), Is.EqualTo(1));
            await third.InTime();
        }

        [Test]
        public async Task ValuesComeInOrder()
        {
            var channel = Channel.Buffered<int>(3);
            var writer = Go.Run(async () =>
            {
                for (int i = 0; i < 1000; i++) await channel.WriteAsync(i);
                channel.Complete();
            });
            var values = await Go.Run(() => Drain(channel)).InTime();
            await writer.InTime();
            Assert.That(values, Is.EqualTo(Enumerable.Range(0, 1000)));
        }

        [Test]
        public async Task WaitingReadersAreServedInOrder()
        {
            var channel = Channel.Unbuffered<int>();
            var reads = new List<Task<int>>();
            for (int i = 0; i < 10; i++) reads.Add(channel.ReadAsync().AsTask());
            for (int i = 0; i < 10; i++) await channel.WriteAsync(i).InTime();
            var values = await Task.WhenAll(reads).InTime();
            Assert.That(values, Is.EqualTo(Enumerable.Range(0, 10)));
        }

        [Test]
        public async Task NullIsAValue()
        {
            var channel = Channel.Buffered<string>(1);
            await channel.WriteAsync(null).InTime();
            var received = await channel.ReceiveAsync().InTime();
            Assert.That(received.IsOpen);
            Assert.That(received.Value, Is.Null);
        }

        [Test]
        public void CountAndCapacityAreThoseOfTheBuffer()
        {
            var channel = Channel.Buffered<int>(2);
            Assert.That(channel.Capacity, Is.EqualTo(2));
            Assert.That(channel.Count, Is.EqualTo(0));
            Assert.That(channel.TryWrite(1));
            Assert.That(channel.Count, Is.EqualTo(1));
            Assert.That(Channel.Unbuffered<int>().Capacity, Is.EqualTo(0));
        }

        [Test]
        public void ANegativeCapacityIsRefused()
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(
                () => Channel.Buffered<int>(-1));
            Assert.That(error.ParamName, Is.EqualTo("capacity"));
            Assert.Throws<ArgumentOutOfRangeException>(() => new LongChannel(-1));
        }

        [Test]
        public void TryReadAndTryWriteNeverWait()
        {
            var channel = Channel.Buffered<string>(1);
            string value;
            Assert.That(channel.TryRead(out value), Is.False);
            Assert.That(value, Is.Null);
            Assert.That(channel.TryWrite("a"));
            Assert.That(channel.TryWrite("b"), Is.False);
            Assert.That(channel.TryRead(out value));
            Assert.That(value, Is.EqualTo("a"));
        }

        [Test]
        public async Task TryWriteMeetsAWaitingRead()
        {
            var channel = Channel.Unbuffered<int>();
            Assert.That(channel.TryWrite(1), Is.False);
            var read = channel.ReadAsync().AsTask();
            Assert.That(channel.TryWrite(2));
            Assert.That(await read.InTime(), Is.EqualTo(2));
        }

        [Test]
        public async Task AClosedChannelGivesItsBufferFirst()
        {
            var channel = Channel.Buffered<int>(2);
            channel.TryWrite(1);
            channel.Complete();
            Assert.That(channel.IsClosed);
            Assert.That(channel.IsCompleted, Is.False);
            Assert.That(await channel.ReadAsync().InTime(), Is.EqualTo(1));
            Assert.That(channel.IsCompleted);
            await TestSupport.Throws<ChannelClosedException>(channel.ReadAsync().AsTask());
            Assert.That((await channel.ReceiveAsync().InTime()).IsOpen, Is.False);
        }

        [Test]
        public async Task NothingIsWrittenToAClosedChannel()
        {
            var channel = Channel.Buffered<int>(2);
            channel.Complete();
            await TestSupport.Throws<ChannelClosedException>(channel.WriteAsync(1).AsTask());
            Assert.That(channel.TryWrite(1), Is.False);
            Assert.Throws<ChannelClosedException>(() => channel.Write(1));
            Assert.That(channel.Count, Is.EqualTo(0));
        }

        [Test]
        public void ClosingTwiceIsAnError()
        {
            var channel = Channel.Unbuffered<int>();
            Assert.That(channel.TryComplete());
            Assert.That(channel.TryComplete(), Is.False);
            Assert.Throws<ChannelClosedException>(() => channel.Complete());
        }

        [Test]
        public async Task ClosingWakesWhoWaits()
        {
            var reading = Channel.Unbuffered<int>();
            var hundred = Enumerable.Range(0, 100).ToArray();
            var reads = hundred.Select(i => reading.ReadAsync().AsTask()).ToArray();
            var receives = hundred.Select(i => reading.ReceiveAsync().AsTask()).ToArray();
            reading.Complete();
            foreach (var read in reads) await TestSupport.Throws<ChannelClosedException>(read);
            foreach (var receive in receives)
            {
                Assert.That((await receive.InTime()).IsOpen, Is.False);
            }

            var writing = Channel.Unbuffered<int>();
            var writes = hundred.Select(i => writing.WriteAsync(i).AsTask()).ToArray();
            writing.Complete();
            foreach (var write in writes) await TestSupport.Throws<ChannelClosedException>(write);
        }

        [Test]
        public async Task AValueTaskSaysWhatBecameOfIt()
        {
            var channel = Channel.Unbuffered<int>();
            var read = channel.ReadAsync();
            var receive = channel.ReceiveAsync();
            Assert.That(read.IsCompleted, Is.False);
            channel.Complete();
            Assert.That(read.IsFaulted);
            Assert.That(receive.IsCompletedSuccessfully);
            await TestSupport.Throws<ChannelClosedException>(read.AsTask());
            Assert.That((await receive).IsOpen, Is.False);

            using (var cancel = new CancellationTokenSource())
            {
                var canceled = Channel.Unbuffered<int>().ReadAsync(cancel.Token);
                cancel.Cancel();
                Assert.That(canceled.IsCanceled);
                var task = canceled.AsTask();
                await TestSupport.Throws<OperationCanceledException>(task);
                Assert.That(task.IsCanceled);
            }
        }

        [Test]
        public void ReadAllEndsWithTheChannel()
        {
            var channel = Channel.Buffered<int>(5);
            for (int i = 0; i < 5; i++) channel.Write(i);
            channel.Complete();
            Assert.That(channel.ReadAll().ToArray(), Is.EqualTo(new[] { 0, 1, 2, 3, 4 }));
            Assert.That(channel.ReadAll().ToArray(), Is.Empty);
        }

        [Test]
        public async Task ContinuationsNeverRunInsideSomebodyElsesCall()
        {
            var channel = Channel.Unbuffered<int>();
            int thread = -1;
            var reader = Go.Run(async () =>
            {
                await channel.ReadAsync().ConfigureAwait(false);
                thread = Thread.CurrentThread.ManagedThreadId;
            });
            TestSupport.UntilPending(1);
            int writer = 0;
            await TestSupport.OnThread(() =>
            {
                writer = Thread.CurrentThread.ManagedThreadId;
                channel.Write(1);
            }).InTime();
            await reader.InTime();
            Assert.That(thread, Is.Not.EqualTo(writer));
        }

        internal static async Task<List<T>> Drain<T>(Channel<T> channel)
        {
            var values = new List<T>();
            for (;;)
            {
                var received = await channel.ReceiveAsync().ConfigureAwait(false);
                if (!received.IsOpen) return values;
                values.Add(received.Value);
            }
        }
    }
}
