using System;

namespace Goconc
{
    /// <summary>A channel of floating-point numbers for all languages of the process.</summary>
    public sealed class DoubleChannel : SharedChannel<double>
    {
        /// <summary>Makes a channel.</summary>
        /// <param name="capacity">How many values are buffered, 0 or more.</param>
        /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
        public DoubleChannel(int capacity = 0) : this(ChannelHandle.Create(Kind.Double, capacity))
        {
        }

        private DoubleChannel(ChannelHandle reference) : base(reference)
        {
        }

        /// <summary>Opens a channel of somebody else's; takes a reference of its own.</summary>
        /// <param name="handle">A <c>goc_chan *</c> of the kind <c>GOC_KIND_DOUBLE</c>.</param>
        /// <returns>The channel.</returns>
        /// <exception cref="ArgumentException">It is no channel, or of another kind.</exception>
        public static DoubleChannel FromHandle(IntPtr handle)
        {
            return new DoubleChannel(ChannelHandle.Open(Kind.Double, handle));
        }

        internal override long ToWord(double value)
        {
            return BitConverter.DoubleToInt64Bits(value);
        }

        internal override double FromWord(long word)
        {
            return BitConverter.Int64BitsToDouble(word);
        }
    }
}
