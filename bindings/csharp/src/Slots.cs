using System;
using System.Threading;

namespace Goconc
{
    // Values under numbers. It grows to the largest number of values that were there at once.
    //
    // Those who put and those who take seldom meet, since they go on at the same time: slots come
    // out of a list that the lock guards, and go back onto a stack, which becomes the list when that
    // is empty. Only whole stacks are taken, so a head that has changed and changed back does no
    // harm.
    // Memory order: a value is written before its number goes into the channel and read after it
    // came out, with the channel's lock in between.
    internal sealed class Slots<T>
    {
        private const int FirstSegment = 16;
        private const int Segments = 27;

        private readonly object _lock = new object();
        private readonly Segment[] _segments = new Segment[Segments];  // k has 16 * 2^k slots
        private int _free;   // the first slot of the list, plus 1; 0: it is empty
        private int _used;   // slots from here on were never used
        private int _taken;  // the top of the stack, plus 1; 0: it is empty

        public int Put(T value)
        {
            lock (_lock)
            {
                if (_free == 0) _free = Interlocked.Exchange(ref _taken, 0);
                int slot = _free != 0 ? _free - 1 : _used++;
                int index = IndexOf(slot);
                var segment = _segments[index];
                if (segment == null) _segments[index] = segment = new Segment(FirstSegment << index);
                int place = PlaceOf(slot, index);
                if (_free != 0) _free = segment.Next[place];
                segment.Values[place] = value;
                return slot;
            }
        }

        public T Take(int slot)
        {
            int index = IndexOf(slot);
            var segment = _segments[index];
            int place = PlaceOf(slot, index);
            var value = segment.Values[place];
            Array.Clear(segment.Values, place, 1);
            int top;
            do
            {
                top = Volatile.Read(ref _taken);
                segment.Next[place] = top;
            }
            while (Interlocked.CompareExchange(ref _taken, slot + 1, top) != top);
            return value;
        }

        private static int IndexOf(int slot)
        {
            int index = 0;
            for (int rest = slot / FirstSegment + 1; rest > 1; rest >>= 1) index++;
            return index;
        }

        private static int PlaceOf(int slot, int index)
        {
            return slot - FirstSegment * ((1 << index) - 1);
        }

        private sealed class Segment
        {
            public readonly T[] Values;
            public readonly int[] Next;  // of a slot in the list or on the stack: the next one, plus 1

            public Segment(int size)
            {
                Values = new T[size];
                Next = new int[size];
            }
        }
    }
}
