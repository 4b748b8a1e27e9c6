using System;
using System.Threading;
using System.Threading.Tasks;

namespace Goconc
{
    /// <summary>
    /// Waits for the first of several reads and writes, carries out exactly that one, and then
    /// calls what belongs to it.
    /// </summary>
    /// <remarks>
    /// Of several that are ready one is chosen at random. A closed channel is always ready. The
    /// same select may be run again, for instance in a loop, and the same channel may stand in
    /// several cases.
    /// Cases are added by one thread; afterwards any may run it.
    /// <example>
    /// <code>
    /// await Select.Begin()
    ///     .OnRead(orders, order =&gt; Console.WriteLine(order))
    ///     .OnTimeout(TimeSpan.FromSeconds(1), () =&gt; Console.WriteLine("no order"))
    ///     .RunAsync();
    /// </code>
    /// </example>
    /// </remarks>
    public sealed class Select
    {
        // What a timer of .NET can measure: 24 days. Longer is for ever.
        private static readonly TimeSpan s_longest = TimeSpan.FromMilliseconds(int.MaxValue);

        private SelectCase[] _cases = Array.Empty<SelectCase>();
        private TimeSpan _timeout = Timeout.InfiniteTimeSpan;
        private Func<Task> _onTimeout = Nothing;
        private Func<Task> _default = Nothing;
        private bool _hasDefault;

        private Select()
        {
        }

        /// <summary>Makes a select without cases.</summary>
        /// <returns>The select.</returns>
        public static Select Begin()
        {
            return new Select();
        }

        /// <summary>Adds a read. If the channel is closed and drained, <see cref="RunAsync"/>
        /// throws a
        /// <see cref="ChannelClosedException"/>.</summary>
        /// <typeparam name="T">The type of the values.</typeparam>
        /// <param name="channel">Where to read.</param>
        /// <param name="handler">Gets the value.</param>
        /// <returns>This select.</returns>
        public Select OnRead<T>(Channel<T> channel, Action<T> handler)
        {
            Require(handler, nameof(handler));
            return Receive(channel, received =>
            {
                handler(received.Require());
                return Task.CompletedTask;
            });
        }

        /// <summary>The same with a handler that awaits.</summary>
        /// <typeparam name="T">The type of the values.</typeparam>
        /// <param name="channel">Where to read.</param>
        /// <param name="handler">Gets the value.</param>
        /// <returns>This select.</returns>
        public Select OnRead<T>(Channel<T> channel, Func<T, Task> handler)
        {
            Require(handler, nameof(handler));
            return Receive(channel, received => handler(received.Require()));
        }

        /// <summary>Adds a read whose handler also learns that the channel is closed and
        /// drained.</summary>
        /// <typeparam name="T">The type of the values.</typeparam>
        /// <param name="channel">Where to read.</param>
        /// <param name="handler">Gets the value, or the news.</param>
        /// <returns>This select.</returns>
        public Select OnReceive<T>(Channel<T> channel, Action<Received<T>> handler)
        {
            Require(handler, nameof(handler));
            return Receive(channel, received =>
            {
                handler(received);
                return Task.CompletedTask;
            });
        }

        /// <summary>The same with a handler that awaits.</summary>
        /// <typeparam name="T">The type of the values.</typeparam>
        /// <param name="channel">Where to read.</param>
        /// <param name="handler">Gets the value, or the news.</param>
        /// <returns>This select.</returns>
        public Select OnReceive<T>(Channel<T> channel, Func<Received<T>, Task> handler)
        {
            Require(handler, nameof(handler));
            return Receive(channel, handler);
        }

        /// <summary>Adds a write. If the channel is closed, <see cref="RunAsync"/> throws a
        /// <see cref="ChannelClosedException"/>.</summary>
        /// <typeparam name="T">The type of the values.</typeparam>
        /// <param name="channel">Where to write.</param>
        /// <param name="value">What to write.</param>
        /// <param name="handler">Called after it is written.</param>
        /// <returns>This select.</returns>
        public Select OnWrite<T>(Channel<T> channel, T value, Action handler)
        {
            return OnWrite(channel, value, ToAsync(handler));
        }

        /// <summary>The same with a handler that awaits.</summary>
        /// <typeparam name="T">The type of the values.</typeparam>
        /// <param name="channel">Where to write.</param>
        /// <param name="value">What to write.</param>
        /// <param name="handler">Called after it is written.</param>
        /// <returns>This select.</returns>
        public Select OnWrite<T>(Channel<T> channel, T value, Func<Task> handler)
        {
            Require(channel, nameof(channel));
            Require(handler, nameof(handler));
            return Add(new WriteCase<T>(channel, value, handler));
        }

