using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>The server's side of the handshake: bytes in, bytes out. It owns its key pair of this handshake, not that of the bridge.</summary>
/// <param name="identity">The bridge: its private key, and what its clients know.</param>
/// <param name="own">The key pair of this handshake.</param>
/// <param name="replays">The handshakes that this bridge has seen.</param>
internal sealed class ServerHandshake(ServerIdentity identity, KeyPair own, ReplayFilter replays) : IDisposable
{
    private readonly byte[] _mark = new byte[HandshakeMac.Size];
    private readonly byte[] _auth = new byte[Ntor.AuthSize];
    private bool _hasMark;
    private long _hour;

    /// <summary>The keys of the connection, once the request was good. The caller disposes them.</summary>
    internal SessionKeys? Keys { get; private set; }

    /// <summary>
    /// After <see cref="HandshakeStep.WrongMac"/>: by how many hours the client's clock differs, if that is the reason; else null. Positive:
    /// it is ahead.
    /// </summary>
    internal int? HoursOff { get; private set; }

    /// <summary>Reads the request (O4-13, O4-14). Takes some hundred microseconds when it is whole.</summary>
    /// <param name="received">Everything that the client has sent so far: all of it, because a request may have nothing after it.</param>
    /// <param name="time">The server's clock.</param>
    internal HandshakeStep Read(ReadOnlySpan<byte> received, TimeProvider time)
    {
        HandshakeStep unfound = received.Length < HandshakeSizes.Longest ? HandshakeStep.NeedsMore : HandshakeStep.NoMark;
        if (received.Length is < HandshakeSizes.ShortestRequest or > HandshakeSizes.Longest)
        {
            return unfound;
        }

        var mac = new HandshakeMac(identity.Public, stackalloc byte[HandshakeMac.KeySize]);
        if (!_hasMark)
        {
            mac.WriteMark(received[..Elligator.Size], _mark);
            _hasMark = true;
        }

        ReadOnlySpan<byte> message = received[..^HandshakeMac.Size];
        ReadOnlySpan<byte> receivedMac = received[^HandshakeMac.Size..];
        if (!CryptographicOperations.FixedTimeEquals(message[^HandshakeMac.Size..], _mark))
        {
            return unfound;
        }

        long hour = HandshakeMac.HourOf(time.GetUtcNow());
        Sodium.HmacBeginning beginning = mac.Begin(message); // once: a stale replay of 8 KiB is tried for many hours
        bool isOfThisHour = IsOfThisHour(beginning, receivedMac, hour);
        HoursOff = isOfThisHour ? null : FindHour(beginning, receivedMac, hour);
        beginning.Clear();
        if (!isOfThisHour)
        {
            return HandshakeStep.WrongMac;
        }

        if (replays.SeenBefore(receivedMac, time))
        {
            return HandshakeStep.Replayed;
        }

        Span<byte> clientKey = stackalloc byte[Sodium.PointSize];
        Elligator.Decode(received, clientKey);
        Keys = Ntor.AsServer(own, identity.Public, identity.PrivateKey, clientKey, _auth);
        return Keys is null ? HandshakeStep.WrongProof : HandshakeStep.Done;
    }

    /// <summary>Writes the response, after the request was good (O4-11).</summary>
    /// <param name="padding">Bytes of padding, random ones.</param>
    /// <param name="response">At least <see cref="HandshakeSizes.Longest"/> bytes.</param>
    /// <returns>Its length.</returns>
    internal int WriteResponse(ReadOnlySpan<byte> padding, Span<byte> response)
    {
        own.Representative.CopyTo(response);
        _auth.CopyTo(response[Elligator.Size..]);
        padding.CopyTo(response[HandshakeSizes.ResponseHead..]);
        int length = HandshakeSizes.ResponseHead + padding.Length;
        var mac = new HandshakeMac(identity.Public, stackalloc byte[HandshakeMac.KeySize]);
        mac.WriteMark(own.Representative, response[length..]);
        length += HandshakeMac.Size;
        mac.WriteMac(response[..length], _hour, response[length..]);
        return length + HandshakeMac.Size;
    }

    public void Dispose() => own.Dispose();

    /// <summary>Tries this hour, the one before and the one after: all three in each case, so that the time does not tell which it is.</summary>
    private bool IsOfThisHour(in Sodium.HmacBeginning beginning, ReadOnlySpan<byte> received, long now)
    {
        bool found = false;
        Span<byte> expected = stackalloc byte[HandshakeMac.Size];
        foreach (int difference in (ReadOnlySpan<int>)[0, -1, 1])
        {
            HandshakeMac.WriteMac(beginning, now + difference, expected);
            if (CryptographicOperations.FixedTimeEquals(expected, received))
            {
                found = true;
                _hour = now + difference; // the response repeats it
            }
        }

        return found;
    }

    /// <summary>For the operator's log: a client whose clock, or time zone, is wrong by up to a day. Such a request has failed already.</summary>
    private static int? FindHour(in Sodium.HmacBeginning beginning, ReadOnlySpan<byte> received, long now)
    {
        const int most = 24;
        Span<byte> expected = stackalloc byte[HandshakeMac.Size];
        for (int difference = -most; difference <= most; difference++)
        {
            HandshakeMac.WriteMac(beginning, now + difference, expected);
            if (CryptographicOperations.FixedTimeEquals(expected, received))
            {
                return difference;
            }
        }

        return null;
    }
}
