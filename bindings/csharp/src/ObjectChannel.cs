namespace Goconc
{
    // A channel for any type. The word of a value is the number of a slot in a table of this
    // object, so that what is buffered lives and dies with the channel.
    internal sealed class ObjectChannel<T> : Channel<T>
    {
        private readonly Slots<T> _slots = new Slots<T>();

        public ObjectChannel(int capacity) : base(ChannelHandle.Create(Kind.Raw, capacity))
        {
        }

        internal override long ToWord(T value)
        {
            return _slots.Put(value);
        }

        internal override T FromWord(long word)
        {
            return _slots.Take((int)word);
        }

        internal override void Discard(long word)
        {
            _slots.Take((int)word);
        }
    }
}
