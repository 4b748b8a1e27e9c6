using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Text;
using System.Threading;

namespace Goconc.Tests
{
    // The test program itself as a process of its own, for what concerns a whole process.
    public static class Child
    {
        // The folder of this program.
        public static readonly string Folder =
            Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);

        // The end of a process: its status, and what it has written. The program may be a copy in
        // another folder.
        public static int Run(string scenario, out string output, string libraryPath = null,
            string folder = null)
        {
            var program = Path.GetFileName(Assembly.GetExecutingAssembly().Location);
            var start = new ProcessStartInfo
            {
                FileName = Process.GetCurrentProcess().MainModule.FileName,
                Arguments = "\"" + Path.Combine(folder ?? Folder, program) + "\" " + scenario,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            if (libraryPath != null) start.EnvironmentVariables["LD_LIBRARY_PATH"] = libraryPath;
            var text = new StringBuilder();
            using (var process = new Process { StartInfo = start })
            {
                process.OutputDataReceived += (sender, line) => Append(text, line.Data);
                process.ErrorDataReceived += (sender, line) => Append(text, line.Data);
                process.Start();
                process.BeginOutputReadLine();
                process.BeginErrorReadLine();
                if (!process.WaitForExit((int)TestSupport.Limit.TotalMilliseconds))
                {
                    process.Kill();
                    throw new TimeoutException("the child process does not end");
                }
                process.WaitForExit();
                lock (text) output = text.ToString();
                return process.ExitCode;
            }
        }

        public static int Main(string[] arguments)
        {
            switch (arguments.Length == 1 ? arguments[0] : "")
            {
                case "exit": return Exit();
                case "load": return Load();
                default: return 2;
            }
        }

        // Ends while tasks, threads and native goroutines wait.
        private static int Exit()
        {
            var channel = new LongChannel();
            for (int i = 0; i < 100; i++) channel.ReadAsync().AsTask().Forget();
            new Thread(() => channel.Read()) { IsBackground = true }.Start();
            Peer.Block(channel.Handle);
            TestSupport.UntilPending(101);
            Console.WriteLine("waiting");
            return 0;
        }

        // Says why nothing can be made.
        private static int Load()
        {
            try
            {
                new LongChannel().TryComplete();
                return 0;
            }
            catch (DllNotFoundException e)
            {
                Console.WriteLine(e.Message);
                return 3;
            }
        }

        private static void Append(StringBuilder text, string line)
        {
            lock (text) text.Append(line).Append('\n');
        }
    }
}
