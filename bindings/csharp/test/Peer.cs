using System;
using System.Runtime.InteropServices;

namespace Goconc.Tests
{
    // Goroutines of native code; see peer.c.
    internal static class Peer
    {
        [DllImport("goconc_peer", EntryPoint = "peer_running")]
        public static extern long Running();

        [DllImport("goconc_peer", EntryPoint = "peer_produce_longs")]
        public static extern int ProduceLongs(IntPtr to, long count);

        [DllImport("goconc_peer", EntryPoint = "peer_sum_longs")]
        public static extern int SumLongs(IntPtr from, IntPtr to);

        [DllImport("goconc_peer", EntryPoint = "peer_halve")]
        public static extern int Halve(IntPtr from, IntPtr to);

        [DllImport("goconc_peer", EntryPoint = "peer_produce_bytes")]
        public static extern int ProduceBytes(IntPtr to, long count);

        [DllImport("goconc_peer", EntryPoint = "peer_measure_bytes")]
        public static extern int MeasureBytes(IntPtr from, IntPtr to);

        [DllImport("goconc_peer", EntryPoint = "peer_consume_and_close")]
        public static extern int ConsumeAndClose(IntPtr from, long count);

        [DllImport("goconc_peer", EntryPoint = "peer_block")]
        public static extern int Block(IntPtr from);

        [DllImport("goconc_peer", EntryPoint = "peer_send_foreign")]
        public static extern int SendForeign(IntPtr to);

        [DllImport("goconc_peer", EntryPoint = "peer_freed")]
        public static extern long Freed();
    }
}
