using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Failures;

/// <summary>A bridge whose transport at the wire, which listens itself, has ended and cannot be started.</summary>
internal sealed class BrokenWire : BrokenChain
{
    private BrokenWire(Way way)
        : base(way, PtRole.Server)
    {
    }

    public static BrokenWire Start(Way way)
    {
        var bridge = new BrokenWire(way);
        bridge.Start();
        return bridge;
    }

    /// <summary>Sees what is told, and what the network meets.</summary>
    public async Task UseAsync()
    {
        PtMethod method = await Host.MethodLine(Way.Chain);
        await Way.Before(this);
        Assert.Equal(
            $"STATUS TRANSPORT={Way.Chain} CHILD=\"Failed\" PROGRAM=\"plain\" HOPS=\"{Way.Hop}\" STAGE=\"{Way.Stage}\" CAUSE=\"{Way.Cause!.Replace(' ', '_')}\"",
            await StatusAsync("CHILD=\"Failed\""));
        await Host.Lines.WaitForAsync(
            line => line.StartsWith($"LOG SEVERITY={Way.Severity} MESSAGE=\"plain could not be started: ", StringComparison.Ordinal) && line.Contains(Way.Says, StringComparison.Ordinal),
            "the reason");
        using var prober = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        SocketException refused = await Assert.ThrowsAsync<SocketException>(() => prober.ConnectAsync(method.EndPoint));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode); // as under tor alone
    }
}
