using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;

namespace Goconc
{
    // The one port of this assembly: where operations come back that somebody outside has
    // completed, a native goroutine or another language. Operations completed from here never take
    // this way.
    internal static unsafe class Port
    {
        private const int Batch = 64;

        public static readonly IntPtr Address = Open();

        // Resumes whoever a call has completed by the way: closing, a WaitGroup at zero.
        public static void Poll()
        {
            var tokens = stackalloc long[Batch];
            int fetched;
            do
            {
                fetched = Native.poll_tokens(Address, (IntPtr)tokens, Batch);
                Resume(tokens, fetched);
            }
            while (fetched == Batch);
        }

        // Lets the thread of the port look up.
        public static void Interrupt()
        {
            Native.goc_port_interrupt(Address);
        }

        private static IntPtr Open()
        {
            Library.Require();
            var port = Native.new_port();
            if (port == IntPtr.Zero) throw new OutOfMemoryException();
            var pump = new Thread(Pump) { IsBackground = true, Name = "goconc port" };
            pump.Start(port);
            return port;
        }

        // The port is an argument: the static field has no value before the constructor has ended.
        private static void Pump([AllowNull] object port)
        {
            if (!(port is IntPtr address)) return;
            var tokens = stackalloc long[Batch];
            for (;;)
            {
                Ending.Rest();
                Resume(tokens, Native.await_tokens(address, (IntPtr)tokens, Batch));
            }
        }

        private static void Resume(long* tokens, int count)
        {
            for (int i = 0; i < count; i++) Operation.Dispatch(tokens[i]);
        }
    }
}
