using System;

namespace Goconc
{
    // Values under numbers. It grows to the largest number of values that were there at once.
    internal sealed class Slots<T>
    {
        private readonly object _lock = new object();
        private T[] _values = new T[4];
        private int[] _next = new int[4];  // of a free slot: the next free one
        private int _free = -1;            // the first free slot
        private int _used;                 // slots from here on were never used

        public int Put(T value)
        {
            lock (_lock)
            {
                int slot = _free;
                if (slot >= 0)
                {
                    _free = _next[slot];
                }
                else
                {
                    if (_used == _values.Length) Grow();
                    slot = _used++;
                }
                _values[slot] = value;
                return slot;
            }
        }

        public T Take(int slot)
        {
            lock (_lock)
            {
                var value = _values[slot];
                Array.Clear(_values, slot, 1);
                _next[slot] = _free;
                _free = slot;
                return value;
            }
        }

        private void Grow()
        {
            Array.Resize(ref _values, 2 * _used);
            Array.Resize(ref _next, 2 * _used);
        }
    }
}
