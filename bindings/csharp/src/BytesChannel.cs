using System;
using System.Runtime.InteropServices;

namespace Goconc
{
    /// <summary>
    /// A channel of byte arrays for all languages of the process. Text travels as UTF-8, see
    /// <see cref="System.Text.Encoding.UTF8"/>.
    /// </summary>
    /// <remarks>
    /// The bytes are copied when they are written and when they are read: an array may be changed
    /// after its write has begun, and the one that is read belongs to the reader. Null is not a
    /// value.
    /// </remarks>
    public sealed class BytesChannel : SharedChannel<byte[]>
    {
        /// <summary>Makes a channel.</summary>
        /// <param name="capacity">How many values are buffered, 0 or more.</param>
        /// <exception cref="ArgumentOutOfRangeException">The capacity is negative.</exception>
        public BytesChannel(int capacity = 0) : this(ChannelHandle.Create(Kind.Bytes, capacity))
        {
        }

        private BytesChannel(ChannelHandle reference) : base(reference)
        {
        }

        /// <summary>Opens a channel of somebody else's; takes a reference of its own.</summary>
        /// <param name="handle">A <c>goc_chan *</c> of the kind <c>GOC_KIND_BYTES</c>.</param>
        /// <returns>The channel.</returns>
        /// <exception cref="ArgumentException">It is no channel, or of another kind.</exception>
        public static BytesChannel FromHandle(IntPtr handle)
        {
            return new BytesChannel(ChannelHandle.Open(Kind.Bytes, handle));
        }

        internal override unsafe long ToWord(byte[] value)
        {
            if (value == null) throw new ArgumentNullException(nameof(value));
            fixed (byte* data = value)
            {
                var buffer = Native.new_bytes((IntPtr)data, value.Length);
                if (buffer == IntPtr.Zero) throw new OutOfMemoryException();
                return (long)buffer;
            }
        }

        internal override byte[] FromWord(long word)
        {
            var buffer = (IntPtr)word;
            try
            {
                var value = new byte[Native.bytes_length(buffer)];
                Marshal.Copy(Native.bytes_data(buffer), value, 0, value.Length);
                return value;
            }
            finally
            {
                Native.goc_buf_release(buffer);
            }
        }

        internal override void Discard(long word)
        {
            Native.goc_buf_release((IntPtr)word);
        }
    }
}
