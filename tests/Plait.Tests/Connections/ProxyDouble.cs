using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;

namespace Plait.Tests.Connections;

/// <summary>
/// An upstream proxy that follows a script of raw bytes: what it hears, then what it says, again and again. A client that it
/// serves gets "through" after the last word.
/// </summary>
internal sealed class ProxyDouble : IAsyncDisposable
{
    private readonly Socket _listener = Loopback.Listen();
    private readonly Task _served;

    internal ProxyDouble(params (string Hears, string Says)[] script)
    {
        _served = ServeAsync(script);
    }

    internal IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>What the client said, turn by turn, as the script has it.</summary>
    internal List<string> Heard { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _served.Within("the proxy's client is served");
        _listener.Dispose();
    }

    private async Task ServeAsync((string Hears, string Says)[] script)
    {
        if (script.Length == 0)
        {
            return;
        }

        await using var client = SocketConnection.Of(await _listener.AcceptAsync(Deadline.Token), Shared.Pollers);
        foreach ((string hears, string says) in script)
        {
            Heard.Add(await client.ReceiveAsync(hears.Length));
            await client.SendAsync(says);
        }

        await client.SendAsync("through");
        await client.ReceiveAllAsync();
    }
}
