using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Plait.Configuration;
using Plait.Fuzz.Engine;
using Plait.Hosting;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;
using Plait.Wire.Socks;

namespace Plait.Fuzz.Listeners;

/// <summary>
/// A client with one chain. All that leaves it goes to an upstream proxy of ours, which sends everything back: no address
/// that a mutation makes up is ever dialled.
/// </summary>
internal sealed class ClientSide : IAsyncDisposable
{
    /// <summary>A SOCKS5 reply of this code, as Plait writes it.</summary>
    internal static byte[] Reply5(SocksReplyCode code) => [5, (byte)code, 0, 1, 0, 0, 0, 0, 0, 0];

    // The program that is dialled is played in this process: on a busy machine its answer may take longer than a program's own may.
    private const string Limits = "LazyDialGrace 20 msec\nLingerTimeout 5 seconds\nHandshakeTimeout 1 minute\n";

    private static readonly IPEndPoint s_target = new(new IPAddress([192, 0, 2, 1]), 443);

    private readonly DirectoryInfo _state = Directory.CreateTempSubdirectory("plait-fuzz-");
    private readonly FailureRecord _failures = new();
    private readonly string _chain;

    private ClientSide(string chain)
    {
        _chain = chain;
        Proxy = new(ServeProxyAsync);
    }

    internal ClientHost Host { get; private set; } = null!;

    /// <summary>The upstream proxy.</summary>
    internal LoopbackServer Proxy { get; }

    /// <summary>What the upstream proxy was asked for, since the last look.</summary>
    internal ConcurrentQueue<EndPoint> Targets { get; } = new();

    /// <summary>Where tor connects to.</summary>
    internal IPEndPoint Socks => ((ChainStart.Listening)Host.Chains.Single()).EndPoint;

    internal static async Task<ClientSide> StartAsync(string plaitrc, string chain)
    {
        var side = new ClientSide(chain);
        ConfigurationResult read = PlaitConfiguration.Parse(plaitrc + Limits, "fuzz");
        Check.That(read.Problems.Count == 0, string.Join(' ', read.Problems));
        side.Host = await ClientHost.StartAsync(
            new() { Configuration = read.Configuration, Observer = side._failures },
            new()
            {
                Transports = [chain],
                StateLocation = side._state.FullName,
                Proxy = new(ProxyScheme.Socks5, side.Proxy.EndPoint, null, null),
            },
            CancellationToken.None);
        Check.That(side.Host.Chains[0] is ChainStart.Listening, $"the chain is up: {side.Host.Chains[0]}");
        return side;
    }

    /// <summary>Asks the chain for a connection, as tor does.</summary>
    /// <returns>The connection; null if it was refused.</returns>
    internal async Task<Socket?> OpenAsync()
    {
        Socket tor = await Sockets.ConnectAsync(Socks);
        byte[]? rest = await tor.RunAsync(SocksClientHandshake.ForTransport(SocksVersion.Socks5, s_target, PtArguments.Empty));
        if (rest is not null)
        {
            return tor;
        }

        tor.Dispose();
        return null;
    }

    /// <summary>As <see cref="OpenAsync"/>, whatever becomes of it; says a little and takes what comes, to the end.</summary>
    internal async Task OpenAndSayAsync()
    {
        try
        {
            using Socket? tor = await OpenAsync();
            using var connection = tor is null ? null : new AttackerConnection(tor);
            await (connection?.SendAsync([1, 2, 3]) ?? Task.CompletedTask);
            await (connection?.FinishAsync() ?? Task.CompletedTask);
        }
        catch (SocketException)
        {
            // Refused.
        }
    }

    /// <summary>A connection that has to work.</summary>
    internal async Task BeGoodAsync()
    {
        Targets.Clear();
        _failures.Clear();
        using Socket? tor = await OpenAsync().Within($"{_chain} opens");
        Check.That(tor is not null, $"a good connection is granted; Plait reports: {_failures}");
        await SayAsync(tor);
    }

    /// <summary>Says something, and it comes back.</summary>
    internal static async Task SayAsync(Socket socket)
    {
        byte[] said = [.. Enumerable.Range(0, 300).Select(number => (byte)number)];
        using var connection = new AttackerConnection(socket);
        await connection.SendAsync(said);
        await connection.FinishAsync();
        Check.That(
            connection.Received.AsSpan().SequenceEqual(said) && connection.EndedByReset == false,
            "a good connection carries bytes to its end");
    }

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Proxy.DisposeAsync();
        _state.Delete(recursive: true);
    }

    private async Task ServeProxyAsync(Socket socket)
    {
        var handshake = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        if (await socket.RunAsync(handshake) is { } rest)
        {
            Targets.Enqueue(handshake.Request!.Target);
            await socket.SendAsync(Reply5(SocksReplyCode.Succeeded));
            await socket.EchoAsync(rest);
        }
    }
}
