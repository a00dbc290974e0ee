using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Libraries;

namespace Plait.SystemTests.Hops;

/// <summary>A kind of hop as the matrix of docs/hops.md has it: real programs, or the dummy transport for pluggable transports.</summary>
/// <param name="Name">The transport; a C identifier.</param>
/// <param name="Form">How the page calls the kind.</param>
/// <param name="Lines">Its lines of the plaitrc, for both sides.</param>
/// <param name="EndsApart">It passes on that one direction has ended, and the other goes on.</param>
internal sealed record HopKind(string Name, string Form, Func<IPEndPoint, string[]> Lines, bool EndsApart)
{
    private const string SocatTunnel = "socat TCP-LISTEN:{listen-port},bind={listen-host},reuseaddr,fork,backlog=128 TCP:{target}";

    /// <summary>All kinds. A new one is a line here.</summary>
    public static IReadOnlyList<HopKind> All { get; } =
    [
        new("pt", "`exec`", _ => Both("pt", $"exec {Programs.DummyTransport}"), EndsApart: true),
        new("runs", "`socks5 ADDR:PORT`", port => Each("runs", $"socks5 {port}", Socat), EndsApart: true),
        new("bare", "`socks5 exec`", _ => Each("bare", $"socks5 exec {MicroSocks}", Socat), EndsApart: false),
        new("tunnel", "`tunnel exec`", _ => Both("tunnel", Socat), EndsApart: true),
        new("plugin", "`sip003 exec`", _ => Each("plugin", $"sip003 options=mux=0 exec {V2Ray}", $"sip003 options=server;mux=0 exec {V2Ray}"), EndsApart: false),
        new("xor", "`library`", _ => [.. Both("xor", $"library {Library}"), "ServerTransportJoint xor orport"], EndsApart: true),
        new("rot", "`library-in-process`", _ => [.. Both("rot", $"library-in-process {Library}"), "ServerTransportJoint rot orport"], EndsApart: true),
        new("mask", "`assembly`", _ => Both("mask", $"assembly {CompiledLibraries.Assembly} Plait.Examples.MaskTransport"), EndsApart: true),
        new("b64", "part of Plait", _ => [], EndsApart: true),
    ];

    /// <summary>A tunnel made of socat.</summary>
    public static string Socat => $"tunnel exec {Programs.Require("socat")} {SocatTunnel[6..]}";

    /// <summary>A SOCKS program that knows nothing of pluggable transports.</summary>
    public static string MicroSocks => $"{Programs.Require("microsocks")} -i {{listen-host}} -p {{listen-port}}";

    /// <summary>The sample of a library in C, which knows the ORPort alone.</summary>
    private static string Library => CompiledLibraries.SampleAsync().GetAwaiter().GetResult();

    /// <summary>v2ray-plugin, as Debian names it.</summary>
    public static string V2Ray => Programs.Require("ss-v2ray-plugin");

    /// <summary>The name alone, for the list of tests.</summary>
    public override string ToString() => Name;

    private static string[] Both(string name, string rest) => Each(name, rest, rest);

    private static string[] Each(string name, string client, string server) =>
        [$"ClientTransportPlugin {name} {client}", $"ServerTransportPlugin {name} {server}"];
}

/// <summary>A SOCKS5 server of these tests that runs already: it connects, and copies each direction until that has ended.</summary>
internal sealed class RunningSocks : IAsyncDisposable
{
    private readonly LoopbackListener _listener;

    private RunningSocks() => _listener = new(ServeAsync);

    public IPEndPoint EndPoint => _listener.EndPoint;

    /// <summary>User and password of each connection, joined as tor cuts them; empty if none were offered.</summary>
    public Recorded<string> Credentials { get; } = new("credentials");

    public static RunningSocks Start() => new();

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private async Task ServeAsync(Socket peer, CancellationToken stop)
    {
        byte[] methods = await peer.ReadExactlyAsync((await peer.ReadExactlyAsync(2, stop))[1], stop);
        bool authenticates = methods.Contains((byte)2);
        await peer.WriteAllAsync(new byte[] { 5, (byte)(authenticates ? 2 : 0) }, stop);
        Credentials.Add(authenticates ? await ReadCredentialsAsync(peer, stop) : "");
        byte[] request = await peer.ReadExactlyAsync(10, stop); // IPv4: a shim of Plait's, or a target of these tests
        using var onward = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await onward.ConnectAsync(new IPEndPoint(new IPAddress(request.AsSpan(4, 4)), (request[8] << 8) + request[9]), stop);
        await peer.WriteAllAsync(new byte[] { 5, 0, 0, 1, 0, 0, 0, 0, 0, 0 }, stop);
        await Task.WhenAll(peer.CopyToAsync(onward, stop), onward.CopyToAsync(peer, stop));
    }

    private static async Task<string> ReadCredentialsAsync(Socket peer, CancellationToken stop)
    {
        byte[] user = await peer.ReadExactlyAsync((await peer.ReadExactlyAsync(2, stop))[1], stop);
        byte[] password = await peer.ReadExactlyAsync((await peer.ReadExactlyAsync(1, stop))[0], stop);
        await peer.WriteAllAsync(new byte[] { 1, 0 }, stop);
        return Encoding.UTF8.GetString(password is [0] ? user : [.. user, .. password]);
    }
}
