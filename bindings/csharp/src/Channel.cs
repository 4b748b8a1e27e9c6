namespace Goconc
{
    /// <summary>Makes channels for any type of values.</summary>
    /// <remarks>They belong to this assembly. For channels that goroutines of other languages can
    /// use too, see <see cref="SharedChannel{T}"/>.</remarks>
    public static class Channel
    {
        /// <summary>Makes a channel whose writes end when a reader has the value.</summary>
        /// <typeparam name="T">The type of the values; null may be one.</typeparam>
        /// <returns>The channel.</returns>
        public static Channel<T> Unbuffered<T>()
        {
            return new ObjectChannel<T>(0);
        }

        /// <summary>Makes a channel that keeps some values until they are read.</summary>
        /// <typeparam name="T">The type of the values; null may be one.</typeparam>
        /// <param name="capacity">How many, 0 or more.</param>
        /// <returns>The channel.</returns>
        /// <exception cref="System.ArgumentOutOfRangeException">The capacity is
        /// negative.</exception>
        public static Channel<T> Buffered<T>(int capacity)
        {
            return new ObjectChannel<T>(capacity);
        }
    }
}
