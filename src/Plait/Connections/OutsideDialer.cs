using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics;
using Plait.Wire.Handshakes;
using Plait.Wire.Pt;
using Plait.Wire.Socks;

namespace Plait.Connections;

/// <summary>Why the connection to the network could not be made.</summary>
internal sealed class OutsideException(FailureCause cause, SafeText detail, Exception? inner = null) : IOException(detail.ToString(), inner)
{
    internal FailureCause Cause => cause;

    /// <summary>What happened, for a person.</summary>
    internal SafeText Text => detail;
}

/// <summary>
/// Makes the connection that leaves this machine: through tor's upstream proxy where one is set, and then never around
/// it (G3), from tor's bind address where one is set (E16).
/// </summary>
/// <param name="Proxy">tor's upstream proxy, or null.</param>
/// <param name="BindV4">Source address for IPv4, or null.</param>
/// <param name="BindV6">Source address for IPv6, or null.</param>
internal sealed record OutsideDialer(UpstreamProxy? Proxy, IPAddress? BindV4, IPAddress? BindV6)
{
    // A look-up of a name holds a worker of the pool while name servers do not answer. Half of the workers stay free for everything else.
    private static readonly SemaphoreSlim s_lookups = new(Math.Max(1, WorkersAtMost() / 2));

    /// <summary>Without addresses (G5).</summary>
    public override string ToString() => Proxy?.ToString() ?? "direct";

    /// <exception cref="OutsideException">It failed; the message carries no address.</exception>
    internal Task<SocketConnection> ConnectAsync(EndPoint target, CancellationToken cancellationToken) =>
        Proxy is null ? ConnectDirectAsync(target, cancellationToken) : ConnectThroughAsync(Proxy, target, cancellationToken);

    private async Task<SocketConnection> ConnectThroughAsync(
        UpstreamProxy proxy, EndPoint target, CancellationToken cancellationToken)
    {
        if (proxy.Scheme == ProxyScheme.Socks4a && target is IPEndPoint { AddressFamily: AddressFamily.InterNetworkV6 })
        {
            throw new OutsideException(FailureCause.ProxyRefused,
                $"a SOCKS4a upstream proxy cannot carry an IPv6 target; use a SOCKS5 or HTTPS proxy in torrc");
        }

        IHandshake handshake = HandshakeFor(proxy, target);
        SocketConnection connection;
        try
        {
            connection = await ConnectDirectAsync(proxy.Address, cancellationToken).ConfigureAwait(false);
        }
        catch (OutsideException e)
        {
            throw new OutsideException(FailureCause.ProxyRefused, $"the upstream proxy cannot be reached: {e.Text}", e);
        }

        try
        {
            HandshakeOutcome outcome =
                await HandshakeRunner.RunAsync(connection, handshake, cancellationToken).ConfigureAwait(false);
            return outcome.Completed ? connection : throw Refusal(handshake, outcome);
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            if (e is IOException and not OutsideException)
            {
                throw new OutsideException(FailureCause.ProxyRefused, $"the upstream proxy reset the connection", e);
            }

            throw;
        }
    }

    private static IHandshake HandshakeFor(UpstreamProxy proxy, EndPoint target)
    {
        try
        {
            return proxy.Scheme == ProxyScheme.Http
                ? new HttpConnectHandshake(proxy, target)
                : SocksClientHandshake.ForProxy(proxy, target);
        }
        catch (ArgumentException e)
        {
            throw new OutsideException(FailureCause.ArgumentWrong, $"the upstream proxy cannot be asked for this target: {SafeText.Own(e.Message)}", e);
        }
    }

    private static OutsideException Refusal(IHandshake handshake, HandshakeOutcome outcome)
    {
        // What it says of the target is true of the target. That it will not, or no more than "no", is the proxy's own.
        FailureCause cause = handshake is SocksClientHandshake
        {
            Reply: { } reply and (SocksReplyCode.NetworkUnreachable or SocksReplyCode.HostUnreachable
                or SocksReplyCode.ConnectionRefused or SocksReplyCode.TtlExpired)
        }
            ? FailureWords.CauseOf(reply)
            : FailureCause.ProxyRefused;
        return new(cause, $"the upstream proxy did not connect: {outcome.Why}");
    }

    private async Task<SocketConnection> ConnectDirectAsync(EndPoint target, CancellationToken cancellationToken)
    {
        OutsideException? last = null;
        foreach (IPEndPoint address in await ResolveAsync(target, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return await ConnectOneAsync(address, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException e)
            {
                FailureCause cause = FailureWords.CauseOf(e);
                last = new OutsideException(cause, FailureWords.DetailOf(cause, $"connecting failed ({cause})"), e);
            }
        }

        throw last ?? new OutsideException(FailureCause.Unreachable, $"the host name has no address");
    }

    private async Task<SocketConnection> ConnectOneAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var connection = new SocketConnection(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
        try
        {
            Descriptors.Admit(connection.Socket);
            IPAddress? source = address.AddressFamily == AddressFamily.InterNetwork ? BindV4 : BindV6;
            if (source is not null && !IPAddress.IsLoopback(address.Address)) // E16: ignored for loopback destinations
            {
                Bind(connection.Socket, source);
            }

            await connection.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static void Bind(Socket socket, IPAddress source)
    {
        try
        {
            socket.Bind(new IPEndPoint(source, 0));
        }
        catch (SocketException e)
        {
            throw new OutsideException(FailureCause.NotPermitted,
                $"this machine does not have the address of OutboundBindAddress (or OutboundBindAddressPT) in torrc", e);
        }
    }

    private static int WorkersAtMost()
    {
        ThreadPool.GetMaxThreads(out int workers, out _);
        return workers;
    }

    private static async Task<IPEndPoint[]> ResolveAsync(EndPoint target, CancellationToken cancellationToken)
    {
        if (target is IPEndPoint address)
        {
            return [address];
        }

        var name = (DnsEndPoint)target;
        await s_lookups.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(name.Host, cancellationToken).ConfigureAwait(false);
            return [.. addresses.Select(found => new IPEndPoint(found, name.Port))];
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            throw new OutsideException(FailureCause.Unreachable, $"the host name cannot be resolved", e);
        }
        finally
        {
            _ = s_lookups.Release();
        }
    }
}
