using NUnit.Framework;

namespace Goconc.Tests
{
    // What every test promises: nothing of it is still waiting when it ends.
    public abstract class Specification
    {
        [TearDown]
        public void NothingIsLeftWaiting()
        {
            TestSupport.UntilPending(0);
        }
    }
}
