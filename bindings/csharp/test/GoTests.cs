using System;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class GoTests : Specification
    {
        [Test]
        public async Task ItRunsActionsFunctionsAndTasks()
        {
            bool ran = false;
            await Go.Run(() => { ran = true; }).InTime();
            Assert.That(ran);
            await Go.Run(async () =>
            {
                await Task.Yield();
                ran = false;
            }).InTime();
            Assert.That(ran, Is.False);
            Assert.That(await Go.Run(() => Task.FromResult(3)).InTime(), Is.EqualTo(3));
        }

        [Test]
        public async Task AnExceptionIsTheTasks()
        {
            await TestSupport.Throws<FormatException>(
                Go.Run(new Action(() => { throw new FormatException(); })));
        }

        [Test]
        public async Task AHundredThousandTasksMeetInOneChannel()
        {
            const int Tasks = 100000;
            var channel = new LongChannel();
            var group = new WaitGroup();
            for (int i = 0; i < Tasks; i++)
            {
                int value = i;
                group.Go(async () => await channel.WriteAsync(value)).Forget();
            }
            TestSupport.UntilPending(Tasks);
            long sum = 0;
            for (int i = 0; i < Tasks; i++) sum += await channel.ReadAsync();
            await group.WaitAsync().InTime();
            Assert.That(sum, Is.EqualTo((long)Tasks * (Tasks - 1) / 2));
        }

        [Test]
        public async Task AValueGoesThroughAThousandTasks()
        {
            var first = Channel.Unbuffered<int>();
            var last = first;
            for (int i = 0; i < 1000; i++)
            {
                var from = last;
                var to = Channel.Unbuffered<int>();
                Go.Run(async () => await to.WriteAsync(await from.ReadAsync() + 1)).Forget();
                last = to;
            }
            await first.WriteAsync(0).InTime();
            Assert.That(await last.ReadAsync().InTime(), Is.EqualTo(1000));
        }
    }
}
