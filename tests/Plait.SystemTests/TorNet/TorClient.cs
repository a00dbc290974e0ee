using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet;

/// <summary>A tor client behind one bridge.</summary>
internal sealed class TorClient : IAsyncDisposable
{
    private static readonly TimeSpan DownloadTimeout = TimeSpan.FromSeconds(120);

    private readonly IPEndPoint _socksPort;
    private readonly IPEndPoint _fileServer;

    private TorClient(TorProcess tor, IPEndPoint socksPort, IPEndPoint fileServer) =>
        (Tor, _socksPort, _fileServer) = (tor, socksPort, fileServer);

    /// <summary>The process and its log.</summary>
    public TorProcess Tor { get; }

    /// <summary>Starts a client; <paramref name="torrc"/> has its SocksPort at <paramref name="socksPort"/>.</summary>
    public static TorClient Start(Torrc torrc, IPEndPoint socksPort, IPEndPoint fileServer) =>
        new(TorProcess.Start(torrc, detailed: true), socksPort, fileServer);

    /// <summary>Waits until tor has built circuits through the bridge.</summary>
    public Task BootstrappedAsync() => Tor.BootstrappedAsync();

    /// <summary>Downloads so many bytes from the network's file server, by way of bridge, relay and exit.</summary>
    /// <returns>SHA-256, in hex; <see cref="FileServer.Hash"/> gives what it should be.</returns>
    public async Task<string> DownloadAsync(long bytes)
    {
        try
        {
            using Socket connection = await SocksClient.ConnectAsync(_socksPort, _fileServer);
            return await FileServer.DownloadAsync(connection, bytes).Within($"a download of {bytes} bytes", DownloadTimeout);
        }
        catch (Exception e) when (e is TimeoutException or SocksRefusedException or IOException or SocketException)
        {
            throw new InvalidOperationException($"download through {Tor.Torrc.Nickname}: {e.Message}\n{Tor.Log.Tail()}", e);
        }
    }

    public ValueTask DisposeAsync() => Tor.DisposeAsync();
}