        /// <summary>Says what happens if nothing is ready in time.</summary>
        /// <param name="timeout">How long each run waits.</param>
        /// <param name="handler">Called when it is over.</param>
        /// <returns>This select.</returns>
        /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
        public Select OnTimeout(TimeSpan timeout, Action handler)
        {
            return OnTimeout(timeout, ToAsync(handler));
        }

        /// <summary>The same with a handler that awaits.</summary>
        /// <param name="timeout">How long each run waits.</param>
        /// <param name="handler">Called when it is over.</param>
        /// <returns>This select.</returns>
        /// <exception cref="ArgumentOutOfRangeException">The timeout is negative.</exception>
        public Select OnTimeout(TimeSpan timeout, Func<Task> handler)
        {
            Require(handler, nameof(handler));
            if (timeout < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
            {
                throw new ArgumentOutOfRangeException(nameof(timeout), timeout,
                    "A timeout cannot be negative.");
            }
            _timeout = timeout < s_longest ? timeout : Timeout.InfiniteTimeSpan;
            _onTimeout = handler;
            return this;
        }

        /// <summary>Says what happens if nothing is ready at once: the select never
        /// waits.</summary>
        /// <param name="handler">Called if nothing is ready.</param>
        /// <returns>This select.</returns>
        public Select Default(Action handler)
        {
            return Default(ToAsync(handler));
        }

        /// <summary>The same with a handler that awaits.</summary>
        /// <param name="handler">Called if nothing is ready.</param>
        /// <returns>This select.</returns>
        public Select Default(Func<Task> handler)
        {
            Require(handler, nameof(handler));
            _default = handler;
            _hasDefault = true;
            return this;
        }

        /// <summary>Waits for the first case, carries it out, and calls its handler.</summary>
        /// <param name="cancellationToken">Gives up: nothing is read or written.</param>
        /// <returns>A task that ends with the handler, and with its exception.</returns>
        /// <exception cref="ChannelClosedException">The case that fired met a closed
        /// channel.</exception>
        /// <exception cref="OperationCanceledException">It was given up.</exception>
        public async Task RunAsync(
            CancellationToken cancellationToken = default(CancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var cases = _cases;
            var fired = await FireAsync(cases, cancellationToken).ConfigureAwait(false);
            await Handle(cases, fired, cancellationToken).ConfigureAwait(false);
        }

        private ValueTask<Fired> FireAsync(SelectCase[] cases, CancellationToken cancellationToken)
        {
            var operation = SelectOperation.Rent(cases);
            int status = operation.Start(!_hasDefault && _timeout != TimeSpan.Zero);
            if (status != Status.Pending) return new ValueTask<Fired>(operation.Finish(status));
            return _timeout == Timeout.InfiniteTimeSpan
                ? new ValueTask<Fired>(operation, operation.Await(cancellationToken))
                : FireInTimeAsync(operation, cancellationToken);
        }

        // The timeout is one more reason to give up; Handle() tells them apart.
        private async ValueTask<Fired> FireInTimeAsync(SelectOperation operation,
            CancellationToken cancellationToken)
        {
            using (var timer = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
            {
                timer.CancelAfter(_timeout);
                var fired = new ValueTask<Fired>(operation, operation.Await(timer.Token));
                return await fired.ConfigureAwait(false);
            }
        }

        private Task Handle(SelectCase[] cases, Fired fired, CancellationToken cancellationToken)
        {
            if (fired.Index >= 0) return cases[fired.Index].Fire(fired.Status, fired.Word);
            if (fired.Status == Status.WouldWait) return _hasDefault ? _default() : _onTimeout();
            if (fired.Status != Status.Canceled) throw Status.ToException(fired.Status);
            cancellationToken.ThrowIfCancellationRequested();
            return _onTimeout();
        }

        private Select Receive<T>(Channel<T> channel, Func<Received<T>, Task> handler)
        {
            Require(channel, nameof(channel));
            return Add(new ReadCase<T>(channel, handler));
        }

        private Select Add(SelectCase added)
        {
            Array.Resize(ref _cases, _cases.Length + 1);
            _cases[_cases.Length - 1] = added;
            return this;
        }

        private static Func<Task> ToAsync(Action handler)
        {
            Require(handler, nameof(handler));
            return () =>
            {
                handler();
                return Task.CompletedTask;
            };
        }

        private static void Require(object argument, string name)
        {
            if (argument == null) throw new ArgumentNullException(name);
        }

        private static Task Nothing()
        {
            return Task.CompletedTask;
        }
    }
}
