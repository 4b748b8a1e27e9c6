using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks.Sources;

namespace Goconc
{
    // A receive from a channel.
    internal sealed class ReadOperation<T> : Operation, IValueTaskSource<T>,
        IValueTaskSource<Received<T>>
    {
        private static readonly T[] s_none = new T[1];

        [AllowNull]
        private Channel<T> _channel;

        public static ReadOperation<T> Rent(Channel<T> channel)
        {
            var operation = Pool<ReadOperation<T>>.Rent();
            operation._channel = channel;
            return operation;
        }

        public int Start()
        {
            return Started(Native.goc_chan_recv_op(_channel.Address, Address, Port.Address));
        }

        public int StartNow()
        {
            return Started(Native.try_recv_op(_channel.Address, Address, Port.Address));
        }

        // Receives as a thread. The first attempt hands a waiting writer of ours its token at once;
        // one that waits belongs to no port.
        public int Run(long deadline, CancellationToken cancellationToken)
        {
            int status = StartNow();
            if (status != Status.WouldWait || deadline == Deadline.Now) return status;
            status = Native.goc_chan_recv_op(_channel.Address, Address, IntPtr.Zero);
            return status == Status.Pending ? Wait(deadline, cancellationToken) : status;
        }

        // Ends what is not pending, with the value if the status is Ok. Returns the status.
        public int Finish(int status, out T value)
        {
            var channel = _channel;
            long word = Word;
            _channel = null;
            Pool<ReadOperation<T>>.Return(this);
            value = status == Status.Ok ? channel.FromWord(word) : s_none[0];
            return status;
        }

        ValueTaskSourceStatus IValueTaskSource<Received<T>>.GetStatus(short version)
        {
            return GetStatus(version, ValueTaskSourceStatus.Succeeded);
        }

        T IValueTaskSource<T>.GetResult(short version)
        {
            int status = Finish(End(version, out var cancellationToken), out var value);
            if (status != Status.Ok) throw Status.ToException(status, cancellationToken);
            return value;
        }

        Received<T> IValueTaskSource<Received<T>>.GetResult(short version)
        {
            int status = Finish(End(version, out var cancellationToken), out var value);
            if (status == Status.Ok) return new Received<T>(value);
            if (status == Status.Closed) return default(Received<T>);
            throw Status.ToException(status, cancellationToken);
        }
    }
}
