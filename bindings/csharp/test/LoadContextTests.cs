#if !__MonoCS__ // which has no such contexts
using System;
using System.Reflection;
using System.Runtime.Loader;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests;

[TestFixture]
public class LoadContextTests : Specification
{
    // Two copies of the assembly are as two languages: each has a port of its own, and a channel
    // connects them.
    [Test]
    public async Task TwoCopiesOfTheAssemblyShareAChannel()
    {
        var context = new AssemblyLoadContext("copy");
        var copy = context.LoadFromAssemblyPath(typeof(LongChannel).Assembly.Location);
        var type = copy.GetType("Goconc.LongChannel", throwOnError: true);
        Assert.That(type, Is.Not.EqualTo(typeof(LongChannel)));

        var mine = new LongChannel();
        object yours = type.GetMethod("FromHandle").Invoke(null, [mine.Handle]);
        var read = type.GetMethod("Read");
        object[] never = [default(CancellationToken)];
        var reader = TestSupport.OnThread(() =>
        {
            for (int i = 0; i < 100; i++) Assert.That(read.Invoke(yours, never), Is.EqualTo(i));
        });
        for (int i = 0; i < 100; i++) await mine.WriteAsync(i).InTime();
        await reader.InTime();

        var theirs = (ValueTask<long>)type.GetMethod("ReadAsync").Invoke(yours, never);
        await mine.WriteAsync(7).InTime();
        Assert.That(await theirs.InTime(), Is.EqualTo(7));
    }
}
#endif
