using System;
using System.Threading;
using System.Threading.Tasks;

namespace Goconc
{
    /// <summary>Waits until a number of things is done.</summary>
    /// <remarks>Any number of tasks and threads may use it at any time, and again after it was
    /// zero. It needs no disposal.</remarks>
    public sealed class WaitGroup
    {
        private readonly WaitGroupHandle _reference = WaitGroupHandle.Create();

        /// <summary>How much is still to be done; may be out of date when it arrives.</summary>
        public long Count
        {
            get { return Native.goc_wg_count(_reference); }
        }

        internal WaitGroupHandle Reference
        {
            get { return _reference; }
        }

        /// <summary>Changes the counter; at zero all who wait go on. Call it before starting what
        /// is waited for, not inside.</summary>
        /// <param name="delta">How much comes to it; may be negative.</param>
        /// <exception cref="InvalidOperationException">The counter would be negative; it is
        /// unchanged.</exception>
        /// <exception cref="OverflowException">The counter would be larger than 2^31 - 1; it is
        /// unchanged.</exception>
        public void Add(int delta)
        {
            int status = Native.goc_wg_add(_reference, delta);
            if (status != Status.Ok) throw Status.ToException(status);
            if (delta < 0) Port.Poll();
        }

        /// <summary>Takes one from the counter.</summary>
        /// <exception cref="InvalidOperationException">The counter is zero.</exception>
        public void Done()
        {
            Add(-1);
        }

        /// <summary>Waits for zero without blocking the thread.</summary>
        /// <param name="cancellationToken">Gives up.</param>
        /// <returns>A task that ends when the counter is zero. Await it once.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public ValueTask WaitAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return new ValueTask(Task.FromCanceled(cancellationToken));
            }
            return WaitGroupOperation.Rent(this).StartTask(cancellationToken);
        }

        /// <summary>Blocks the thread until the counter is zero.</summary>
        /// <param name="cancellationToken">Gives up.</param>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public void Wait(CancellationToken cancellationToken = default(CancellationToken))
        {
            Wait(Timeout.InfiniteTimeSpan, cancellationToken);
        }

        /// <summary>Blocks the thread until the counter is zero, for a time at most.</summary>
        /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
        /// <param name="cancellationToken">Gives up.</param>
        /// <returns>True if it is zero; false if not in time.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
        public bool Wait(TimeSpan timeout,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long deadline = Deadline.After(timeout);
            var operation = WaitGroupOperation.Rent(this);
            int status = operation.Finish(operation.Run(deadline, cancellationToken));
            if (status == Status.TimedOut) return false;
            if (status != Status.Ok) throw Status.ToException(status, cancellationToken);
            return true;
        }

        /// <summary>Starts a function that awaits, and counts it until it has ended, with or
        /// without an exception.</summary>
        /// <param name="body">What to do.</param>
        /// <returns>A task that ends with it.</returns>
        public Task Go(Func<Task> body)
        {
            if (body == null) throw new ArgumentNullException(nameof(body));
            Add(1);
            return Goconc.Go.Run(async () =>
            {
                try
                {
                    await body().ConfigureAwait(false);
                }
                finally
                {
                    Done();
                }
            });
        }

        /// <summary>The same for a function that does not wait.</summary>
        /// <param name="body">What to do.</param>
        /// <returns>A task that ends with it.</returns>
        public Task Go(Action body)
        {
            if (body == null) throw new ArgumentNullException(nameof(body));
            Add(1);
            return Goconc.Go.Run(() =>
            {
                try
                {
                    body();
                }
                finally
                {
                    Done();
                }
            });
        }
    }
}
