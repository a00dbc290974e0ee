using System.Net;
using System.Net.Sockets;

namespace Plait.DummyTransport;

/// <summary>What the two roles share: a listener per name, and a task per connection.</summary>
internal abstract class Transport(Flags flags)
{
    private int _connections;

    protected Flags Flags => flags;

    /// <summary>CMETHOD or SMETHOD.</summary>
    public abstract string Keyword { get; }

    /// <summary>Opens a listener for the name and serves it from now on.</summary>
    /// <returns>The line that reports it.</returns>
    public abstract string Open(string name);

    /// <param name="number">1 for the first connection of this process, over all names.</param>
    protected abstract Task ServeAsync(string name, Socket peer, int number);

    protected static bool IsTurn(int number, int? every) => every > 0 && number % every == 0;

    protected static async Task SwallowAsync(Socket peer)
    {
        byte[] ignored = new byte[4096];
        while (await peer.ReceiveAsync(ignored) > 0)
        {
        }
    }

    protected void Accept(string name, Socket listener) => _ = AcceptAsync(name, listener);

    protected string Address(Socket listener) => flags.WrongAddress
        ? $"localhost:{((IPEndPoint)listener.LocalEndPoint!).Port}"
        : listener.LocalEndPoint!.ToString()!;

    private async Task AcceptAsync(string name, Socket listener)
    {
        while (true)
        {
            Socket peer = await listener.AcceptAsync();
            int number = Interlocked.Increment(ref _connections);
            if (number == flags.CrashAfter)
            {
                Environment.Exit(70);
            }

            _ = ServeOneAsync(name, peer, number);
        }
    }

    private async Task ServeOneAsync(string name, Socket peer, int number)
    {
        using (peer)
        {
            try
            {
                peer.NoDelay = true;
                await ServeAsync(name, peer, number);
            }
            catch (Exception e) when (e is SocketException or IOException or SocksException or OperationCanceledException)
            {
                // The peers' affair: this connection is over, the others live on.
            }
        }
    }
}
