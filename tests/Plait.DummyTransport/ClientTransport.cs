using System.Net;
using System.Net.Sockets;

namespace Plait.DummyTransport;

/// <summary>The client role: a SOCKS port per name, each connection dialled as asked, or as the flags say.</summary>
internal sealed class ClientTransport(Flags flags, Uri? proxy, ParentLines lines) : Transport(flags)
{
    // As goptlib and obfs4proxy: a request takes longer than this, and the connection is closed (S25).
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(5);

    private readonly Dialer _dialer = new(proxy);

    public override string Keyword => "CMETHOD";

    public override string Open(string name)
    {
        Socket listener = Sockets.Listen(new IPEndPoint(IPAddress.Loopback, 0));
        Accept(name, listener);
        return $"CMETHOD {name} {(Flags.Socks4 ? "socks4" : "socks5")} {Address(listener)}";
    }

    protected override async Task ServeAsync(string name, Socket peer, int number)
    {
        if (IsTurn(number, Flags.HangHandshake))
        {
            await SwallowAsync(peer);
            return;
        }

        using var timeout = new CancellationTokenSource(RequestTimeout);
        SocksRequest request = await SocksRequest.ReadAsync(peer, Flags.Socks4, timeout.Token);
        if (Flags.ShowArguments)
        {
            await Console.Error.WriteLineAsync($"arguments {name} {request.Target} {request.Arguments}");
        }

        if (Flags.TellAll)
        {
            lines.Tell($"to go to {request.Target}");
            lines.Tell(request.Arguments);
            TransportArguments.ParseClient(request.Arguments).ForEach(lines.Tell);
        }

        if (Flags.Refuse is { } code)
        {
            await request.ReplyAsync(peer, (byte)code);
            return;
        }

        bool granted = Flags.EarlyGrant || Flags.Lazy;
        if (granted)
        {
            await request.ReplyAsync(peer, 0);
        }

        if (Flags.Lazy)
        {
            await peer.ReceiveAsync(Memory<byte>.Empty);
        }

        using Socket? far = await DialAsync(peer, request, granted);
        if (far is null)
        {
            return;
        }

        using Socket? leak = await ExtraAsync(Flags.Leak);
        using Socket? second = await ExtraAsync(Flags.TwoDials ? request.Target : null);
        await GrantAndRelayAsync(peer, far, request, granted);
    }

    private async Task GrantAndRelayAsync(Socket peer, Socket far, SocksRequest request, bool granted)
    {
        if (Flags.SkipFirst is { } count)
        {
            await far.ReadAsync(count);
        }

        if (Flags.NeverReply)
        {
            // Ends when the peer goes: it has nothing to send before a grant.
            await peer.ReceiveAsync(new byte[1]);
            return;
        }

        if (!granted)
        {
            await request.ReplyAsync(peer, 0);
        }

        await Sockets.RelayAsync(peer, far);
    }

    private async Task<Socket?> DialAsync(Socket peer, SocksRequest request, bool granted)
    {
        try
        {
            return await _dialer.DialAsync(Flags.Dial ?? request.Target);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            if (!granted && !Flags.NeverReply)
            {
                await request.ReplyAsync(peer, ReplyCode(e));
            }

            return null;
        }
    }

    private async Task<Socket?> ExtraAsync(EndPoint? target)
    {
        try
        {
            return target is null ? null : await _dialer.DialAsync(target);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // Whether the extra dial gets through is what the test is about, not our concern.
            return null;
        }
    }

    private static byte ReplyCode(Exception cause) => cause switch
    {
        ProxyRefusedException refused => refused.Reply,
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => 5,
        SocketException { SocketErrorCode: SocketError.NetworkUnreachable } => 3,
        SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.HostNotFound } => 4,
        _ => 1,
    };
}
