using System.Security.Cryptography;
using Plait.Native;

namespace Plait.Transports.Obfs4;

/// <summary>The client's side of the handshake: bytes in, bytes out. It owns its key pair.</summary>
/// <param name="identity">The bridge.</param>
/// <param name="own">The client's key pair.</param>
internal sealed class ClientHandshake(BridgeIdentity identity, KeyPair own) : IDisposable
{
    private readonly byte[] _mark = new byte[HandshakeMac.Size];
    private long _hour;
    private bool _hasMark;
    private int _searched = HandshakeSizes.ResponseHead; // no mark begins before it

    /// <summary>The keys of the connection, once the response was good. The caller disposes them.</summary>
    internal SessionKeys? Keys { get; private set; }

    /// <summary>Length of the response, once it was good. What follows it are frames.</summary>
    internal int ResponseLength { get; private set; }

    /// <summary>Writes the request (O4-10).</summary>
    /// <param name="padding">Bytes of padding, random ones.</param>
    /// <param name="hour">Hours since 1970, which the response has to repeat.</param>
    /// <param name="request">At least <see cref="HandshakeSizes.Longest"/> bytes.</param>
    /// <returns>Its length.</returns>
    internal int WriteRequest(ReadOnlySpan<byte> padding, long hour, Span<byte> request)
    {
        _hour = hour;
        own.Representative.CopyTo(request);
        padding.CopyTo(request[Elligator.Size..]);
        int length = Elligator.Size + padding.Length;
        var mac = new HandshakeMac(identity, stackalloc byte[HandshakeMac.KeySize]);
        mac.WriteMark(own.Representative, request[length..]);
        length += HandshakeMac.Size;
        mac.WriteMac(request[..length], hour, request[length..]);
        return length + HandshakeMac.Size;
    }

    /// <summary>Reads the response (O4-11, O4-15). Takes some hundred microseconds when it is whole.</summary>
    /// <param name="received">Everything that the bridge has sent so far; later calls have the same bytes and more.</param>
    internal HandshakeStep Read(ReadOnlySpan<byte> received)
    {
        ReadOnlySpan<byte> message = received[..Math.Min(received.Length, HandshakeSizes.Longest)];
        HandshakeStep unfound = received.Length < HandshakeSizes.Longest ? HandshakeStep.NeedsMore : HandshakeStep.NoMark;
        if (message.Length < HandshakeSizes.ResponseHead + HandshakeSizes.Tail)
        {
            return unfound;
        }

        var mac = new HandshakeMac(identity, stackalloc byte[HandshakeMac.KeySize]);
        if (!_hasMark)
        {
            mac.WriteMark(message[..Elligator.Size], _mark);
            _hasMark = true;
        }

        int at = message[_searched..].IndexOf(_mark);
        if (at < 0)
        {
            _searched = message.Length - HandshakeMac.Size + 1;
            return unfound;
        }

        _searched += at;
        int end = _searched + HandshakeSizes.Tail;
        if (end > message.Length)
        {
            return unfound;
        }

        Span<byte> expected = stackalloc byte[HandshakeMac.Size];
        mac.WriteMac(message[..(end - HandshakeMac.Size)], _hour, expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, message[(end - HandshakeMac.Size)..end]))
        {
            return HandshakeStep.WrongMac;
        }

        Span<byte> serverKey = stackalloc byte[Sodium.PointSize];
        Span<byte> auth = stackalloc byte[Ntor.AuthSize];
        Elligator.Decode(message, serverKey);
        SessionKeys? keys = Ntor.AsClient(own, identity, serverKey, auth);
        if (keys is null || !CryptographicOperations.FixedTimeEquals(auth, message[Elligator.Size..HandshakeSizes.ResponseHead]))
        {
            keys?.Dispose();
            return HandshakeStep.WrongProof;
        }

        (Keys, ResponseLength) = (keys, end);
        return HandshakeStep.Done;
    }

    public void Dispose() => own.Dispose();
}
