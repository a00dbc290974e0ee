using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Failures;

/// <summary>
/// A chain of two hops, a real transport and one that misbehaves, broken in each of the <see cref="ClientWays"/>: tor's
/// SOCKS reply, the LOG line and the STATUS line name hop, stage and cause, in the same words (G4).
/// </summary>
public class BrokenClientTests(HealthyBridge bridge) : IClassFixture<HealthyBridge>
{
    public static TheoryData<string> Ways => [.. ClientWays.All.Select(way => way.Name)];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Use_OneThingIsBroken_TorGetsTheTruth(string name)
    {
        Way way = ClientWays.All.Single(way => way.Name == name);
        await using BrokenClient client = BrokenClient.Start(way, bridge);

        Assert.Equal(way.Reply, await client.UseAsync());
    }
}

/// <summary>The same for each of the <see cref="BridgeWays"/>; in place of the reply, how the network sees the connection end.</summary>
public class BrokenBridgeTests(HealthyClient client) : IClassFixture<HealthyClient>
{
    public static TheoryData<string> Ways => [.. BridgeWays.All.Select(way => way.Name)];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Use_OneThingIsBroken_TorGetsTheTruth(string name)
    {
        Way way = BridgeWays.All.Single(way => way.Name == name);
        await using BrokenBridge bridge = BrokenBridge.Start(way, client);

        Ending seen = await bridge.UseAsync();

        Assert.Equal(way.Network ?? seen, seen);
    }
}

/// <summary>The transport at the wire is down: reported as that of its program, and the network is refused.</summary>
public class BrokenWireTests
{
    public static TheoryData<string> Ways => [.. BridgeWays.AtTheWire.Select(way => way.Name)];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Use_OneThingIsBroken_TorGetsTheTruth(string name)
    {
        await using BrokenWire bridge = BrokenWire.Start(BridgeWays.AtTheWire.Single(way => way.Name == name));

        await bridge.UseAsync();
    }
}
