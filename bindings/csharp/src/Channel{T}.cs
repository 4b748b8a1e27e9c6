using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
#if !__MonoCS__
using System.Runtime.CompilerServices;
#endif

namespace Goconc
{
    /// <summary>A queue of values between tasks and threads. <see cref="Channel"/> makes
    /// them.</summary>
    /// <remarks>
    /// <para>With capacity 0 a write ends when a reader has the value. Values come in the order in
    /// which they were written; waiting readers and waiting writers are served in the order in
    /// which they came.</para>
    /// <para>Every method may be called from any thread at any time. Those that end in <c>Async</c>
    /// block no thread; what follows the await runs on the thread pool or in the captured context,
    /// never within somebody else's call. Await their result once. The others block the calling
    /// thread when they have to wait: use them on threads of your own rather than on the thread
    /// pool's.</para>
    /// <para>A channel needs no disposal. When nobody refers to it any more it is collected, and so
    /// are the values that are still in it.</para>
    /// </remarks>
    /// <typeparam name="T">The type of the values.</typeparam>
    public abstract class Channel<T> : IWords
    {
        private readonly ChannelHandle _reference;

        internal Channel(ChannelHandle reference)
        {
            _reference = reference;
        }

        /// <summary>The number of buffered values; it may be out of date when it arrives.</summary>
        public int Count
        {
            get
            {
                var count = (int)Native.channel_length(Address);
                GC.KeepAlive(this);
                return count;
            }
        }

        /// <summary>How many values are buffered before a write waits; 0 for a
        /// rendezvous.</summary>
        public int Capacity
        {
            get
            {
                var capacity = (int)Native.channel_capacity(Address);
                GC.KeepAlive(this);
                return capacity;
            }
        }

        /// <summary>True if nothing can be written any more; values may still be
        /// buffered.</summary>
        public bool IsClosed
        {
            get
            {
                bool closed = Native.goc_chan_is_closed(Address) != 0;
                GC.KeepAlive(this);
                return closed;
            }
        }

        /// <summary>True if the channel is closed and drained: nothing more will be read.</summary>
        public bool IsCompleted
        {
            // In this order: a closed channel gets no more values.
            get { return IsClosed && Count == 0; }
        }

        IntPtr IWords.Address
        {
            get { return Address; }
        }

        // The native channel, as long as this object is reachable.
        internal IntPtr Address
        {
            get { return _reference.DangerousGetHandle(); }
        }

