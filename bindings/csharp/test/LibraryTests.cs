using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Goconc.Tests
{
    // What a user reads where the native part cannot be used.
    [TestFixture]
    public class LibraryTests : Specification
    {
        private string _scratch;

        [SetUp]
        public void MakeScratch()
        {
            _scratch = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
            Directory.CreateDirectory(_scratch);
        }

        [TearDown]
        public void RemoveScratch()
        {
            Directory.Delete(_scratch, true);
        }

        [Test]
        public void ALibraryOfAnotherInterfaceIsRefusedWithBothNumbers()
        {
            var said = Refusal(Path.Combine(Child.Folder, "other_abi"));
            Assert.That(said, Contains.Substring("999").And.Contains("built for 1"));
            Assert.That(said, Contains.Substring("let the process load the library that came with it"));
        }

        [Test]
        public void ALibraryForANewerGlibcIsExplained()
        {
            const string name = "libgoconc.so.1";
            var bytes = Encoding.GetEncoding("iso-8859-1");
            var ours = File.ReadAllText(Path.Combine(Child.Folder, name), bytes);
            var newer = Regex.Replace(ours, @"GLIBC_2\.\d\d\0", "GLIBC_9.99\0");
            Assert.That(newer, Is.Not.EqualTo(ours));
            File.WriteAllText(Path.Combine(_scratch, name), newer, bytes);

            Assert.That(Refusal(_scratch), Is.EqualTo("goconc's native part needs glibc 9.99, which "
                + "this system does not have; update the system, or build goconc on it."));
        }

        [Test]
        public void AMissingNativePartIsNamed()
        {
            foreach (var file in Directory.GetFiles(Child.Folder, "Goconc.*"))
            {
                File.Copy(file, Path.Combine(_scratch, Path.GetFileName(file)));
            }
            Assert.That(Refusal(null, _scratch), Is.EqualTo("goconc's native part cannot be loaded; "
                + "put libgoconc_csharp.so and libgoconc.so.1 for this processor beside Goconc.dll, "
                + "from the NuGet package (linux-x64) or from a build of goconc."));
        }

        [TestCase(true, Architecture.X86)]
        [TestCase(true, Architecture.Arm)]
        [TestCase(false, Architecture.X64)]
        public void AnotherPlatformIsRefused(bool isLinux, Architecture processor)
        {
            var refusal = Assert.Throws<PlatformNotSupportedException>(
                () => Library.RequirePlatform(isLinux, processor));
            Assert.That(refusal.Message, Contains.Substring("runs on Linux with glibc on x86_64 and "
                + "aarch64, not on").And.Contains(processor + "; use one of those."));
        }

        [TestCase(Architecture.X64)]
        [TestCase(Architecture.Arm64)]
        public void OurPlatformsAreNot(Architecture processor)
        {
            Library.RequirePlatform(true, processor);
        }

        // What the first use of the library says in another process.
        private static string Refusal(string libraryPath, string folder = null)
        {
            string output;
            int status = Child.Run("load", out output, libraryPath, folder);
            Assert.That(status, Is.EqualTo(3), output);
            return output.Trim();
        }
    }
}
