// hash.cs: prints the SHA-256 of every file in a directory tree, computed by a pool of goroutines.
// Usage: hash [-j N] [PATH]...
//
//   walk --files--> hash (N goroutines) --results--> report
using System.Security.Cryptography;
using Examples;
using Goconc;

if (!Options.TryParse(args, out var options)) return 2;
var files = Channel.Buffered<string>(256);
var results = Channel.Buffered<Result>(256);

var senders = new WaitGroup();
_ = senders.Go(async () =>
{
    foreach (var (path, error) in options.Roots.SelectMany(Tree.Walk))
    {
        if (error == null) await files.WriteAsync(path);
        else await results.WriteAsync(new Result(path, Error: error));
    }
    files.Complete();
});
for (int i = 0; i < options.Workers; i++)
{
    _ = senders.Go(async () =>
    {
        await foreach (var path in files.ReadAllAsync()) await results.WriteAsync(Hash(path));
    });
}

var report = new Report();
var printer = Go.Run(async () =>
{
    await foreach (var result in results.ReadAllAsync()) report.Add(result);
});
await senders.WaitAsync();
results.Complete();
await printer;
return report.Finish() ? 0 : 1;

static Result Hash(string path)
{
    try
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        var sum = Convert.ToHexString(SHA256.HashData(file)).ToLowerInvariant();
        return new Result(path, sum, file.Position);
    }
    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
    {
        return new Result(path, Error: Report.Reason(e));
    }
}
