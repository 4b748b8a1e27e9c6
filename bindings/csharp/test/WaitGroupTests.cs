using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class WaitGroupTests : Specification
    {
        [Test]
        public async Task AtZeroNobodyWaits()
        {
            var group = new WaitGroup();
            Assert.That(group.WaitAsync().IsCompletedSuccessfully);
            group.Wait();
            await group.WaitAsync().InTime();
        }

        [Test]
        public async Task TheLastDoneLetsAllGoOn()
        {
            var group = new WaitGroup();
            group.Add(2);
            var waits = Enumerable.Range(0, 1000).Select(i => group.WaitAsync().AsTask()).ToArray();
            var thread = TestSupport.OnThread(() => group.Wait());
            group.Done();
            Assert.That(waits.Any(wait => wait.IsCompleted), Is.False);
            Assert.That(group.Count, Is.EqualTo(1));
            group.Done();
            await Task.WhenAll(waits).InTime();
            await thread.InTime();
        }

        [Test]
        public async Task ItMayBeUsedAgain()
        {
            var group = new WaitGroup();
            for (int round = 0; round < 10; round++)
            {
                group.Add(1);
                var wait = group.WaitAsync().AsTask();
                group.Done();
                await wait.InTime();
            }
        }

        [Test]
        public void BelowZeroIsAnErrorAndChangesNothing()
        {
            var group = new WaitGroup();
            Assert.Throws<InvalidOperationException>(() => group.Done());
            group.Add(1);
            Assert.Throws<InvalidOperationException>(() => group.Add(-2));
            Assert.That(group.Count, Is.EqualTo(1));
            Assert.Throws<OverflowException>(() => group.Add(int.MaxValue));
            group.Done();
        }

        [Test]
        public async Task AWaitIsGivenUp()
        {
            var group = new WaitGroup();
            group.Add(1);
            Assert.That(group.Wait(TimeSpan.Zero), Is.False);
            Assert.That(group.Wait(TimeSpan.FromMilliseconds(5)), Is.False);
            using (var cancel = new CancellationTokenSource())
            {
                var wait = group.WaitAsync(cancel.Token).AsTask();
                var thread = TestSupport.OnThread(() => group.Wait(cancel.Token));
                TestSupport.UntilPending(2);
                cancel.Cancel();
                await TestSupport.Throws<OperationCanceledException>(wait);
                await TestSupport.Throws<OperationCanceledException>(thread);
            }
            group.Done();
        }

        [Test]
        public async Task GoCountsUntilTheEnd()
        {
            var group = new WaitGroup();
            int ended = 0;
            for (int i = 0; i < 100; i++)
            {
                group.Go(async () =>
                {
                    await Task.Yield();
                    Interlocked.Increment(ref ended);
                }).Forget();
                group.Go(() => { Interlocked.Increment(ref ended); }).Forget();
            }
            await group.WaitAsync().InTime();
            Assert.That(ended, Is.EqualTo(200));
        }

        [Test]
        public async Task GoCountsDownAfterAnException()
        {
            var group = new WaitGroup();
            var failing = group.Go(new Action(() => { throw new FormatException(); }));
            var awaiting = group.Go(async () =>
            {
                await Task.Yield();
                throw new FormatException();
            });
            await group.WaitAsync().InTime();
            await TestSupport.Throws<FormatException>(failing);
            await TestSupport.Throws<FormatException>(awaiting);
            Assert.Throws<ArgumentNullException>(() => group.Go((Action)null));
            Assert.That(group.Count, Is.EqualTo(0));
        }

        [Test]
        public async Task AWaiterStormLosesNoOne()
        {
            for (int round = 0; round < 200; round++)
            {
                var group = new WaitGroup();
                group.Add(4);
                var waiters = Enumerable.Range(0, 8).Select(i =>
                    Go.Run(async () => await group.WaitAsync())).ToArray();
                for (int i = 0; i < 4; i++) Go.Run(() => group.Done()).Forget();
                await Task.WhenAll(waiters).InTime();
            }
        }
    }
}
