using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>
/// One process a plugin line, however many transports, chains and positions use it; and on a bridge one more for each public
/// port, whose transport listens itself.
/// </summary>
public class ProcessSharingTests
{
    [Fact]
    public async Task SameTransportTwice_PlaitListens_OneChildASide()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Plaitrc.InFront), ["obfs4_obfs4"]);
        using Socket socket = await pair.OpenAsync("obfs4_obfs4");

        await PtPair.AssertEchoAsync(socket);

        Assert.Equal((1, 1), (pair.Client.Counters.Processes, pair.Bridge.Counters.Processes));
    }

    [Fact]
    public async Task FourChains_TransportsListen_OneChildForEachPublicPortAndOneForAllElse()
    {
        string[] chains = ["obfs4", "obfs3_obfs4", "obfs4_obfs4", "obfs2_obfs3_obfs4"];
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(), chains);
        foreach (string chain in chains)
        {
            using Socket socket = await pair.OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket, 100_000);
        }

        Assert.Equal((1, 5), (pair.Client.Counters.Processes, pair.Bridge.Counters.Processes));
    }

    [Fact]
    public async Task Options_DifferByPosition_SecondChildWithAnIdentityOfItsOwn()
    {
        string plaitrc = Plaitrc.Obfs4Proxy("ServerTransportOptions obfs4_obfs4 x-chain-1-iat-mode=1", "Alias obfs4_obfs4 obfs4|obfs4");
        await using ChainPair pair = await ChainPair.StartAsync(plaitrc, ["obfs4_obfs4", "obfs4"]);
        string[] keys = [.. pair.BridgeChain("obfs4_obfs4").Arguments.Select(argument => argument.Key)];

        using Socket socket = await pair.OpenAsync("obfs4_obfs4");
        await PtPair.AssertEchoAsync(socket);

        Assert.Equal((1, 3), (pair.Client.Counters.Processes, pair.Bridge.Counters.Processes));
        Assert.Contains("x-chain-0-cert", keys);
        Assert.Contains("x-chain-1-cert", keys);
    }

    [Fact]
    public async Task OrPortJoint_TwoChains_ChildForEachPosition()
    {
        await using ChainPair pair =
            await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Plaitrc.ForceOrPort), ["obfs4_obfs4", "obfs3_obfs4"]);
        await pair.AssertEchoesAsync("obfs4_obfs4", "obfs3_obfs4");

        Assert.Equal(4, pair.Bridge.Counters.Processes);
    }

    [Fact]
    public async Task IndirectTransport_OfTheSamePluginLine_HasAProcessApart()
    {
        // Else a stray dial of a sibling would be taken for one of its own, and let through.
        string plaitrc = $"ClientTransportPlugin plain,other exec {Programs.DummyTransport}\n";
        using var state = new TestFolder();
        Task<ClientHost> StartAsync(string more) =>
            Hosts.StartClientAsync(Hosts.Settings(plaitrc + more), state[Path.GetRandomFileName()], ["plain", "other"]);
        await using ClientHost client = await StartAsync("IndirectTransport other\n");
        Assert.Equal(2, client.Counters.Processes);

        await using ClientHost direct = await StartAsync("");
        Assert.Equal(1, direct.Counters.Processes);
    }
}
