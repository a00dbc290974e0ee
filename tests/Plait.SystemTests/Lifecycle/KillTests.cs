using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Hops;
using Plait.SystemTests.Libraries;
using Plait.SystemTests.Soak;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// Children of every kind that has any are killed under load: <see cref="Kills"/>. PLAIT_KILLS=100 runs the long form.
/// </summary>
public class KillTests(ITestOutputHelper output)
{
    private const int ShortForm = 10;
    private const int ShortFormOfAKind = 3;

    /// <summary>Each kind, in chains of one to three hops; in the long form each alone as well. obfs3 and obfs4 are those inside Plait.</summary>
    public static TheoryData<string> Chains => Victims.KillsOr(0) > 0
        ? ["hop", "bare_obfs4", "obfs3_veil_obfs4", "xor_hop_bare", Shadowsocks, "veil", "bare", "xor"]
        : ["hop", "bare_obfs4", "obfs3_veil_obfs4", "xor_hop_bare", Shadowsocks];

    private const string Shadowsocks = "shadow";

    /// <summary>Real transports, each hop a program of its own.</summary>
    [Fact]
    public async Task Open_ChildrenAreKilledUnderLoad_SucceedsAfterRecovery()
    {
        await using PublishedPair pair = await PublishedPair.StartWithEventsAsync("obfs3_obfs4", Victims.Plaitrc);
        await KillAsync(pair, Victims.KillsOr(ShortForm));
    }

    /// <summary>
    /// socat and simple-obfs as tunnels, microsocks and ss-local as SOCKS programs, a library in its host. A SOCKS program has a tunnel opposite to it, and
    /// ss-local a server of its own on the way. The long form is shared among them.
    /// </summary>
    [Theory]
    [MemberData(nameof(Chains))]
    public async Task Open_ProgramsOfEachKindAreKilledUnderLoad_SucceedsAfterRecovery(string chain)
    {
        int port = FreePorts.Take();
        await using RunningProgram? server = chain == Shadowsocks
            ? RunningProgram.Start(Programs.Require("ss-server"), ["-s", "127.0.0.1", "-p", $"{port}", "-k", "a-password", "-m", "aes-256-gcm"])
            : null;
        string library = await CompiledLibraries.SampleAsync();
        await using PublishedPair pair = await PublishedPair.StartWithEventsAsync(chain, $"""
            ClientTransportPlugin hop {HopKind.Socat}
            ServerTransportPlugin hop {HopKind.Socat}
            ClientTransportPlugin veil sip003 options=obfs=http;obfs-host=www.example.com exec {Programs.Require("obfs-local")}
            ServerTransportPlugin veil sip003 options=obfs=http exec {Programs.Require("obfs-server")}
            ClientTransportPlugin bare socks5 exec {HopKind.MicroSocks}
            ServerTransportPlugin bare {HopKind.Socat}
            ClientTransportPlugin xor library {library}
            ServerTransportPlugin xor library {library}
            ClientTransportPlugin shadow socks5 exec {Programs.Require("ss-local")} -s 127.0.0.1 -p {port} -b {"{listen-host}"} -l {"{listen-port}"} -k a-password -m aes-256-gcm
            ServerTransportPlugin shadow {HopKind.Socat}
            {Plaitrc.BackSoon}

            """);
        await KillAsync(pair, Math.Max(ShortFormOfAKind, Victims.KillsOr(0) / Chains.Count));
    }

    private async Task KillAsync(PublishedPair pair, int kills)
    {
        await Kills.RunAsync(
            new([.. pair.Ids.Zip(pair.EventLogs)], pair.OpenAsync, pair.Said, () => pair.Tor.WaitForOpenAsync(0), () => pair.StateFiles), kills, output);
        Assert.All(pair.Hosts, plait =>
        {
            Assert.False(plait.Program.Exited.IsCompleted); // tor would start it anew
            Assert.Equal("METHODS DONE", plait.Lines.Last(line => line.Contains("METHOD", StringComparison.Ordinal))[1..]); // M25
        });
    }
}
