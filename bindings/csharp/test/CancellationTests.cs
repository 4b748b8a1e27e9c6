using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class CancellationTests : Specification
    {
        [Test]
        public async Task ACanceledTokenStartsNothing()
        {
            var channel = Channel.Buffered<int>(1);
            var canceled = new CancellationToken(true);
            await TestSupport.Throws<OperationCanceledException>(
                channel.WriteAsync(1, canceled).AsTask());
            Assert.That(channel.Count, Is.EqualTo(0));
            channel.TryWrite(1);
            await TestSupport.Throws<OperationCanceledException>(
                channel.ReadAsync(canceled).AsTask());
            await TestSupport.Throws<OperationCanceledException>(
                channel.ReceiveAsync(canceled).AsTask());
            Assert.That(channel.Count, Is.EqualTo(1));
        }

        [Test]
        public async Task AReadIsGivenUpWithItsToken()
        {
            var channel = Channel.Unbuffered<int>();
            using (var cancel = new CancellationTokenSource())
            {
                var read = channel.ReadAsync(cancel.Token).AsTask();
                cancel.Cancel();
                var error = await TestSupport.Throws<OperationCanceledException>(read);
                Assert.That(error.CancellationToken, Is.EqualTo(cancel.Token));
                Assert.That(channel.TryWrite(1), Is.False, "nobody reads any more");
            }
        }

        [Test]
        public async Task AWriteThatIsGivenUpWritesNothing()
        {
            var channel = Channel.Unbuffered<int>();
            using (var cancel = new CancellationTokenSource())
            {
                var write = channel.WriteAsync(1, cancel.Token).AsTask();
                cancel.Cancel();
                await TestSupport.Throws<OperationCanceledException>(write);
                int value;
                Assert.That(channel.TryRead(out value), Is.False);
            }
        }

        [Test]
        public async Task AfterItsEndAnOperationIsNotCanceledAnyMore()
        {
            var channel = Channel.Unbuffered<int>();
            using (var cancel = new CancellationTokenSource())
            {
                var read = channel.ReadAsync(cancel.Token).AsTask();
                await channel.WriteAsync(1).InTime();
                Assert.That(await read.InTime(), Is.EqualTo(1));
                var next = channel.ReadAsync().AsTask();
                cancel.Cancel();
                await channel.WriteAsync(2).InTime();
                Assert.That(await next.InTime(), Is.EqualTo(2));
            }
        }

        [Test]
        public async Task ADisposedSourceCancelsNothing()
        {
            var channel = Channel.Unbuffered<int>();
            var cancel = new CancellationTokenSource();
            var token = cancel.Token;
            cancel.Dispose();
            var read = channel.ReadAsync(token).AsTask();
            channel.Write(1, token);
            Assert.That(await read.InTime(), Is.EqualTo(1));
        }

        // Each value arrives exactly once or is known to be not sent.
        [Test]
        public async Task InACancelStormCountsAndSumsAgree()
        {
            var channel = Channel.Buffered<long>(2);
            long sent = 0, sentSum = 0, received = 0, receivedSum = 0;
            var writers = Enumerable.Range(0, 8).Select(w => Go.Run(async () =>
            {
                for (int n = 1; n <= 1000; n++)
                {
                    if (!await Canceled(n, t => channel.WriteAsync(n, t).AsTask())) continue;
                    Interlocked.Increment(ref sent);
                    Interlocked.Add(ref sentSum, n);
                }
            })).ToArray();
            var readers = Enumerable.Range(0, 8).Select(r => Go.Run(async () =>
            {
                for (int n = 1; !channel.IsCompleted; n++)
                {
                    long value = 0;
                    if (!await Canceled(n, async t => value = await channel.ReadAsync(t))) continue;
                    Interlocked.Increment(ref received);
                    Interlocked.Add(ref receivedSum, value);
                }
            })).ToArray();
            await Task.WhenAll(writers).InTime();
            channel.Complete();
            await Task.WhenAll(readers).InTime();
            Assert.That(received, Is.EqualTo(sent));
            Assert.That(receivedSum, Is.EqualTo(sentSum));
        }

        // Starts it, and cancels it while it may be ending; true if it has happened all the same.
        private static async Task<bool> Canceled(int turn, Func<CancellationToken, Task> start)
        {
            using (var cancel = new CancellationTokenSource())
            {
                var task = start(cancel.Token);
                if (turn % 3 == 0) await Task.Yield();
                var canceling = turn % 2 == 0
                    ? Task.Run(() => cancel.Cancel()) : Task.CompletedTask;
                if (turn % 2 != 0) cancel.Cancel();
                try
                {
                    await task;
                    return true;
                }
                catch (OperationCanceledException)
                {
                    return false;
                }
                catch (ChannelClosedException)
                {
                    return false;
                }
                finally
                {
                    await canceling;
                }
            }
        }
    }
}
