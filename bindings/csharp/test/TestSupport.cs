using System;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    // Waits are for events and bounded: whatever takes this long has lost a wake-up.
    internal static class TestSupport
    {
        public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

        // The task, which must end in time.
        public static async Task InTime(this Task task)
        {
            using (var timer = new CancellationTokenSource())
            {
                var first = await Task.WhenAny(task, Task.Delay(Limit, timer.Token));
                timer.Cancel();
                Assert.That(first == task, "it takes too long");
                await task;
            }
        }

        public static async Task<T> InTime<T>(this Task<T> task)
        {
            await InTime((Task)task);
            return task.Result;
        }

        public static Task<T> InTime<T>(this ValueTask<T> task)
        {
            return task.AsTask().InTime();
        }

        public static Task InTime(this ValueTask task)
        {
            return task.AsTask().InTime();
        }

        // The exception of a task, which must have one of this type.
        public static async Task<TException> Throws<TException>(Task task)
            where TException : Exception
        {
            try
            {
                await task.InTime();
            }
            catch (TException e)
            {
                return e;
            }
            Assert.Fail("no " + typeof(TException).Name);
            throw new InvalidOperationException();
        }

        // A thread of its own with something to do that blocks, as a task.
        public static Task OnThread(Action body)
        {
            return Task.Factory.StartNew(body, CancellationToken.None,
                TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        // For tasks whose end is seen elsewhere.
        public static void Forget(this Task task)
        {
        }

        // Lets other threads run until the condition holds.
        public static void Until(Func<bool> condition)
        {
            Assert.That(SpinWait.SpinUntil(condition, Limit), "it does not come true");
        }

        // So many operations of ours are waiting.
        public static void UntilPending(int count)
        {
            Until(() => Operation.PendingCount == count);
        }
    }
}
