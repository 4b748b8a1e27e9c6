using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;
#if __MonoCS__
using Continuation = System.Action<object>;
#else
using Continuation = System.Action<object?>;
#endif

namespace Goconc
{
    // The part of a goc_op that is ours; 96 bytes of the library's follow.
    [StructLayout(LayoutKind.Sequential)]
    internal struct Record
    {
        public const int Size = 128;
        public const int Alignment = 64;

        public long Value;
        public long Token;
        public long Woken;
        public int Status;
        public int Index;
    }

    // An operation that may wait: a native record, and what a ValueTask asks for its result.
    //
    // The life of one: rented from its Pool; started by a native call, whose result goes through
    // Started(); if that is Pending, awaited by a task (Await) or by a thread (Wait), until exactly
    // one of Complete() and a successful Cancel() has set the result; read by End(), and back in
    // its Pool.
    //
    // A record never moves and is never freed, since a late interrupt may still look at it. Its
    // token is its number in a table, which holds whoever waits: a goroutine that is blocked for
    // ever stays, as in Go.
    internal abstract unsafe class Operation
    {
        private const int SlabRecords = 64;

        private static readonly object s_growing = new object();
        private static readonly Continuation s_cancel = op => (op as Operation)?.Cancel();
        private static readonly Continuation s_interrupt = op => (op as Operation)?.Interrupt();
        private static Operation[] s_all = new Operation[SlabRecords];
        private static int s_count;
        private static byte* s_slab;

        protected readonly Record* _record;
        private ManualResetValueTaskSourceCore<bool> _completion;
        private CancellationTokenRegistration _registration;
        private CancellationToken _cancellationToken;
        private int _status;
        private volatile bool _pending;
        private volatile bool _threadWaits;

        protected Operation()
        {
            _completion.RunContinuationsAsynchronously = true;
            lock (s_growing)
            {
                int slot = s_count % SlabRecords;
                if (slot == 0) s_slab = NewSlab();
                if (s_count == s_all.Length)
                {
                    var all = new Operation[2 * s_count];
                    Array.Copy(s_all, all, s_count);
                    Volatile.Write(ref s_all, all);
                }
                _record = (Record*)(s_slab + slot * Record.Size);
                s_all[s_count++] = this;
                _record->Token = s_count;
            }
        }

        // How many wait now; for tests.
        public static int PendingCount
        {
            get
            {
                lock (s_growing)
                {
                    int pending = 0;
                    for (int i = 0; i < s_count; i++)
                    {
                        if (s_all[i]._pending) pending++;
                    }
                    return pending;
                }
            }
        }

        // Lets all threads that wait look up.
        public static void InterruptThreads()
        {
            lock (s_growing)
            {
                for (int i = 0; i < s_count; i++)
                {
                    if (s_all[i]._threadWaits) s_all[i].Interrupt();
                }
            }
        }

        public IntPtr Address
        {
            get { return (IntPtr)_record; }
        }

        // The word to send, or the one received.
        public long Word
        {
            get { return _record->Value; }
            set { _record->Value = value; }
        }

        // Resumes the owner of a token; 0 is nobody's.
        public static void Dispatch(long token)
        {
            if (token != 0) Volatile.Read(ref s_all)[token - 1].Complete();
        }

        // Takes the result of the native call that has started it, and resumes its peer at once.
        public int Started(int status)
        {
            if (status == Status.Ok) Dispatch(_record->Woken);
            return status;
        }

        // Waits as a task. Returns the version for its ValueTask, whose consumer calls End().
        public short Await(CancellationToken cancellationToken)
        {
            _pending = true;
            short version = _completion.Version;
            if (cancellationToken.CanBeCanceled)
            {
                _cancellationToken = cancellationToken;
                _registration = Register(cancellationToken, s_cancel);
            }
            return version;
        }

        // Waits as a thread, for a record that was started without a port. Returns what became of
        // it, or TimedOut, or Canceled.
        public int Wait(long deadline, CancellationToken cancellationToken)
        {
            int status;
            _pending = _threadWaits = true;
            using (Register(cancellationToken, s_interrupt))
            {
                do
                {
                    Ending.Rest();
                    status = Native.await_op(Address, deadline);
                }
                while (status == Status.Interrupted && !cancellationToken.IsCancellationRequested);
                if (status != Status.Ok && Native.goc_op_cancel(Address) != Status.Ok)
                {
                    // Too late to give up: the result is on its way.
                    do status = Native.await_op(Address, Deadline.Forever);
                    while (status == Status.Interrupted);
                }
            }
            _pending = _threadWaits = false;
            if (status == Status.Interrupted) return Status.Canceled;
            return status == Status.Ok ? _record->Status : status;
        }

        public ValueTaskSourceStatus GetStatus(short version)
        {
            return GetStatus(version, ValueTaskSourceStatus.Faulted);
        }

        public void OnCompleted(Continuation continuation,
            [AllowNull] object state, short version,
            ValueTaskSourceOnCompletedFlags flags)
        {
            _completion.OnCompleted(continuation, state, version, flags);
        }

        // For results that differ in what a closed channel means.
        protected ValueTaskSourceStatus GetStatus(short version, ValueTaskSourceStatus closed)
        {
            var status = _completion.GetStatus(version);
            if (status == ValueTaskSourceStatus.Pending || _status == Status.Ok) return status;
            if (_status == Status.Closed) return closed;
            return _status == Status.Canceled
                ? ValueTaskSourceStatus.Canceled : ValueTaskSourceStatus.Faulted;
        }

        // Ends the wait of a task: gives what became of it, and makes it ready for another one. A
        // cancellation that is just running has ended afterwards, so it meets no other operation.
        protected int End(short version, out CancellationToken cancellationToken)
        {
            _completion.GetResult(version);
            _registration.Dispose();
            _registration = default(CancellationTokenRegistration);
            cancellationToken = _cancellationToken;
            _cancellationToken = default(CancellationToken);
            _completion.Reset();
            _pending = false;
            return _status;
        }

        // The operation is under way: this must not fail. A source that is disposed cancels
        // nothing.
        private CancellationTokenRegistration Register(CancellationToken cancellationToken,
            Continuation callback)
        {
            try
            {
                return cancellationToken.Register(callback, this);
            }
            catch (ObjectDisposedException)
            {
                return default(CancellationTokenRegistration);
            }
        }

        private static byte* NewSlab()
        {
            int size = SlabRecords * Record.Size;
            var memory = (long)Marshal.AllocHGlobal(size + Record.Alignment);
            var slab = (byte*)((memory + Record.Alignment - 1) & -Record.Alignment);
            for (int i = 0; i < size; i++) slab[i] = 0;
            return slab;
        }

        // Its token has come: the record is ours again.
        private void Complete()
        {
            Settle(_record->Status);
        }

        private void Cancel()
        {
            if (Native.goc_op_cancel(Address) == Status.Ok) Settle(Status.Canceled);
        }

        private void Settle(int status)
        {
            _status = status;
            _completion.SetResult(true);
        }

        private void Interrupt()
        {
            Native.goc_op_interrupt(Address);
        }
    }
}
