// worker.cs: five workers run at the same time, and a WaitGroup waits for all of them.
using Goconc;

var workers = new WaitGroup();
for (int i = 1; i <= 5; i++)
{
    int id = i;
    _ = workers.Go(() => Work(id));
}
await workers.WaitAsync();

static async Task Work(int id)
{
    Console.WriteLine($"Worker : {id} -> Starting");
    await Task.Delay(TimeSpan.FromSeconds(1));
    Console.WriteLine($"Worker : {id} -> Done");
}
