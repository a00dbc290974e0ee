using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Failures;

/// <summary>A bridge of which one thing is broken. Its client is whole, and so is the network between them.</summary>
internal sealed class BrokenBridge : BrokenChain
{
    private readonly HealthyClient _client;

    private BrokenBridge(Way way, HealthyClient client)
        : base(way, PtRole.Server) => _client = client;

    public static BrokenBridge Start(Way way, HealthyClient client)
    {
        var bridge = new BrokenBridge(way, client);
        bridge.Start();
        return bridge;
    }

    /// <summary>Has the client open a connection, and sees the way to its end.</summary>
    /// <returns>How the network sees it end.</returns>
    public async Task<Ending> UseAsync()
    {
        PtMethod method = await Host.MethodLine(Way.Chain);
        await Way.Before(this);
        Network = Witness.Start(method.EndPoint);
        Task<Socket> opening = SocksClient.ConnectAsync(await _client.Method(Way.Chain), Network.EndPoint, method.ArgumentList);
        await Way.During(this);
        try
        {
            using Socket socket = await opening;
            await GoOnAsync(socket);
            return await EndAsync();
        }
        catch (SocksRefusedException)
        {
            return await EndAsync(); // the client has noticed
        }
    }

    private async Task<Ending> EndAsync()
    {
        await AssertToldAsync(Way.Status ?? (Way.Then is null ? "CONNECT=\"Failed\"" : "CONNECT=\"Lost\""));
        return (await Network.Endings.WaitForCountAsync(1))[0];
    }
}
