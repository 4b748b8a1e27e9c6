using System;
using System.Threading;

namespace Goconc
{
    // The end of a process or an AppDomain under Mono, which waits until each background thread has
    // ended, and cannot end one that is blocked in native code. So all such threads are called
    // back, and rest where Mono can end them. .NET just ends the process.
    internal static class Ending
    {
        private static volatile bool s_begun;

        public static void Watch()
        {
            if (Type.GetType("Mono.Runtime") == null) return;
            AppDomain.CurrentDomain.ProcessExit += (sender, arguments) => Begin();
            AppDomain.CurrentDomain.DomainUnload += (sender, arguments) => Begin();
        }

        // To be called by a thread before it blocks in native code, and again when it was
        // interrupted.
        public static void Rest()
        {
            // Either Begin() sees that this thread waits, or this thread sees s_begun.
            Thread.MemoryBarrier();
            if (s_begun) Thread.Sleep(Timeout.Infinite);
        }

        private static void Begin()
        {
            s_begun = true;
            Port.Interrupt();
            Operation.InterruptThreads();
        }
    }
}
