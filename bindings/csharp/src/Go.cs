using System;
using System.Threading.Tasks;

namespace Goconc
{
    /// <summary>Starts goroutines, which in .NET are tasks.</summary>
    /// <remarks>
    /// They run on the thread pool, as with <see cref="Task.Run(Action)"/>. An exception makes the
    /// task faulted: await it, or <see cref="TaskScheduler.UnobservedTaskException"/> is the last
    /// to hear of it.
    /// </remarks>
    public static class Go
    {
        /// <summary>Starts a function that awaits.</summary>
        /// <param name="body">What to do.</param>
        /// <returns>A task that ends with it.</returns>
        public static Task Run(Func<Task> body)
        {
            return Task.Run(body);
        }

        /// <summary>Starts a function that awaits and has a result.</summary>
        /// <typeparam name="T">The type of the result.</typeparam>
        /// <param name="body">What to do.</param>
        /// <returns>A task with the result.</returns>
        public static Task<T> Run<T>(Func<Task<T>> body)
        {
            return Task.Run(body);
        }

        /// <summary>Starts a function that does not wait: it keeps a thread of the pool.</summary>
        /// <param name="body">What to do.</param>
        /// <returns>A task that ends with it.</returns>
        public static Task Run(Action body)
        {
            return Task.Run(body);
        }
    }
}
