using System.Buffers;
using System.Net;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

/// <summary>Our side towards the SOCKS port of a client PT, or towards an upstream SOCKS proxy.</summary>
/// <remarks>
/// Strictly lock-step: goptlib closes when a byte is behind the message it reads (S23). A server that speaks ahead is
/// broken and rejected; what follows its final reply is payload and stays unconsumed.
/// </remarks>
public sealed class SocksClientHandshake : StagedHandshake
{
    private readonly byte[]? _greeting; // null: SOCKS4, which begins with its request
    private readonly byte[]? _credentials; // null: none to give
    private readonly bool _mayOmitCredentials;
    private readonly byte[] _request;
    private Stage _stage = Stage.Start;

    private SocksClientHandshake(byte[]? greeting, byte[]? credentials, bool mayOmitCredentials, byte[] request)
    {
        (_greeting, _credentials, _mayOmitCredentials, _request) = (greeting, credentials, mayOmitCredentials, request);
    }

    private enum Stage
    {
        Start,
        Method,
        Credentials,
        Reply,
        Socks4Reply,
    }

    /// <summary>
    /// What the server answered to the request, if it did. Codes without a name keep their number; SOCKS4 knows
    /// only 0 and 1.
    /// </summary>
    public SocksReplyCode? Reply { get; private set; }

    /// <summary>
    /// Whether the server has said anything yet. Always true for SOCKS4, whose first answer is the last, and may take as
    /// long as a connection takes.
    /// </summary>
    public bool IsAnswered => _stage is not (Stage.Start or Stage.Method) || _greeting is null;

    /// <summary>
    /// Whether it refused the credentials: a transport does so when it cannot read its arguments (S15), a proxy when they
    /// are not its own.
    /// </summary>
    public bool ArgumentsRefused { get; private set; }

    /// <summary>To a transport, as tor does it (S2, S5 to S7). Without arguments no credentials are offered (S26, C19).</summary>
    /// <param name="version">What its CMETHOD line says.</param>
    /// <param name="target">Where it shall connect to.</param>
    /// <param name="arguments">Per-connection arguments.</param>
    /// <exception cref="ArgumentException">
    /// The arguments exceed 510 bytes in their written form (N19), or SOCKS cannot express the target or the arguments.
    /// </exception>
    public static SocksClientHandshake ForTransport(SocksVersion version, EndPoint target, PtArguments arguments)
    {
        byte[] text = Encoding.UTF8.GetBytes(arguments.FormatClient());
        if (text.Length > SocksLimits.MaxArgumentLength)
        {
            throw new ArgumentException(
                $"The arguments need {text.Length} bytes; SOCKS carries {SocksLimits.MaxArgumentLength}.", nameof(arguments));
        }

        if (version == SocksVersion.Socks4)
        {
            return target is IPEndPoint
                ? new(null, null, false, SocksClientMessages.Socks4Request(target, text))
                : throw new ArgumentException("A SOCKS4 transport takes IPv4 targets only.", nameof(target));
        }

        byte[]? credentials = text.Length == 0 ? null : SocksClientMessages.ArgumentCredentials(text);
        return new(SocksClientMessages.Greeting(credentials), credentials, false, SocksClientMessages.Request(target));
    }

    /// <summary>To an upstream proxy: SOCKS5, or SOCKS4a (IPv4 targets as plain SOCKS4, S7b).</summary>
    /// <param name="proxy">The proxy and its credentials.</param>
    /// <param name="target">Where it shall connect to.</param>
    /// <exception cref="ArgumentException">An HTTP proxy, or a target that SOCKS4a cannot express.</exception>
    public static SocksClientHandshake ForProxy(UpstreamProxy proxy, EndPoint target)
    {
        byte[] user = Encoding.UTF8.GetBytes(proxy.User ?? "");
        switch (proxy.Scheme)
        {
            case ProxyScheme.Socks4a:
                return new(null, null, false, SocksClientMessages.Socks4Request(target, user));
            case ProxyScheme.Socks5:
                byte[]? credentials = proxy.User is null
                    ? null
                    : SocksClientMessages.Credentials(user, Encoding.UTF8.GetBytes(proxy.Password ?? ""));
                return new(SocksClientMessages.Greeting(credentials), credentials, true, SocksClientMessages.Request(target));
            default:
                throw new ArgumentException("An HTTP proxy does not speak SOCKS.", nameof(proxy));
        }
    }

