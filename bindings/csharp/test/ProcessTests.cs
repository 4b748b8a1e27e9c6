using System.IO;
using System.Reflection;
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

        [Test]
        public void ALibraryOfAnotherInterfaceIsRefusedWithBothNumbers()
        {
            var folder = Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location);
            string output;
            int status = Child.Run("load", out output, Path.Combine(folder, "other_abi"));
            Assert.That(status, Is.EqualTo(3), output);
            Assert.That(output, Contains.Substring("999").And.Contains("built for 1"));
        }
    }
}
