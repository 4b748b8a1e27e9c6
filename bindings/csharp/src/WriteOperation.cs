using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace Goconc
{
    // A send to a channel.
    internal sealed class WriteOperation : ActionOperation
    {
        [AllowNull]
        private IWords _channel;

        public static WriteOperation Rent(IWords channel, long word)
        {
            var operation = Pool<WriteOperation>.Rent();
            operation._channel = channel;
            operation.Word = word;
            return operation;
        }

        public override int Start()
        {
            return Started(Native.goc_chan_send_op(_channel.Address, Address, Port.Address));
        }

        public int StartNow()
        {
            return Started(Native.try_send_op(_channel.Address, Address, Port.Address));
        }

        // Sends as a thread; see ReadOperation.Run().
        public int Run(long deadline, CancellationToken cancellationToken)
        {
            int status = StartNow();
            if (status != Status.WouldWait || deadline == Deadline.Now) return status;
            status = Native.goc_chan_send_op(_channel.Address, Address, IntPtr.Zero);
            return status == Status.Pending ? Wait(deadline, cancellationToken) : status;
        }

        public override int Finish(int status)
        {
            if (status != Status.Ok) _channel.Discard(Word);
            _channel = null;
            Pool<WriteOperation>.Return(this);
            return status;
        }
    }
}
