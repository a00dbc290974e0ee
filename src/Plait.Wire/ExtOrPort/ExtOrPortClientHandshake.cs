using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Handshakes;
using Plait.Wire.Pt;

namespace Plait.Wire.ExtOrPort;

/// <summary>The client's side of the Extended ORPort, towards tor (X2 to X9, X12 to X22).</summary>
/// <remarks>
/// Sends USERADDR, TRANSPORT and DONE in one piece, then nothing until OKAY: tor closes if a byte follows DONE (X15, X16).
/// </remarks>
/// <param name="cookie">The present cookie of tor's cookie file (E39).</param>
/// <param name="clientNonce">32 random bytes, new for each connection.</param>
/// <param name="userAddress">
/// The client's address; null leaves USERADDR out, because an address is never invented (X21, G1). An address with port 0 is sent without a
/// port, which tor accepts (X20).
/// </param>
/// <param name="transport">The alias in our SMETHOD line (X24), or null to leave it out.</param>
/// <exception cref="ArgumentException">The nonce does not have 32 bytes, or the transport is not a transport name.</exception>
public sealed class ExtOrPortClientHandshake(
    AuthCookie cookie, ReadOnlyMemory<byte> clientNonce, IPEndPoint? userAddress, string? transport) : StagedHandshake
{
    /// <summary>Longest list of authentication types, in bytes, its end included (X2).</summary>
    private const int MaxAuthTypes = 256;

    private readonly ReadOnlyMemory<byte> _clientNonce = AuthCookie.CheckNonce(clientNonce);
    private readonly byte[] _commands = FormatCommands(userAddress, transport);
    private Stage _stage = Stage.AuthTypes;
    private bool _holdsCommandsBack;
    private int _toSkip;
    private ushort _skipped;

    private enum Stage
    {
        AuthTypes,
        ServerHash,
        Status,
        Commands,
        Replies,
        SkippedReply,
    }

    /// <summary>Whether the server answered DENY.</summary>
    public bool Denied { get; private set; }

    /// <summary>
    /// The first part of this handshake: it completes when the server has accepted our authentication, before anything about the client is
    /// sent. The handshake itself continues from there when the caller runs it.
    /// </summary>
    public IHandshake Authentication => new AuthenticationPart(this);

    private protected override bool TryStage(ref HandshakeTurn turn) => _stage switch
    {
        Stage.AuthTypes => ReadAuthTypes(ref turn),
        Stage.ServerHash => ReadServerHash(ref turn),
        Stage.Status => ReadStatus(ref turn),
        Stage.Commands => !_holdsCommandsBack && WriteCommands(ref turn),
        Stage.Replies => ReadReply(ref turn),
        Stage.SkippedReply => SkipReply(ref turn),
        _ => false,
    };

    private bool ReadAuthTypes(ref HandshakeTurn turn)
    {
        ReadOnlySpan<byte> window = turn.Unread[..Math.Min(turn.Unread.Length, MaxAuthTypes)];
        int end = window.IndexOf(ExtOrPortNumbers.EndOfAuthTypes);
        if (end < 0)
        {
            return window.Length == MaxAuthTypes && Reject(ref turn, "the server's list of authentication types has no end");
        }

        if (!window[..end].Contains(ExtOrPortNumbers.SafeCookie))
        {
            return Reject(ref turn, "the server does not offer SAFE_COOKIE authentication");
        }

        turn.Skip(end + 1);
        turn.Write([ExtOrPortNumbers.SafeCookie, .. _clientNonce.Span]);
        return Next(Stage.ServerHash);
    }

    private bool ReadServerHash(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(2 * AuthCookie.SecretLength, out ReadOnlySpan<byte> message))
        {
            return false;
        }

        ReadOnlySpan<byte> serverNonce = message[AuthCookie.SecretLength..];
        byte[] expected = cookie.ServerHash(_clientNonce.Span, serverNonce);
        if (!CryptographicOperations.FixedTimeEquals(message[..AuthCookie.SecretLength], expected))
        {
            return Reject(ref turn, "the server does not know the cookie: the port belongs to another tor, or the cookie file is outdated"); // X8
        }

        turn.Write(cookie.ClientHash(_clientNonce.Span, serverNonce));
        return Next(Stage.Status);
    }

    private bool ReadStatus(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(1, out ReadOnlySpan<byte> status))
        {
            return false;
        }

        if (status[0] != ExtOrPortNumbers.AuthSucceeded)
        {
            return Reject(ref turn, "the server refused our authentication");
        }

        return Next(Stage.Commands);
    }

    private bool WriteCommands(ref HandshakeTurn turn)
    {
        turn.Write(_commands);
        return Next(Stage.Replies);
    }

    private bool ReadReply(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(ExtOrPortNumbers.FrameHeadLength, out ReadOnlySpan<byte> head))
        {
            return false;
        }

        (_skipped, _toSkip) = ExtOrPortNumbers.ReadHead(head);
        return Next(Stage.SkippedReply);
    }

    // Bodies of replies have no meaning. They are skipped piecewise, those of unknown replies too (X14).
    private bool SkipReply(ref HandshakeTurn turn)
    {
        _toSkip = turn.Skip(_toSkip);
        if (_toSkip > 0)
        {
            return false;
        }

        if (_skipped == ExtOrPortNumbers.Deny)
        {
            Denied = true;
            return Reject(ref turn, "the server denied the connection");
        }

        return _skipped == ExtOrPortNumbers.Okay ? Complete() : Next(Stage.Replies);
    }

    private static byte[] FormatCommands(IPEndPoint? userAddress, string? transport)
    {
        if (transport is not null && !TransportName.IsValid(transport))
        {
            throw new ArgumentException("TRANSPORT must be a C identifier, or tor closes.", nameof(transport)); // X22
        }

        byte[] address = userAddress is null
            ? []
            : ExtOrPortNumbers.Frame(ExtOrPortNumbers.UserAddress, Encoding.ASCII.GetBytes(userAddress.Port == 0
                ? AddressText.Normalize(userAddress.Address).ToString() // tor closes on port 0
                : AddressText.Format(userAddress)));
        byte[] name = transport is null
            ? []
            : ExtOrPortNumbers.Frame(ExtOrPortNumbers.Transport, Encoding.ASCII.GetBytes(transport));
        return [.. address, .. name, .. ExtOrPortNumbers.Frame(ExtOrPortNumbers.Done, [])];
    }

    private bool Next(Stage stage)
    {
        _stage = stage;
        return true;
    }

    private sealed class AuthenticationPart(ExtOrPortClientHandshake whole) : IHandshake
    {
        public string? Rejection => whole.Rejection;

        public HandshakeStep Advance(ReadOnlySpan<byte> input, out int consumed, IBufferWriter<byte> output)
        {
            whole._holdsCommandsBack = true;
            HandshakeStep step = whole.Advance(input, out consumed, output);
            whole._holdsCommandsBack = false;
            return step == HandshakeStep.Continue && whole._stage == Stage.Commands ? HandshakeStep.Completed : step;
        }
    }
}
