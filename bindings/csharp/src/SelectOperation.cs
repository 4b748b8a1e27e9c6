using System;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;

namespace Goconc
{
    // What became of a select: a case that fired (Ok, or Closed), or why none did.
    internal struct Fired
    {
        public int Status;
        public int Index;
        public long Word;
    }

    // A goc_case.
    [StructLayout(LayoutKind.Sequential)]
    internal struct NativeCase
    {
        public const int Send = 1;
        public const int Receive = 2;

        public IntPtr Channel;
        public int Direction;
        public int Status;
        public IntPtr Element;
    }

    // A select. The words to send stand in memory of its own, since they must stay where they are.
    internal sealed unsafe class SelectOperation : Operation, IValueTaskSource<Fired>
    {
        private const int Now = 1;

        // The cases must not be collected as long as this waits.
        private SelectCase[] _cases = Array.Empty<SelectCase>();
        private IntPtr _memory;
        private int _room;

        public static SelectOperation Rent(SelectCase[] cases)
        {
            var operation = Pool<SelectOperation>.Rent();
            operation._cases = cases;
            operation.Reserve(cases.Length);
            operation.Prepare();
            return operation;
        }

        // Starts it; WouldWait if nothing is ready and it must not wait.
        public int Start(bool mayWait)
        {
            var cases = (NativeCase*)_memory;
            var words = Words;
            for (int i = 0; i < _cases.Length; i++)
            {
                cases[i].Channel = _cases[i].Channel.Address;
                cases[i].Direction = _cases[i].Direction;
                cases[i].Element = _cases[i].Direction == NativeCase.Send
                    ? (IntPtr)(words + i) : IntPtr.Zero;
            }
            return Started(Native.select_op(_memory, _cases.Length, Address, Port.Address,
                mayWait ? 0 : Now));
        }

        // Ends what is not pending; the words that were not sent go back.
        public Fired Finish(int status)
        {
            var fired = new Fired { Status = status, Index = -1 };
            if (status == Status.Ok || status == Status.Closed)
            {
                fired.Status = _record->Status;
                fired.Index = _record->Index;
                fired.Word = Word;
            }
            Return(_cases.Length, fired.Status == Status.Ok ? fired.Index : -1);
            return fired;
        }

        Fired IValueTaskSource<Fired>.GetResult(short version)
        {
            return Finish(End(version, out var cancellationToken));
        }

        ValueTaskSourceStatus IValueTaskSource<Fired>.GetStatus(short version)
        {
            return GetStatus(version, ValueTaskSourceStatus.Succeeded);
        }

        // Behind the cases.
        private long* Words
        {
            get { return (long*)((NativeCase*)_memory + _cases.Length); }
        }

        // Makes the words to send; one that cannot be made takes the others back.
        private void Prepare()
        {
            int prepared = 0;
            try
            {
                for (; prepared < _cases.Length; prepared++)
                {
                    Words[prepared] = _cases[prepared].Prepare();
                }
            }
            catch
            {
                Return(prepared, -1);
                throw;
            }
        }

        // Takes back the words that are prepared and were not sent, and goes back to the pool.
        private void Return(int prepared, int sent)
        {
            for (int i = 0; i < prepared; i++)
            {
                if (i != sent) _cases[i].Withdraw(Words[i]);
            }
            _cases = Array.Empty<SelectCase>();
            Pool<SelectOperation>.Return(this);
        }

        private void Reserve(int cases)
        {
            if (cases <= _room) return;
            _room = Math.Max(cases, 4);
            Marshal.FreeHGlobal(_memory);
            _memory = Marshal.AllocHGlobal(_room * (sizeof(NativeCase) + sizeof(long)));
        }
    }
}