        /// <summary>Reads a value, and waits for it without blocking the thread.</summary>
        /// <param name="cancellationToken">Gives up; no value is lost.</param>
        /// <returns>The value.</returns>
        /// <exception cref="ChannelClosedException">The channel is closed and drained.</exception>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public ValueTask<T> ReadAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return new ValueTask<T>(Task.FromCanceled<T>(cancellationToken));
            }
            var operation = ReadOperation<T>.Rent(this);
            int status = operation.Start();
            if (status == Status.Pending)
            {
                return new ValueTask<T>(operation, operation.Await(cancellationToken));
            }
            status = operation.Finish(status, out var value);
            return status == Status.Ok
                ? new ValueTask<T>(value)
                : new ValueTask<T>(Task.FromException<T>(Status.ToException(status)));
        }

        /// <summary>
        /// As <see cref="ReadAsync"/>, but the end of the channel is a result, not an exception.
        /// </summary>
        /// <param name="cancellationToken">Gives up; no value is lost.</param>
        /// <returns>The value, or the news that the channel is closed and drained.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public ValueTask<Received<T>> ReceiveAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return new ValueTask<Received<T>>(
                    Task.FromCanceled<Received<T>>(cancellationToken));
            }
            var operation = ReadOperation<T>.Rent(this);
            int status = operation.Start();
            if (status == Status.Pending)
            {
                return new ValueTask<Received<T>>(operation, operation.Await(cancellationToken));
            }
            status = operation.Finish(status, out var value);
            if (status == Status.Ok) return new ValueTask<Received<T>>(new Received<T>(value));
            if (status == Status.Closed) return default(ValueTask<Received<T>>);
            return new ValueTask<Received<T>>(
                Task.FromException<Received<T>>(Status.ToException(status)));
        }

        /// <summary>Writes a value, and waits for room or a reader without blocking the
        /// thread.</summary>
        /// <param name="value">The value.</param>
        /// <param name="cancellationToken">Gives up; the value is not written.</param>
        /// <returns>A task that ends when the value is written.</returns>
        /// <exception cref="ChannelClosedException">The channel is closed; nothing is
        /// written.</exception>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public ValueTask WriteAsync(T value,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (cancellationToken.IsCancellationRequested)
            {
                return new ValueTask(Task.FromCanceled(cancellationToken));
            }
            return WriteOperation.Rent(this, ToWord(value)).StartTask(cancellationToken);
        }

        /// <summary>Reads a value if there is one, and never waits.</summary>
        /// <param name="value">The value, or the default of its type.</param>
        /// <returns>
        /// True if there is a value; false if none is ready or, see <see cref="IsCompleted"/>, none
        /// will ever be.
        /// </returns>
        public bool TryRead([MaybeNullWhen(false)] out T value)
        {
            var operation = ReadOperation<T>.Rent(this);
            return operation.Finish(operation.StartNow(), out value) == Status.Ok;
        }

        /// <summary>Reads a value; blocks the thread for a time at most.</summary>
        /// <param name="value">The value, or the default of its type.</param>
        /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for
        /// ever.</param>
        /// <param name="cancellationToken">Gives up; no value is lost.</param>
        /// <returns>True if there is a value; false if there is none in time, or will ever
        /// be.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
        public bool TryRead([MaybeNullWhen(false)] out T value, TimeSpan timeout,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long deadline = Deadline.After(timeout);
            var operation = ReadOperation<T>.Rent(this);
            int status = operation.Finish(operation.Run(deadline, cancellationToken), out value);
            if (status == Status.Canceled) throw new OperationCanceledException(cancellationToken);
            return status == Status.Ok;
        }

        /// <summary>Reads a value, and blocks the thread until there is one.</summary>
        /// <param name="cancellationToken">Gives up; no value is lost.</param>
        /// <returns>The value.</returns>
        /// <exception cref="ChannelClosedException">The channel is closed and drained.</exception>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public T Read(CancellationToken cancellationToken = default(CancellationToken))
        {
            return Receive(cancellationToken).Require();
        }

        /// <summary>
        /// As <see cref="Read"/>, but the end of the channel is a result, not an exception.
        /// </summary>
        /// <param name="cancellationToken">Gives up; no value is lost.</param>
        /// <returns>The value, or the news that the channel is closed and drained.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public Received<T> Receive(CancellationToken cancellationToken = default(CancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var operation = ReadOperation<T>.Rent(this);
            int status = operation.Finish(
                operation.Run(Deadline.Forever, cancellationToken), out var value);
            if (status == Status.Ok) return new Received<T>(value);
            if (status == Status.Closed) return default(Received<T>);
            throw Status.ToException(status, cancellationToken);
        }

        /// <summary>Writes a value if there is room or a reader, and never waits.</summary>
        /// <param name="value">The value.</param>
        /// <returns>True if it is written; false if it would have to wait or the channel is
        /// closed.</returns>
        public bool TryWrite(T value)
        {
            var operation = WriteOperation.Rent(this, ToWord(value));
            return operation.Finish(operation.StartNow()) == Status.Ok;
        }

        /// <summary>Writes a value; blocks the thread for a time at most.</summary>
        /// <param name="value">The value.</param>
        /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for
        /// ever.</param>
        /// <param name="cancellationToken">Gives up; the value is not written.</param>
        /// <returns>True if it is written; false if not in time, or if the channel is
        /// closed.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
        public bool TryWrite(T value, TimeSpan timeout,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            long deadline = Deadline.After(timeout);
            var operation = WriteOperation.Rent(this, ToWord(value));
            int status = operation.Finish(operation.Run(deadline, cancellationToken));
            if (status == Status.Canceled) throw new OperationCanceledException(cancellationToken);
            return status == Status.Ok;
        }

        /// <summary>Writes a value, and blocks the thread until it is written.</summary>
        /// <param name="value">The value.</param>
        /// <param name="cancellationToken">Gives up; the value is not written.</param>
        /// <exception cref="ChannelClosedException">The channel is closed; nothing is
        /// written.</exception>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public void Write(T value, CancellationToken cancellationToken = default(CancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var operation = WriteOperation.Rent(this, ToWord(value));
            int status = operation.Finish(
                operation.Run(Deadline.Forever, cancellationToken));
            if (status != Status.Ok) throw Status.ToException(status, cancellationToken);
        }

        /// <summary>Closes the channel. Who waits for a value learns that none will come; who waits
        /// to write learns that nothing was written; buffered values can still be read.</summary>
        /// <exception cref="ChannelClosedException">It was closed already.</exception>
        public void Complete()
        {
            if (!TryComplete()) throw new ChannelClosedException("The channel is closed already.");
        }

        /// <summary>As <see cref="Complete"/>, for those who may not be the first.</summary>
        /// <returns>True if this call has closed it.</returns>
        public bool TryComplete()
        {
            int status = Native.goc_chan_close(Address);
            GC.KeepAlive(this);
            Port.Poll();
            return status == Status.Ok;
        }

        /// <summary>Reads until the channel is closed and drained; blocks the thread.</summary>
        /// <param name="cancellationToken">Gives up; no value is lost.</param>
        /// <returns>The values, each for one reader only.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public IEnumerable<T> ReadAll(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            for (;;)
            {
                var received = Receive(cancellationToken);
                if (!received.IsOpen) yield break;
                yield return received.Require();
            }
        }

#if !__MonoCS__
        /// <summary>Reads until the channel is closed and drained, with <c>await
        /// foreach</c>.</summary>
        /// <param name="cancellationToken">Gives up; no value is lost.</param>
        /// <returns>The values, each for one reader only.</returns>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public async IAsyncEnumerable<T> ReadAllAsync(
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            for (;;)
            {
                var received = await ReceiveAsync(cancellationToken).ConfigureAwait(false);
                if (!received.IsOpen) yield break;
                yield return received.Require();
            }
        }
#endif

        // Makes the word that travels for a value.
        internal abstract long ToWord(T value);

        // Gives the value that a word stands for; once for each word.
        internal abstract T FromWord(long word);

        // Takes back the word of a send that did not happen.
        internal virtual void Discard(long word)
        {
        }

        void IWords.Discard(long word)
        {
            Discard(word);
        }
    }
}
