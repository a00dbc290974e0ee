using Plait.Diagnostics.Failures;
using Plait.Native;

namespace Plait.Processes;

/// <summary>
/// Distinguishes a SIP003 plugin from a pluggable transport: both hide traffic, and users confuse them. A plugin takes its settings from
/// the SS_* variables of Shadowsocks, prints nothing, and waits, or ends with its usage text (R7).
/// </summary>
internal static class Sip003Plugin
{
    private const int Piece = 1 << 20;
    private const long MostBytes = 256L << 20; // G6; programs of Go have some 20 MB

    private static ReadOnlySpan<byte> Its => "SS_LOCAL_PORT"u8;

    private static ReadOnlySpan<byte> Tors => "TOR_PT_MANAGED_TRANSPORT_VER"u8;

    /// <summary>Whether a program knows the variables of a SIP003 plugin, and none of a pluggable transport.</summary>
    /// <param name="program">Its file, which may be a link of /proc.</param>
    internal static bool Is(string program)
    {
        PollerThread.AssertNot();
        try
        {
            using var file = File.OpenHandle(program);
            byte[] bytes = new byte[Piece];
            bool itsOwn = false;
            int overlap = Tors.Length - 1; // a name may be cut between two pieces
            int count;
            for (long at = 0; at < MostBytes && (count = RandomAccess.Read(file, bytes, at)) > overlap; at += count - overlap)
            {
                ReadOnlySpan<byte> read = bytes.AsSpan(0, count);
                if (read.IndexOf(Tors) >= 0)
                {
                    return false;
                }

                itsOwn |= read.IndexOf(Its) >= 0;
            }

            return itsOwn;
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            return false;
        }
    }
}