    private protected override bool TryStage(ref HandshakeTurn turn) => _stage switch
    {
        Stage.Start => Start(ref turn),
        Stage.Method => ReadMethod(ref turn),
        Stage.Credentials => ReadCredentialsReply(ref turn),
        Stage.Reply => ReadReply(ref turn),
        Stage.Socks4Reply => ReadSocks4Reply(ref turn),
        _ => false,
    };

    private bool Start(ref HandshakeTurn turn) => _greeting is null
        ? Send(ref turn, _request, Stage.Socks4Reply)
        : Send(ref turn, _greeting, Stage.Method);

    // 05 METHOD
    private bool ReadMethod(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(2, out ReadOnlySpan<byte> choice))
        {
            return false;
        }

        return choice switch
        {
            [not (byte)SocksVersion.Socks5, _] => Reject(ref turn, "it does not speak SOCKS5"),
            [_, SocksMethod.UserPassword] when _credentials is not null => Send(ref turn, _credentials, Stage.Credentials),
            [_, SocksMethod.None] when _credentials is null || _mayOmitCredentials => Send(ref turn, _request, Stage.Reply),
            // S3: tor goes on here and loses the arguments in silence.
            [_, SocksMethod.None] => Reject(ref turn, "the transport chose no authentication, which would lose its arguments"),
            [_, SocksMethod.NoneAcceptable] => Reject(ref turn, "it accepts none of our authentication methods"),
            _ => Reject(ref turn, "it chose an authentication method that was not offered"),
        };
    }

    // 01 STATUS
    private bool ReadCredentialsReply(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(2, out ReadOnlySpan<byte> reply))
        {
            return false;
        }

        if (reply[0] != SocksMethod.UserPasswordVersion)
        {
            return Reject(ref turn, "the server's answer to the credentials is malformed");
        }

        ArgumentsRefused = reply[1] != SocksMethod.UserPasswordAccepted;
        return ArgumentsRefused
            ? Reject(ref turn, "it refused the credentials or arguments") // S15
            : Send(ref turn, _request, Stage.Reply);
    }

    // 05 REP 00 ATYP address port. A refusal counts as soon as it is legible: some servers stop there.
    private bool ReadReply(ref HandshakeTurn turn)
    {
        ReadOnlySpan<byte> unread = turn.Unread;
        if (unread.Length >= 1 && unread[0] != (byte)SocksVersion.Socks5)
        {
            return Reject(ref turn, "the server's reply is malformed");
        }

        if (unread.Length >= 2 && unread[1] != (byte)SocksReplyCode.Succeeded)
        {
            Reply = (SocksReplyCode)unread[1];
            return Reject(ref turn, $"it refused: {SocksClientMessages.Describe(Reply.Value)}");
        }

        if (unread.Length < 5)
        {
            return false;
        }

        int addressLength = SocksAddressType.EncodedLength(unread[3], unread[4]);
        if (addressLength < 0)
        {
            return Reject(ref turn, "the server's reply has an unknown address type");
        }

        return turn.TryTake(4 + addressLength + 2, out _) && Granted();
    }

    // 00 5A|5B.. port ip4
    private bool ReadSocks4Reply(ref HandshakeTurn turn)
    {
        if (!turn.TryTake(SocksReply.Socks4Length, out ReadOnlySpan<byte> reply))
        {
            return false;
        }

        if (reply[0] != 0)
        {
            return Reject(ref turn, "the server's reply is malformed");
        }

        if (reply[1] == SocksReply.Socks4Granted)
        {
            return Granted();
        }

        Reply = SocksReplyCode.GeneralFailure;
        return Reject(ref turn, $"it refused: SOCKS4 code {reply[1]:x2}");
    }

    private bool Send(ref HandshakeTurn turn, byte[] message, Stage next)
    {
        if (!turn.Unread.IsEmpty)
        {
            return Reject(ref turn, "it spoke before it was asked");
        }

        turn.Write(message);
        _stage = next;
        return false;
    }

    private bool Granted()
    {
        Reply = SocksReplyCode.Succeeded;
        return Complete();
    }
}
