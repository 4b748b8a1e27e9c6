using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace Goconc
{
    // A wait for a WaitGroup's zero.
    internal sealed class WaitGroupOperation : ActionOperation
    {
        [AllowNull]
        private WaitGroup _group;

        public static WaitGroupOperation Rent(WaitGroup group)
        {
            var operation = Pool<WaitGroupOperation>.Rent();
            operation._group = group;
            return operation;
        }

        public override int Start()
        {
            return Started(Native.goc_wg_wait_op(_group.Reference, Address, Port.Address));
        }

        // Waits as a thread.
        public int Run(long deadline, CancellationToken cancellationToken)
        {
            int status = Native.goc_wg_wait_op(_group.Reference, Address, IntPtr.Zero);
            return status == Status.Pending ? Wait(deadline, cancellationToken) : status;
        }

        public override int Finish(int status)
        {
            _group = null;
            Pool<WaitGroupOperation>.Return(this);
            return status;
        }
    }
}
