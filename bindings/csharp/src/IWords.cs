using System;

namespace Goconc
{
    // A channel as operations see it, whatever the type of its values.
    internal interface IWords
    {
        // The native channel, as long as this object is reachable.
        IntPtr Address { get; }

        // Takes back the word of a send that did not happen.
        void Discard(long word);
    }
}
