using System;

namespace Goconc
{
    /// <summary>A channel of 64-bit integers for all languages of the process.</summary>
    public sealed class LongChannel : SharedChannel<long>
    {
        /// <summary>Makes a channel.</summary>
        /// <param name="capacity">How many values are buffered, 0 or more.</param>
        /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
        public LongChannel(int capacity = 0) : this(ChannelHandle.Create(Kind.Int64, capacity))
        {
        }

        private LongChannel(ChannelHandle reference) : base(reference)
        {
        }

        /// <summary>Opens a channel of somebody else's; takes a reference of its own.</summary>
        /// <param name="handle">A <c>goc_chan *</c> of the kind <c>GOC_KIND_INT64</c>.</param>
        /// <returns>The channel.</returns>
        /// <exception cref="ArgumentException">It is no channel, or of another kind.</exception>
        public static LongChannel FromHandle(IntPtr handle)
        {
            return new LongChannel(ChannelHandle.Open(Kind.Int64, handle));
        }

        internal override long ToWord(long value)
        {
            return value;
        }

        internal override long FromWord(long word)
        {
            return word;
        }
    }
}
