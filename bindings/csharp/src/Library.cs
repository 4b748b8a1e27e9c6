using System;

namespace Goconc
{
    // The native library behind all of this. It is found beside the assembly, in a NuGet package, or
    // where the system keeps its libraries; a process has one copy, so that all languages in it can
    // share channels.
    internal static class Library
    {
        private static bool s_checked;

        // Called before the first object is made. Not a static constructor, whose exceptions arrive
        // wrapped and only once in clear words.
        public static void Require()
        {
            if (s_checked) return;
            int loaded = Native.goc_abi_version();
            int expected = Native.compiled_abi();
            if (loaded != expected)
            {
                throw new DllNotFoundException("libgoconc.so.1 has the binary interface " + loaded
                    + ", but this assembly was built for " + expected + ".");
            }
            Ending.Watch();
            s_checked = true;
        }
    }
}
