using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plait.DummyTransport;

/// <summary>The server role: a listener per name, each connection forwarded to the (Extended) ORPort.</summary>
internal sealed class ServerTransport(Flags flags, PtEnvironment environment) : Transport(flags)
{
    private readonly ConcurrentDictionary<string, MeekServer> _meek = new(); // each lives as long as the process

    public override string Keyword => "SMETHOD";

    public override string Open(string name)
    {
        Socket listener = Sockets.Listen(environment.BindAddresses.GetValueOrDefault(name) ?? new IPEndPoint(IPAddress.Any, 0));
        if (!Flags.NeverAccept)
        {
            Accept(name, listener);
        }

        string arguments = environment.Options.Contains(name)
            ? " " + TransportArguments.ToMethodOption(environment.Options[name])
            : "";
        return $"SMETHOD {name} {Address(listener)}{arguments}";
    }

    protected override async Task ServeAsync(string name, Socket peer, int number)
    {
        if (IsTurn(number, Flags.DropHandshake))
        {
            return;
        }

        if (Flags.SpeakFirst is { } text)
        {
            await peer.WriteAsync(Encoding.UTF8.GetBytes(text));
        }

        if (Flags.Meek)
        {
            await _meek.GetOrAdd(name, _ => new(first => ForwardAsync(name, first))).ServeAsync(peer);
            return;
        }

        if (IsTurn(number, Flags.HangHandshake))
        {
            await SwallowAsync(peer);
            return;
        }

        using Socket? far = await ForwardAsync(name, peer);
        if (far is not null)
        {
            await Sockets.RelayAsync(peer, far);
        }
    }

    private async Task<Socket?> ForwardAsync(string name, Socket peer)
    {
        if (environment.ExtendedOrPort is not { } extended)
        {
            return await Sockets.ConnectAsync(environment.OrPort!);
        }

        Socket socket = await Sockets.ConnectAsync(extended);
        try
        {
            if (await new ExtOrPortClient(Flags, socket).IntroduceAsync(environment.CookieFile!, UserAddress(peer), name))
            {
                return socket;
            }
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        socket.Dispose();
        return null;
    }

    private string? UserAddress(Socket peer)
    {
        if (Flags.NoUserAddress)
        {
            return null;
        }

        var address = (IPEndPoint)peer.RemoteEndPoint!;
        if (address.Address.IsIPv4MappedToIPv6)
        {
            address = new(address.Address.MapToIPv4(), address.Port);
        }

        return Flags.FixedUserAddress ?? address.ToString();
    }
}
