using System.Net;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Handshakes;

namespace Plait.Wire.Socks;

/// <summary>The client's side of SOCKS, towards the SOCKS port of a client PT or towards an upstream proxy.</summary>
/// <remarks>
/// Strictly lock-step: goptlib closes if a byte follows the message that it reads (S23). A server that speaks ahead is broken and is rejected.
/// Bytes after its final reply are payload and stay unconsumed.
/// </remarks>
public abstract class SocksClientHandshake : StagedHandshake
{
    private protected SocksClientHandshake()
    {
    }

    /// <summary>
    /// The server's reply to the request; null until it has come. Codes without a name keep their number. SOCKS4 has only
    /// <see cref="SocksReplyCode.Succeeded"/> and <see cref="SocksReplyCode.GeneralFailure"/>.
    /// </summary>
    public SocksReplyCode? Reply { get; private protected set; }

    /// <summary>
    /// Whether the server has answered anything yet. Always true with SOCKS4: its first answer is also its last, and may take as long as the
    /// server's own connection takes.
    /// </summary>
    public abstract bool IsAnswered { get; }

    /// <summary>
    /// Whether the server refused the credentials. A transport does so if it cannot read its arguments (S15), a proxy if it does not know the
    /// credentials.
    /// </summary>
    public bool ArgumentsRefused { get; private protected set; }

    /// <summary>To a transport, as tor does it (S2, S5 to S7). Without arguments no credentials are offered (S26, C19).</summary>
    /// <param name="version">The version in the transport's CMETHOD line.</param>
    /// <param name="target">The address that the transport has to connect to.</param>
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
                ? new Socks4ClientHandshake(target, text)
                : throw new ArgumentException("A SOCKS4 transport takes IPv4 targets only.", nameof(target));
        }

        return new Socks5ClientHandshake(
            target, text.Length == 0 ? null : SocksClientMessages.ArgumentCredentials(text), mayOmitCredentials: false);
    }

    /// <summary>To an upstream proxy: SOCKS5, or SOCKS4a (IPv4 targets as plain SOCKS4, S7b).</summary>
    /// <param name="proxy">The proxy and its credentials.</param>
    /// <param name="target">The address that the proxy has to connect to.</param>
    /// <exception cref="ArgumentException">An HTTP proxy, or a target that SOCKS4a cannot express.</exception>
    public static SocksClientHandshake ForProxy(UpstreamProxy proxy, EndPoint target)
    {
        byte[] user = Encoding.UTF8.GetBytes(proxy.User ?? "");
        switch (proxy.Scheme)
        {
            case ProxyScheme.Socks4a:
                return new Socks4ClientHandshake(target, user);
            case ProxyScheme.Socks5:
                byte[]? credentials = proxy.User is null
                    ? null
                    : SocksClientMessages.Credentials(user, Encoding.UTF8.GetBytes(proxy.Password ?? ""));
                return new Socks5ClientHandshake(target, credentials, mayOmitCredentials: true);
            default:
                throw new ArgumentException("An HTTP proxy does not speak SOCKS.", nameof(proxy));
        }
    }

    /// <summary>Sends a message, unless the server has sent something without being asked.</summary>
    private protected bool Send(ref HandshakeTurn turn, byte[] message)
    {
        if (!turn.Unread.IsEmpty)
        {
            return Reject(ref turn, "the server sent bytes before it was asked");
        }

        turn.Write(message);
        return false;
    }

    /// <summary>Ends the handshake successfully: the server's connection to the target is made.</summary>
    private protected bool Granted()
    {
        Reply = SocksReplyCode.Succeeded;
        return Complete();
    }
}
