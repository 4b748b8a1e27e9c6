using System;
using System.Threading;

namespace Goconc
{
    // Absolute times, as the native library counts them.
    internal static class Deadline
    {
        public const long Now = 0;
        public const long Forever = long.MaxValue;

        private const long NanosecondsPerTick = 100;

        public static long After(TimeSpan timeout)
        {
            if (timeout == Timeout.InfiniteTimeSpan) return Forever;
            if (timeout == TimeSpan.Zero) return Now;
            if (timeout < TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(nameof(timeout), timeout,
                    "A timeout cannot be negative.");
            }
            return timeout.Ticks < Forever / NanosecondsPerTick
                ? Native.deadline_in(timeout.Ticks * NanosecondsPerTick) : Forever;
        }
    }
}
