// Report.cs: writes sums to standard output, and errors and totals to standard error.
using System.Diagnostics;

namespace Examples;

record Result(string Path, string Sum = "", long Bytes = 0, string? Error = null);

class Report
{
    readonly Stopwatch clock = Stopwatch.StartNew();
    readonly StreamWriter output = new(Console.OpenStandardOutput());
    long files, bytes, errors;

    public void Add(Result result)
    {
        var name = Escape(result.Path);
        if (result.Error == null)
        {
            files++;
            bytes += result.Bytes;
            output.Write($"{(name == result.Path ? "" : "\\")}{result.Sum}  {name}\n");
        }
        else
        {
            errors++;
            Console.Error.WriteLine($"hash: {name}: {result.Error}");
        }
    }

    // Returns whether everything went well.
    public bool Finish()
    {
        output.Flush();
        Console.Error.WriteLine(FormattableString.Invariant(
            $"{files} files, {bytes} bytes, {errors} errors, {clock.Elapsed.TotalSeconds:F2} s"));
        return errors == 0;
    }

    // What the system says, without .NET's sentence around it.
    public static string Reason(Exception e) => (e.InnerException ?? e).Message;

    // As sha256sum writes names: one line each, whatever they contain.
    static string Escape(string path) =>
        path.Replace("\\", "\\\\").Replace("\n", "\\n").Replace("\r", "\\r");
}
