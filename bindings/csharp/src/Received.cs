using System.Diagnostics.CodeAnalysis;

namespace Goconc
{
    /// <summary>
    /// What a channel gave: a value, or the news that it is closed and drained. Go writes
    /// <c>value, ok := &lt;-channel</c>; here it is
    /// <c>var (value, open) = await channel.ReceiveAsync()</c>.
    /// </summary>
    /// <typeparam name="T">The type of the channel's values.</typeparam>
    public readonly struct Received<T>
    {
        private readonly T _value;

        internal Received(T value)
        {
            _value = value;
            IsOpen = true;
        }

        /// <summary>True if there is a value; false if the channel is closed and drained.</summary>
        public bool IsOpen { get; }

        /// <summary>The value; the default of its type if there is none.</summary>
        [MaybeNull]
        public T Value
        {
            get { return _value; }
        }

        /// <summary>Takes it apart.</summary>
        /// <param name="value">The value, or the default of its type.</param>
        /// <param name="open">True if there is a value.</param>
        public void Deconstruct([MaybeNull] out T value, out bool open)
        {
            value = Value;
            open = IsOpen;
        }

        // The value, for those who do not expect the end.
        internal T Require()
        {
            if (!IsOpen) throw new ChannelClosedException();
            return _value;
        }
    }
}
