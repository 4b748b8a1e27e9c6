using System;

namespace Goconc
{
    /// <summary>
    /// A channel whose values have a form that all languages of the process know: C, C++ and every
    /// binding of goconc can write to it and read from it.
    /// </summary>
    /// <typeparam name="T">The type of the values.</typeparam>
    public abstract class SharedChannel<T> : Channel<T>
    {
        internal SharedChannel(ChannelHandle reference) : base(reference)
        {
        }

        /// <summary>
        /// The native channel, a <c>goc_chan *</c>, for native code or another language. It is
        /// borrowed: valid as long as this object is reachable, or until the other side has a
        /// reference of its own (<c>goc_chan_retain</c>); <see cref="GC.KeepAlive"/> helps until
        /// then.
        /// </summary>
        public IntPtr Handle
        {
            get { return Address; }
        }
    }
}
