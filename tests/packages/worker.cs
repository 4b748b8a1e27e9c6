// worker.cs: five workers run at the same time, and a WaitGroup waits for all of them. The example of
// the same name in the C# that Mono's compiler knows.
using System;
using System.Threading.Tasks;
using Goconc;

internal static class Program
{
    private static void Main()
    {
        var workers = new WaitGroup();
        for (int i = 1; i <= 5; i++)
        {
            int id = i;
            workers.Go(() => Work(id));
        }
        workers.Wait();
    }

    private static async Task Work(int id)
    {
        Console.WriteLine("Worker : " + id + " -> Starting");
        await Task.Delay(TimeSpan.FromSeconds(1));
        Console.WriteLine("Worker : " + id + " -> Done");
    }
}
