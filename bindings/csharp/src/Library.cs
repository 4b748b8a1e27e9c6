using System;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
#if !NET
using System.IO;
#endif

namespace Goconc
{
    // The native library behind all of this. The languages of a process share channels because they
    // share one copy: one that is loaded already, else the system's, else the one beside this
    // assembly or in its NuGet package.
    internal static class Library
    {
        private const string Name = "libgoconc.so.1";
        private const string Glue = "libgoconc_csharp.so";

        private static bool s_checked;

        // Called before the first object is made. Not a static constructor, whose exceptions arrive
        // wrapped.
        public static void Require()
        {
            if (s_checked) return;
            RequirePlatform(RuntimeInformation.IsOSPlatform(OSPlatform.Linux),
                RuntimeInformation.ProcessArchitecture);
#if NET
            NativeLibrary.TryLoad(Name, out _); // the system's, which the glue then finds loaded
#endif
            RequireAbi();
            Ending.Watch();
            s_checked = true;
        }

        internal static void RequirePlatform(bool isLinux, Architecture processor)
        {
            if (isLinux && (processor == Architecture.X64 || processor == Architecture.Arm64)) return;
            throw new PlatformNotSupportedException("goconc runs on Linux with glibc on x86_64 and "
                + "aarch64, not on " + RuntimeInformation.OSDescription + " on " + processor
                + "; use one of those.");
        }

        private static void RequireAbi()
        {
            int loaded;
            try
            {
                loaded = Native.goc_abi_version();
            }
            catch (DllNotFoundException e)
            {
                string reason = Reason(e);
                throw new DllNotFoundException(Advice(reason), new DllNotFoundException(reason, e));
            }
            int expected = Native.compiled_abi();
            if (loaded == expected) return;
            throw new DllNotFoundException(Name + " has the binary interface " + loaded
                + ", but this assembly was built for " + expected
                + "; let the process load the library that came with it.");
        }

        private static string Advice(string reason)
        {
            var newer = Regex.Match(reason, @"GLIBC_([0-9.]+)' not found");
            if (newer.Success)
            {
                return "goconc's native part needs glibc " + newer.Groups[1].Value
                    + ", which this system does not have; update the system, or build goconc on it.";
            }
            return "goconc's native part cannot be loaded; put " + Glue + " and " + Name
                + " for this processor beside Goconc.dll, from the NuGet package (linux-x64) or from a"
                + " build of goconc.";
        }

#if NET
        private static string Reason(DllNotFoundException e)
        {
            return e.Message;
        }
#else
        // Mono does not tell what the dynamic linker has said; so it is asked again.
        private static string Reason(DllNotFoundException e)
        {
            var folder = Path.GetDirectoryName(typeof(Library).Assembly.Location);
            if (dlopen(Path.Combine(folder, Glue), Now) != IntPtr.Zero) return e.Message;
            return Marshal.PtrToStringAnsi(dlerror());
        }

        private const int Now = 2; // RTLD_NOW

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlopen(string file, int mode);

        [DllImport("libdl.so.2")]
        private static extern IntPtr dlerror();
#endif
    }
}
