using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Plait.Configuration;
using Plait.Fuzz.Engine;
using Plait.Hosting;
using Plait.Wire.ExtOrPort;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// A bridge with one chain of the one transport of a <see cref="ShamChild"/>, and a tor that sends everything back. The
/// child passes on at once what it receives, unless it is told to hold it.
/// </summary>
internal sealed class ServerSide : IAsyncDisposable
{
    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("plait-fuzz-");
    private readonly AuthCookie _torsCookie = AuthCookie.Create(RandomNumberGenerator.GetBytes(32));
    private readonly ConcurrentDictionary<Socket, byte> _held = new();
    private readonly LoopbackServer _transport;
    private readonly bool _extOrPort;

    private ServerSide(bool extOrPort)
    {
        _extOrPort = extOrPort;
        Tor = new(ServeTorAsync);
        _transport = new(PassOnAsync);
        Child = new($"SMETHOD {ShamChild.Transport} {_transport.EndPoint}", "SMETHODS DONE");
    }

    internal ServerHost Host { get; private set; } = null!;

    internal ShamChild Child { get; }

    /// <summary>tor's Extended ORPort.</summary>
    internal LoopbackServer Tor { get; }

    /// <summary>The clients that tor was told of, since the last look.</summary>
    internal ConcurrentQueue<IPEndPoint> Told { get; } = new();

    /// <summary>Where the network connects to.</summary>
    internal IPEndPoint Public => ((ChainStart.Listening)Host.Chains.Single()).EndPoint;

    /// <summary>Where the child hands on what it received.</summary>
    internal IPEndPoint Joint => Child.Address(_extOrPort ? "TOR_PT_EXTENDED_SERVER_PORT" : "TOR_PT_ORPORT");

    /// <summary>The cookie that the child was given.</summary>
    internal AuthCookie Cookie
    {
        get
        {
            byte[] file = File.ReadAllBytes(Child.Variable("TOR_PT_AUTH_COOKIE_FILE"));
            bool read = AuthCookie.TryParseFile(file, out AuthCookie? cookie, out string? error);
            Check.That(read, $"the child can read its cookie: {error}");
            return cookie!;
        }
    }

    internal static async Task<ServerSide> StartAsync(bool extOrPort)
    {
        var side = new ServerSide(extOrPort);
        string plaitrc = $"""
            ServerTransportPlugin {side.Child.Command}
            ServerTransportJoint {ShamChild.Transport} {(extOrPort ? "extorport" : "orport")}
            Alias chain {ShamChild.Transport}|dummy
            FirstByteHold 20 msec
            LingerTimeout 5 seconds
            """;
        ConfigurationResult read = PlaitConfiguration.Parse(plaitrc, "fuzz");
        Check.That(read.Problems.Count == 0, string.Join(' ', read.Problems));
        string cookieFile = Path.Combine(side._state.FullName, "cookie");
        await File.WriteAllBytesAsync(cookieFile, side._torsCookie.FormatFile());
        side.Host = await ServerHost.StartAsync(
            new() { Configuration = read.Configuration },
            new()
            {
                Transports = ["chain"],
                StateLocation = side._state.FullName,
                BindAddresses = new Dictionary<string, IPEndPoint> { ["chain"] = new(IPAddress.Loopback, 0) },
                ExtendedServerPort = side.Tor.EndPoint,
                AuthCookieFile = cookieFile,
            },
            CancellationToken.None);
        Check.That(side.Host.Chains[0] is ChainStart.Listening, $"the chain is up: {side.Host.Chains[0]}");
        return side;
    }

    /// <summary>tor and the child's transport serve no client.</summary>
    internal bool Idle => Tor.Open == 0 && _transport.Open == 0;

    /// <summary>A client connects, and the child sits on what it received.</summary>
    /// <returns>The client, and the address under which the child sees the connection.</returns>
    internal async Task<(Socket Client, IPEndPoint Seen)> ConnectHeldAsync()
    {
        var seen = new TaskCompletionSource<IPEndPoint>(TaskCreationOptions.RunContinuationsAsynchronously);
        _transport.Once(socket =>
        {
            _held[socket] = 0;
            seen.SetResult((IPEndPoint)socket.RemoteEndPoint!);
            return socket.EchoAsync([]); // until it is closed
        });
        Socket client = await Sockets.ConnectAsync(Public);
        return (client, await seen.Task.Within("the child is dialled"));
    }

    /// <summary>The child gives up all that it sits on.</summary>
    internal void LetGo()
    {
        foreach (Socket socket in _held.Keys)
        {
            socket.Dispose();
        }

        _held.Clear();
    }

    /// <summary>A connection that has to work.</summary>
    internal async Task BeGoodAsync()
    {
        Told.Clear();
        Socket client = await Sockets.ConnectAsync(Public);
        var address = (IPEndPoint)client.LocalEndPoint!;
        await ClientSide.SayAsync(client);
        Check.That(!_extOrPort || Told.Contains(address), "tor is told the client's address");
    }

    public async ValueTask DisposeAsync()
    {
        LetGo();
        await Host.DisposeAsync();
        await Tor.DisposeAsync();
        await _transport.DisposeAsync();
        Child.Dispose();
        _state.Delete(recursive: true);
    }

    /// <summary>What a good transport does: hands on what it received, and says from whom.</summary>
    private async Task PassOnAsync(Socket socket)
    {
        using Socket onward = await Sockets.ConnectAsync(Joint);
        if (_extOrPort)
        {
            var handshake = new ExtOrPortClientHandshake(
                Cookie, RandomNumberGenerator.GetBytes(32), (IPEndPoint)socket.RemoteEndPoint!, ShamChild.Transport);
            if (await onward.RunAsync(handshake) is null)
            {
                return;
            }
        }

        await Sockets.RelayAsync(socket, onward);
    }

    private async Task ServeTorAsync(Socket socket)
    {
        var handshake = new ExtOrPortServerHandshake(_torsCookie, RandomNumberGenerator.GetBytes(32));
        if (await socket.RunAsync(handshake) is { } rest)
        {
            if (handshake.UserAddress is { } client)
            {
                Told.Enqueue(client);
            }

            await socket.SendAsync(ExtOrPortReply.Okay.ToArray());
            await socket.EchoAsync(rest);
        }
    }
}
