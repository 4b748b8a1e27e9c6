using System;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class CollectionTests : Specification
    {
        [Test]
        public void BufferedObjectsAreCollectedWithTheirChannel()
        {
            var value = OnThread(() =>
            {
                var buffered = new object();
                Channel.Buffered<object>(1).Write(buffered);
                return new WeakReference(buffered);
            });
            UntilCollected(() => !value.IsAlive);
        }

        [Test]
        public void AReadObjectIsNotKept()
        {
            var channel = Channel.Buffered<object>(1);
            var value = OnThread(() =>
            {
                channel.Write(new object());
                return new WeakReference(channel.Read());
            });
            UntilCollected(() => !value.IsAlive);
            GC.KeepAlive(channel);
        }

        [Test]
        public void AnObjectThatWasNotSentIsNotKept()
        {
            var channel = Channel.Unbuffered<object>();
            var value = OnThread(() =>
            {
                var rejected = new object();
                Assert.That(channel.TryWrite(rejected), Is.False);
                Assert.That(channel.TryWrite(rejected, TimeSpan.FromMilliseconds(1)), Is.False);
                Select.Begin().OnWrite(channel, rejected, () => { }).Default(() => { })
                    .RunAsync().Wait();
                return new WeakReference(rejected);
            });
            UntilCollected(() => !value.IsAlive);
            GC.KeepAlive(channel);
        }

        [Test]
        public void TheNativeChannelIsReleasedWithTheObject()
        {
            var handle = IntPtr.Zero;
            var channel = OnThread(() =>
            {
                var made = new LongChannel();
                handle = made.Handle;
                return new WeakReference(made);
            });
            UntilCollected(() => !channel.IsAlive && Native.goc_chan_kind(handle) < 0);
        }

        [Test]
        public void BufferedBytesAreReleasedWithTheChannelAndReadOnesAtOnce()
        {
            long before = Peer.Freed();
            OnThread(() =>
            {
                var channel = new BytesChannel(2);
                Assert.That(Peer.SendForeign(channel.Handle), Is.EqualTo(0));
                Assert.That(channel.Read().Length, Is.EqualTo(7));
                Assert.That(Peer.Freed(), Is.EqualTo(before + 1));
                Assert.That(Peer.SendForeign(channel.Handle), Is.EqualTo(0));
                return new WeakReference(null);
            });
            UntilCollected(() => Peer.Freed() == before + 2);
        }

        [Test]
        public async Task WhoWaitsKeepsTheChannel()
        {
            var channel = WeakChannel();
            var read = StartRead(channel);
            Collect();
            Assert.That(channel.IsAlive);
            ((Channel<string>)channel.Target).Write("here");
            Assert.That(await read.InTime(), Is.EqualTo("here"));
        }

        [Test]
        public async Task CollectionsDisturbNoOperation()
        {
            var channel = Channel.Unbuffered<string>();
            var writer = Go.Run(async () =>
            {
                for (int i = 0; i < 2000; i++) await channel.WriteAsync("value " + i);
                channel.Complete();
            });
            var reader = Go.Run(() => ChannelTests.Drain(channel));
            while (!reader.IsCompleted) Collect();
            await writer.InTime();
            var values = await reader.InTime();
            for (int i = 0; i < 2000; i++) Assert.That(values[i], Is.EqualTo("value " + i));
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static WeakReference WeakChannel()
        {
            return new WeakReference(Channel.Unbuffered<string>());
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static Task<string> StartRead(WeakReference channel)
        {
            return ((Channel<string>)channel.Target).ReadAsync().AsTask();
        }

        // On a thread of its own, whose stack can keep nothing alive afterwards.
        private static WeakReference OnThread(Func<WeakReference> make)
        {
            WeakReference made = null;
            TestSupport.OnThread(() => made = make()).InTime().Wait();
            return made;
        }

        private static void UntilCollected(Func<bool> gone)
        {
            TestSupport.Until(() =>
            {
                Collect();
                return gone();
            });
        }

        private static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
