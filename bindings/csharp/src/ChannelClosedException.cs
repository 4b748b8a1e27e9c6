using System;

namespace Goconc
{
    /// <summary>
    /// A channel is closed: nothing can be written any more, or nothing is left to be read.
    /// </summary>
    public sealed class ChannelClosedException : InvalidOperationException
    {
        /// <summary>Makes an exception with the usual message.</summary>
        public ChannelClosedException() : base("The channel is closed.")
        {
        }

        /// <summary>Makes an exception with a message of its own.</summary>
        /// <param name="message">What happened.</param>
        public ChannelClosedException(string message) : base(message)
        {
        }

        /// <summary>Makes an exception with a cause.</summary>
        /// <param name="message">What happened.</param>
        /// <param name="innerException">Its cause.</param>
        public ChannelClosedException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }
}
