using System;
using System.Runtime.InteropServices;

namespace Goconc
{
    // What the elements of a native channel are (goconc/channel.h).
    internal enum Kind
    {
        Raw = 0,
        Int64 = 1,
        Double = 2,
        Bytes = 3,
    }

    // One reference of a goc_chan.
    internal sealed class ChannelHandle : SafeHandle
    {
        private ChannelHandle(IntPtr address) : base(IntPtr.Zero, true)
        {
            SetHandle(address);
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        public static ChannelHandle Create(Kind kind, int capacity)
        {
            if (capacity < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(capacity), capacity,
                    "The capacity of a channel cannot be negative.");
            }
            Library.Require();
            var address = Native.new_channel((int)kind, capacity);
            if (address == IntPtr.Zero) throw new OutOfMemoryException();
            return new ChannelHandle(address);
        }

        // A reference of our own to somebody else's channel.
        public static ChannelHandle Open(Kind kind, IntPtr handle)
        {
            if (handle == IntPtr.Zero) throw new ArgumentNullException(nameof(handle));
            Library.Require();
            int found = Native.goc_chan_kind(handle);
            if (found < 0)
            {
                throw new ArgumentException("This is not the handle of a channel.", nameof(handle));
            }
            if (found != (int)kind)
            {
                throw new ArgumentException("The channel carries " + Name((Kind)found) + ", not "
                    + Name(kind) + ".", nameof(handle));
            }
            return new ChannelHandle(Native.goc_chan_retain(handle));
        }

        protected override bool ReleaseHandle()
        {
            Native.goc_chan_release(handle);
            return true;
        }

        private static string Name(Kind kind)
        {
            return kind == Kind.Raw ? "values of one language" : kind.ToString().ToLowerInvariant();
        }
    }

    // One reference of a goc_wg.
    internal sealed class WaitGroupHandle : SafeHandle
    {
        private WaitGroupHandle(IntPtr address) : base(IntPtr.Zero, true)
        {
            SetHandle(address);
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        public static WaitGroupHandle Create()
        {
            Library.Require();
            var address = Native.new_wait_group();
            if (address == IntPtr.Zero) throw new OutOfMemoryException();
            return new WaitGroupHandle(address);
        }

        protected override bool ReleaseHandle()
        {
            Native.release_wait_group(handle);
            return true;
        }
    }
}
