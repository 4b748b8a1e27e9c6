using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class ProcessTests : Specification
    {
        [Test]
        public void AProcessEndsAlthoughGoroutinesWait()
        {
            string output;
            int status = Child.Run("exit", out output);
            Assert.That(output, Contains.Substring("waiting"));
            Assert.That(status, Is.EqualTo(0), output);
        }
    }
}
