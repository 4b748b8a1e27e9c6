using System.Linq;
using System.Threading.Tasks;
using NUnit.Framework;

namespace Goconc.Tests
{
    [TestFixture]
    public class SlotsTests : Specification
    {
        [Test]
        public void EveryValueHasASlotOfItsOwn()
        {
            var all = new Slots<object>();
            var values = Enumerable.Range(0, 1000).Select(_ => new object()).ToArray();
            var slots = values.Select(all.Put).ToArray();
            Assert.That(slots, Is.Unique);
            Assert.That(slots.Select(all.Take), Is.EqualTo(values));
        }

        [Test]
        public void TakenSlotsAreUsedAgain()
        {
            var all = new Slots<object>();
            int[] first = Put(100, all);
            foreach (int slot in first) all.Take(slot);
            Assert.That(Put(100, all), Is.EquivalentTo(first));
        }

        [Test]
        public void ThreadsDoNotShareASlot()
        {
            var all = new Slots<object>();
            Parallel.For(0, 4, _ =>
            {
                for (int i = 0; i < 100000; i++)
                {
                    var value = new object();
                    if (all.Take(all.Put(value)) != value) Assert.Fail();
                }
            });
        }

        private static int[] Put(int count, Slots<object> all)
        {
            return Enumerable.Range(0, count).Select(i => all.Put(i)).ToArray();
        }
    }
}
