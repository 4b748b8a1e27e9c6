using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class SelectTests : Specification
    {
        private static readonly Action Unexpected = () => Assert.Fail("this case must not fire");

        [Test]
        public async Task ItReadsWhatIsReady()
        {
            var empty = Channel.Unbuffered<string>();
            var full = Channel.Buffered<int>(1);
            full.TryWrite(7);
            int seen = 0;
            await Select.Begin()
                .OnRead(empty, value => Unexpected())
                .OnRead(full, value => seen = value)
                .RunAsync().InTime();
            Assert.That(seen, Is.EqualTo(7));
        }

        [Test]
        public async Task ItWritesWhereThereIsRoom()
        {
            var full = Channel.Unbuffered<string>();
            var free = Channel.Buffered<string>(1);
            bool written = false;
            await Select.Begin()
                .OnWrite(full, "a", Unexpected)
                .OnWrite(free, "b", () => written = true)
                .RunAsync().InTime();
            Assert.That(written);
            Assert.That(free.Read(), Is.EqualTo("b"));
        }

        [Test]
        public async Task ItWaitsForTheFirst()
        {
            var first = Channel.Unbuffered<int>();
            var second = Channel.Unbuffered<string>();
            string seen = null;
            var running = Select.Begin()
                .OnRead(first, value => Unexpected())
                .OnRead(second, value => seen = value)
                .RunAsync();
            Assert.That(running.IsCompleted, Is.False);
            await second.WriteAsync("now").InTime();
            await running.InTime();
            Assert.That(seen, Is.EqualTo("now"));
            Assert.That(first.TryWrite(1), Is.False, "it has left the other channel");
        }

        [Test]
        public async Task OfManyWaitingWritesOneIsSent()
        {
            var channels = Enumerable.Range(0, 20).Select(i => Channel.Unbuffered<int>()).ToArray();
            int sent = -1;
            var select = Select.Begin();
            for (int i = 0; i < channels.Length; i++)
            {
                int value = i;
                select.OnWrite(channels[i], value, () => sent = value);
            }
            var running = select.RunAsync();
            Assert.That(await channels[13].ReadAsync().InTime(), Is.EqualTo(13));
            await running.InTime();
            Assert.That(sent, Is.EqualTo(13));
            foreach (var channel in channels)
            {
                int value;
                Assert.That(channel.TryRead(out value), Is.False);
            }
        }

        [Test]
        public async Task ReadyCasesAreChosenFairly()
        {
            var channels = new[] { Channel.Buffered<int>(1000), Channel.Buffered<int>(1000) };
            var counts = new int[2];
            for (int i = 0; i < 1000; i++)
            {
                foreach (var channel in channels) channel.TryWrite(i);
            }
            var select = Select.Begin()
                .OnRead(channels[0], value => counts[0]++)
                .OnRead(channels[1], value => counts[1]++);
            for (int i = 0; i < 1000; i++) await select.RunAsync().InTime();
            Assert.That(counts[0], Is.GreaterThan(300));
            Assert.That(counts[1], Is.GreaterThan(300));
        }

        [Test]
        public async Task WithADefaultItNeverWaits()
        {
            var channel = Channel.Unbuffered<int>();
            bool nothing = false;
            await Select.Begin()
                .OnRead(channel, value => Unexpected())
                .Default(() => nothing = true)
                .RunAsync().InTime();
            Assert.That(nothing);
        }

        [Test]
        public async Task ItWaitsNoLongerThanItsTimeout()
        {
            var channel = Channel.Unbuffered<int>();
            foreach (var timeout in new[] { TimeSpan.Zero, TimeSpan.FromMilliseconds(5) })
            {
                bool late = false;
                await Select.Begin()
                    .OnRead(channel, value => Unexpected())
                    .OnTimeout(timeout, () => late = true)
                    .RunAsync().InTime();
                Assert.That(late);
            }
        }

        [Test]
        public async Task ATimeoutThatDoesNotComeChangesNothing()
        {
            var channel = Channel.Unbuffered<int>();
            foreach (var timeout in new[] { TestSupport.Limit, TimeSpan.MaxValue })
            {
                int seen = 0;
                var running = Select.Begin()
                    .OnRead(channel, value => seen = value)
                    .OnTimeout(timeout, Unexpected)
                    .RunAsync();
                await channel.WriteAsync(1).InTime();
                await running.InTime();
                Assert.That(seen, Is.EqualTo(1));
            }
        }

        [Test]
        public async Task WithoutCasesOnlyTimeAndCancellationEndIt()
        {
            bool late = false;
            await Select.Begin()
                .OnTimeout(TimeSpan.FromMilliseconds(5), () => late = true)
                .RunAsync().InTime();
            Assert.That(late);
            using (var cancel = new CancellationTokenSource())
            {
                var running = Select.Begin().RunAsync(cancel.Token);
                cancel.Cancel();
                await TestSupport.Throws<OperationCanceledException>(running);
            }
        }

        [Test]
        public async Task CancellationIsNotATimeout()
        {
            var channel = Channel.Unbuffered<int>();
            using (var cancel = new CancellationTokenSource())
            {
                var running = Select.Begin()
                    .OnRead(channel, value => Unexpected())
                    .OnWrite(channel, 1, Unexpected)
                    .OnTimeout(TestSupport.Limit, Unexpected)
                    .RunAsync(cancel.Token);
                cancel.Cancel();
                await TestSupport.Throws<OperationCanceledException>(running);
            }
        }

        [Test]
        public async Task AClosedChannelIsReady()
        {
            var channel = Channel.Unbuffered<int>();
            channel.Complete();
            bool open = true;
            await Select.Begin()
                .OnReceive(channel, received => open = received.IsOpen)
                .RunAsync().InTime();
            Assert.That(open, Is.False);
            await TestSupport.Throws<ChannelClosedException>(
                Select.Begin().OnRead(channel, value => Unexpected()).RunAsync());
            await TestSupport.Throws<ChannelClosedException>(
                Select.Begin().OnWrite(channel, 1, Unexpected).RunAsync());
        }

        [Test]
        public async Task ClosingEndsAWaitingSelect()
        {
            var channel = Channel.Unbuffered<int>();
            bool open = true;
            var running = Select.Begin()
                .OnReceive(channel, received => open = received.IsOpen)
                .RunAsync();
            channel.Complete();
            await running.InTime();
            Assert.That(open, Is.False);
        }

        [Test]
        public async Task HandlersMayAwaitAndThrow()
        {
            var channel = Channel.Buffered<int>(1);
            channel.TryWrite(1);
            var steps = 0;
            await Select.Begin().OnRead(channel, async value =>
            {
                steps++;
                await Task.Yield();
                steps++;
            }).RunAsync().InTime();
            Assert.That(steps, Is.EqualTo(2));
            channel.TryWrite(1);
            await TestSupport.Throws<FormatException>(Select.Begin()
                .OnRead(channel, new Action<int>(value => { throw new FormatException(); }))
                .RunAsync());
        }

        [Test]
        public void NullIsRefused()
        {
            Assert.Throws<ArgumentNullException>(
                () => Select.Begin().OnRead((Channel<int>)null, value => { }));
            Assert.Throws<ArgumentNullException>(
                () => Select.Begin().OnRead(Channel.Unbuffered<int>(), (Action<int>)null));
            Assert.Throws<ArgumentNullException>(
                () => Select.Begin().OnWrite((Channel<int>)null, 1, () => { }));
            Assert.Throws<ArgumentNullException>(() => Select.Begin().Default((Action)null));
            Assert.Throws<ArgumentOutOfRangeException>(
                () => Select.Begin().OnTimeout(TimeSpan.FromSeconds(-2), () => { }));
        }

        [Test]
        public async Task AValueThatCannotBeWrittenLeavesNothingBehind()
        {
            var objects = Channel.Unbuffered<string>();
            var bytes = new BytesChannel();
            await TestSupport.Throws<ArgumentNullException>(Select.Begin()
                .OnWrite(objects, "a", Unexpected)
                .OnWrite(bytes, null, Unexpected)
                .RunAsync());
        }

        // Many selects that read and write at once: each value is taken by one of them.
        [Test]
        public async Task SelectsMeetSelects()
        {
            var left = Channel.Unbuffered<int>();
            var right = Channel.Unbuffered<int>();
            long sent = 0, received = 0;
            var writers = Enumerable.Range(0, 4).Select(w => Go.Run(async () =>
            {
                for (int n = 0; n < 1000; n++)
                {
                    await Select.Begin()
                        .OnWrite(left, n, () => Interlocked.Add(ref sent, n))
                        .OnWrite(right, -n, () => Interlocked.Add(ref sent, -n))
                        .RunAsync();
                }
            })).ToArray();
            var readers = Enumerable.Range(0, 4).Select(r => Go.Run(async () =>
            {
                var select = Select.Begin()
                    .OnRead(left, value => Interlocked.Add(ref received, value))
                    .OnRead(right, value => Interlocked.Add(ref received, value));
                for (int n = 0; n < 1000; n++) await select.RunAsync();
            })).ToArray();
            await Task.WhenAll(writers).InTime();
            await Task.WhenAll(readers).InTime();
            Assert.That(received, Is.EqualTo(sent));
        }
    }
}
