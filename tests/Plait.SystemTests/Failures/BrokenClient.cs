using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Failures;

/// <summary>A client of which one thing is broken. Its bridge is whole.</summary>
internal sealed class BrokenClient : BrokenChain
{
    private readonly HealthyBridge _bridge;

    private BrokenClient(Way way, HealthyBridge bridge)
        : base(way, PtRole.Client) => _bridge = bridge;

    public static BrokenClient Start(Way way, HealthyBridge bridge)
    {
        var client = new BrokenClient(way, bridge);
        client.Start();
        return client;
    }

    /// <summary>Opens a connection as tor does, and sees the way to its end.</summary>
    /// <returns>The SOCKS reply.</returns>
    public async Task<int> UseAsync()
    {
        IPEndPoint socks = await Host.Method(Way.Chain);
        await Way.Before(this);
        PtMethod bridge = await _bridge.Method(Way.Chain);
        Network = Witness.Start(bridge.EndPoint);
        EndPoint target = Way.Target is null ? Network.EndPoint : Way.Target(this);
        Task<Socket> opening = SocksClient.ConnectAsync(socks, target, Way.Arguments(bridge.ArgumentList));
        await Way.During(this);
        try
        {
            using Socket socket = await opening;
            await GoOnAsync(socket);
            await AssertToldAsync(Way.Status ?? "CONNECT=\"Lost\"");
            return 0;
        }
        catch (SocksRefusedException e)
        {
            await AssertToldAsync(Way.Status ?? "CONNECT=\"Failed\"");
            return e.Code;
        }
    }
}
