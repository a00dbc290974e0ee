using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Plait.SystemTests.Doubles.Tests;

/// <summary>One transport on both sides: SOCKS, PT client, PT server, and an Extended ORPort with an echo behind it.</summary>
internal sealed class PtPair : IAsyncDisposable
{
    private PtPair(ExtOrPortDouble orPort, PtHost server, PtHost client, string name) =>
        (OrPort, Server, Client, Name) = (orPort, server, client, name);

    public ExtOrPortDouble OrPort { get; }

    public PtHost Server { get; }

    public PtHost Client { get; }

    public string Name { get; }

    public static PtPair Start(
        string program, string name, string[]? client = null, string[]? server = null, string? proxy = null)
    {
        ExtOrPortDouble port = ExtOrPortDouble.Start();
        return new(
            port,
            PtHost.StartServer(program, server ?? [], port, name),
            PtHost.Start(new() { Program = program, Arguments = client ?? [], Names = [name], IsServer = false, Proxy = proxy }),
            name);
    }

    /// <summary>Opens a connection through both.</summary>
    /// <param name="via">In place of the server's own address.</param>
    public async Task<Socket> OpenAsync(IPEndPoint? via = null)
    {
        PtMethod method = await Server.MethodLine(Name);
        return await SocksClient.ConnectAsync(await Client.Method(Name), via ?? method.EndPoint, method.ArgumentList);
    }

    /// <summary>Sends random bytes, and checks that the same come back.</summary>
    public static async Task AssertEchoAsync(Socket socket, int length = 1000, TimeSpan? limit = null)
    {
        byte[] sent = RandomNumberGenerator.GetBytes(length);
        Task sending = socket.WriteAllAsync(sent);
        byte[] received = await socket.ReadExactlyAsync(length).Within($"an echo of {length} bytes", limit);
        await sending;
        Assert.Equal(sent, received);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        await OrPort.DisposeAsync();
    }
}
