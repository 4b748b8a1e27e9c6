using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace Goconc
{
    // An operation without a value, of which only the end counts: a write, a wait for zero.
    internal abstract class ActionOperation : Operation, IValueTaskSource
    {
        // Starts it for a task. Returns the status.
        public abstract int Start();

        // Ends what is not pending, and gives the operation back to its pool. Returns the status.
        public abstract int Finish(int status);

        // Starts it; the task ends with it.
        public ValueTask StartTask(CancellationToken cancellationToken)
        {
            int status = Start();
            if (status == Status.Pending)
            {
                return new ValueTask(this, Await(cancellationToken));
            }
            status = Finish(status);
            return status == Status.Ok
                ? default(ValueTask)
                : new ValueTask(Task.FromException(Status.ToException(status)));
        }

        void IValueTaskSource.GetResult(short version)
        {
            int status = Finish(End(version, out var cancellationToken));
            if (status != Status.Ok) throw Status.ToException(status, cancellationToken);
        }
    }
}
