using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Goconc
{
    // The results of native calls that matter here; goconc/errors.def has all of them.
    internal static class Status
    {
        public const int Ok = 0;
        public const int OutOfMemory = -3;
        public const int WouldWait = -4;
        public const int TimedOut = -5;
        public const int Closed = -6;
        public const int Canceled = -7;
        public const int Negative = -10;
        public const int Overflow = -12;
        public const int Interrupted = -14;
        public const int Pending = -15;

        // The exception that says what became of an operation. The token is the one that may have
        // canceled it.
        public static Exception ToException(int status,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            switch (status)
            {
                case Closed: return new ChannelClosedException();
                case Canceled: return new OperationCanceledException(cancellationToken);
                case OutOfMemory: return new OutOfMemoryException();
                case Negative:
                    return new InvalidOperationException(
                        "The WaitGroup's counter would be negative.");
                case Overflow:
                    return new OverflowException("The WaitGroup's counter would be too large.");
                default:
                    var text = Marshal.PtrToStringAnsi(Native.goc_strerror(status));
                    return new InvalidOperationException("goconc: " + text + ".");
            }
        }
    }
}
