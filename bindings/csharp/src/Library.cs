using System;
#if NET
using System.Runtime.InteropServices;
#endif

namespace Goconc
{
    // The native library behind all of this. The languages of a process share channels because they
    // share one copy: one that is loaded already, else the system's, else the one beside this
    // assembly or in its NuGet package.
    internal static class Library
    {
        private const string Name = "libgoconc.so.1";

        private static bool s_checked;

        // Called before the first object is made. Not a static constructor, whose exceptions arrive
        // wrapped.
        public static void Require()
        {
            if (s_checked) return;
#if NET
            NativeLibrary.TryLoad(Name, out _); // the system's, which the glue then finds loaded
#endif
            int loaded = Native.goc_abi_version();
            int expected = Native.compiled_abi();
            if (loaded != expected)
            {
                throw new DllNotFoundException(Name + " has the binary interface " + loaded
                    + ", but this assembly was built for " + expected + ".");
            }
            Ending.Watch();
            s_checked = true;
        }
    }
}
