using System.Net;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Hosting;
using Plait.Tests.Configuration;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Hops;

/// <summary>The start of a bridge with tunnels.</summary>
public sealed class BridgeTunnelTests
{
    [Fact]
    public async Task Start_AddressIsNoneOfThisMachine_FailsItsChainAlone()
    {
        using var folder = new TemporaryFolder();
        PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly("ServerTransportPlugin x tunnel exec /bin/sh {listen} {target}");
        await using ServerHost bridge = await ServerHost.StartAsync(
            new() { Configuration = configuration },
            new()
            {
                Transports = ["x", "b64"],
                StateLocation = folder.Path,
                BindAddresses = new Dictionary<string, IPEndPoint>
                {
                    ["x"] = new(IPAddress.Parse("192.0.2.1"), 0), // TEST-NET-1
                    ["b64"] = new(IPAddress.Loopback, 0),
                },
                OrPort = new(IPAddress.Loopback, 1),
            },
            Deadline.Token);
        ChainFailure failure = Assert.IsType<ChainStart.Failed>(bridge.Chains.Single(chain => chain.Alias == "x")).Failure;
        Assert.Equal((ChainStage.Launch, FailureCause.NotPermitted), (failure.Stage, failure.Cause));
        Assert.Equal("write an address of this machine in ServerTransportListenAddr", failure.Hint);
        Assert.IsType<ChainStart.Listening>(bridge.Chains.Single(chain => chain.Alias == "b64"));
    }
}
