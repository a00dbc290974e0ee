using System.Globalization;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>The marks and MACs of both messages, keyed with what the bridge line says (O4-10).</summary>
internal readonly ref struct HandshakeMac
{
    /// <summary>Bytes of a mark, and of a MAC.</summary>
    internal const int Size = 16;

    private readonly Span<byte> _key;

    /// <param name="identity">The bridge.</param>
    /// <param name="key">Holds the key while this is used: <see cref="KeySize"/> bytes.</param>
    internal HandshakeMac(BridgeIdentity identity, Span<byte> key)
    {
        _key = key[..KeySize];
        identity.PublicKey.CopyTo(_key);
        identity.NodeId.CopyTo(_key[Sodium.PointSize..]);
    }

    internal static int KeySize => Sodium.PointSize + BridgeIdentity.NodeIdSize;

    /// <summary>The hour that a MAC is made for.</summary>
    internal static long HourOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 3600;

    /// <summary>The mark of a message, which shows where its padding ends.</summary>
    /// <param name="representative">The first 32 bytes of the message.</param>
    /// <param name="mark">16 bytes.</param>
    internal void WriteMark(ReadOnlySpan<byte> representative, Span<byte> mark)
    {
        Span<byte> mac = stackalloc byte[Sodium.Sha256Size];
        Sodium.HmacSha256(_key, mac, representative);
        mac[..Size].CopyTo(mark);
    }

    /// <summary>The MAC of a message.</summary>
    /// <param name="message">The message up to its mark, and with it.</param>
    /// <param name="hour">Hours since 1970.</param>
    /// <param name="mac">16 bytes.</param>
    internal void WriteMac(ReadOnlySpan<byte> message, long hour, Span<byte> mac)
    {
        Sodium.HmacBeginning beginning = Begin(message);
        WriteMac(beginning, hour, mac);
        beginning.Clear();
    }

    /// <summary>For the MACs of one message for several hours. The caller clears it.</summary>
    /// <param name="message">As for <see cref="WriteMac(ReadOnlySpan{byte}, long, Span{byte})"/>.</param>
    internal Sodium.HmacBeginning Begin(ReadOnlySpan<byte> message) => new(_key, message);

    /// <summary>The MAC of a message for one of these hours.</summary>
    /// <param name="beginning">Of the message: <see cref="Begin"/>.</param>
    /// <param name="hour">Hours since 1970.</param>
    /// <param name="mac">16 bytes.</param>
    internal static void WriteMac(in Sodium.HmacBeginning beginning, long hour, Span<byte> mac)
    {
        Span<byte> digits = stackalloc byte[20];
        hour.TryFormat(digits, out int count, provider: CultureInfo.InvariantCulture);
        Span<byte> whole = stackalloc byte[Sodium.Sha256Size];
        beginning.Finish(digits[..count], whole);
        whole[..Size].CopyTo(mac);
    }
}
