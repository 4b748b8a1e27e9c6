// Options.cs: the command line of hash.
namespace Examples;

record Options(int Workers, string[] Roots)
{
    const string Usage = """
        Usage: hash [-j N] [PATH]...
        Prints the SHA-256 of every regular file at or below each PATH (default: .), as sha256sum
        does, in the order in which they are ready.

          -j N    hash N files at the same time (default: one for each processor)

        Links to files are followed, links to directories only if given as PATH. What cannot be
        read, dangling links too, is reported and makes the exit status 1; a wrong option, 2.
        """;

    public static bool TryParse(string[] args, out Options options)
    {
        int workers = Environment.ProcessorCount;
        bool good = true;
        if (args is ["-j", var number, ..])
        {
            good = int.TryParse(number, out workers) && workers > 0;
            args = args[2..];
        }
        good = good && !(args is [var first, ..] && first.StartsWith('-'));
        if (!good) Console.Error.WriteLine(Usage);
        options = new Options(workers, args.Length > 0 ? args : ["."]);
        return good;
    }
}
