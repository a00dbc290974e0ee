using System.Net;
using System.Net.Sockets;
using Plait.Connections.Polling;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Wire.Addresses;
using Plait.Wire.Handshakes;
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
/// it (G3), from tor's bind address where one is set (E16). The addresses of a name are tried side by side (<see cref="AddressRace"/>).
/// </summary>
/// <param name="Proxy">tor's upstream proxy, or null.</param>
/// <param name="BindV4">Source address for IPv4, or null.</param>
/// <param name="BindV6">Source address for IPv6, or null.</param>
/// <param name="Pollers">Those that watch the connections.</param>
internal sealed record OutsideDialer(UpstreamProxy? Proxy, IPAddress? BindV4, IPAddress? BindV6, PollerSet Pollers)
{
    // A look-up of a name holds a worker of the pool while name servers do not answer. Half of the workers stay free for everything else. Of
    // the process, as the pool is.
    private static readonly SemaphoreSlim s_lookups = new(Math.Max(1, WorkersAtMost() / 2));

    /// <summary>The clock.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Finds the addresses of a name.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

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
        // Replies about the target are the target's failure; any other refusal is the proxy's.
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
        if (target is IPEndPoint only)
        {
            return await ConnectOneAsync(only, cancellationToken).ConfigureAwait(false);
        }

        IPEndPoint[] found = await ResolveAsync((DnsEndPoint)target, cancellationToken).ConfigureAwait(false);
        IPEndPoint[] addresses = AddressRace.InTurn(found.Where(MayChoose));
        return addresses switch
        {
            [] when found.Length > 0 => throw new OutsideException(FailureCause.NotPermitted,
                $"the host name has no address of the family of OutboundBindAddress (or OutboundBindAddressPT) in torrc"),
            [] => throw new OutsideException(FailureCause.Unreachable, $"the host name has no address"),
            [var one] => await ConnectOneAsync(one, cancellationToken).ConfigureAwait(false),
            _ => await AddressRace.RunAsync(addresses, ConnectOneAsync, Time, cancellationToken).ConfigureAwait(false),
        };
    }

    /// <summary>
    /// Whether an address of a name may be chosen. One of a family without a bind address, beside a family with one, would go around it
    /// (G3). An address that tor itself names goes as the system has it (E16).
    /// </summary>
    private bool MayChoose(IPEndPoint address) =>
        (BindV4 ?? BindV6) is null || BindFor(address) is not null || IPAddress.IsLoopback(address.Address);

    private IPAddress? BindFor(IPEndPoint address) => address.AddressFamily == AddressFamily.InterNetwork ? BindV4 : BindV6;

    private async Task<SocketConnection> ConnectOneAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectSocketAsync(address, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            FailureCause cause = FailureWords.CauseOf(e);
            throw new OutsideException(cause, FailureWords.DetailOf(cause, $"connecting failed ({SafeText.Own(FailureWords.Of(cause))})"), e);
        }
    }

    private async Task<SocketConnection> ConnectSocketAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        IPAddress? source = IPAddress.IsLoopback(address.Address) ? null : BindFor(address); // E16: ignored for loopback destinations
        Socket socket = source is null ? new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : BoundTo(source);
        Descriptors.DisposeAndThrowIfReserved(socket);
        try
        {
            KeepAlive.Set(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var connection = SocketConnection.Of(socket, Pollers);
        try
        {
            await connection.ConnectAsync(address, cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static Socket BoundTo(IPAddress source)
    {
        try
        {
            return ExclusiveBind.Bind(new(source, 0), portAtOnce: false);
        }
        catch (SocketException e) when (FailureWords.CauseOf(e) != FailureCause.LimitReached)
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

    private async Task<IPEndPoint[]> ResolveAsync(DnsEndPoint name, CancellationToken cancellationToken)
    {
        await s_lookups.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            IPAddress[] addresses = await Resolve(name.Host, cancellationToken).ConfigureAwait(false);
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
