using System.Net.Sockets;
using Plait.Configuration;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.SystemTests.Program;
using Plait.SystemTests.Secrecy;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Libraries;

/// <summary>Transports in .NET: of an assembly that the plaitrc names, and registered in code.</summary>
public sealed class AssemblyTests : IDisposable
{
    private const string Type = "Plait.Examples.MaskTransport";
    private const string Secret = "hidden-in-a-message";

    private readonly TestFolder _folder = new();

    public AssemblyTests() => SecretsInUse.Add("a message of an exception", Secret);

    private static string Sample => CompiledLibraries.Assembly;

    private static string Own => typeof(AssemblyTests).Assembly.Location;

    [Fact]
    public async Task Open_ChainsOfAnAssembly_CarryBytesAndEndsOfWriting()
    {
        string line = $"mask assembly {Sample} {Type}";
        string[] chains = ["mask", "obfs3_mask", "mask_obfs4", "mask_b64_mask"];
        await using ChainPair pair = await ChainPair.StartAsync(
            Plaitrc.Obfs4Proxy($"ClientTransportPlugin {line}", $"ServerTransportPlugin {line}", "ServerTransportOptions mask key=90"), chains);

        foreach (string chain in chains)
        {
            using Socket socket = await pair.OpenAsync(chain);
            await PtPair.AssertEchoAsync(socket, 1 << 20);
            socket.Shutdown(SocketShutdown.Send);
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Within($"the end of {chain}"));
        }

        Assert.Contains(pair.BridgeChain("mask").Arguments, argument => argument is { Key: "key", Value: "90" });
        await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(pair.Socks("mask"), pair.BridgeChain("mask").EndPoint, "key=many"));
        await pair.Log.WaitForAsync(text => text.Contains("hop 0 (mask)", StringComparison.Ordinal) && text.Contains("its argument key is no number from 0 to 255; correct the key", StringComparison.Ordinal), "the reason");
        await pair.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Open_TransportRegisteredInCode_IsAHopOfAChainAndOfAnAlias()
    {
        var transports = new Dictionary<string, TransportSource.InProcess> { ["mine"] = new(new FaultyTransport(Fault.None), new FaultyTransport(Fault.None)) };
        ConfigurationResult file = PlaitConfiguration.Parse($"Alias named mine|b64\n{Plaitrc.Patient}\n", "plaitrc", transports);
        Assert.Empty(file.Problems);
        await using ChainPair pair = await ChainPair.StartAsync("", ["mine", "mine_b64"], adapt: settings => settings with { Transports = transports });
        await pair.AssertEchoesAsync("mine", "mine_b64");
        await using ChainPair parsed = await ChainPair.StartAsync("", ["named"], adapt: settings => settings with { Configuration = file.Configuration });
        await parsed.AssertEchoesAsync("named");
    }

    /// <summary>What a transport throws on either side fails its own connections, and no message of it is repeated.</summary>
    [Theory]
    [InlineData(Fault.Properties)]
    [InlineData(Fault.Prepare)]
    [InlineData(Fault.PrepareNull)]
    [InlineData(Fault.Handshake)]
    [InlineData(Fault.HandshakeNull)]
    [InlineData(Fault.Read)]
    [InlineData(Fault.Write)]
    [InlineData(Fault.ReadTooMuch)]
    public async Task Open_TransportThrows_FailsItsOwnConnectionsAlone(Fault fault)
    {
        bool serverStarts = fault is not (Fault.Prepare or Fault.PrepareNull);
        var transports = new Dictionary<string, TransportSource.InProcess>
        {
            ["client"] = new(new FaultyTransport(fault), new FaultyTransport(Fault.None)),
            ["server"] = new(new FaultyTransport(Fault.None), new FaultyTransport(serverStarts ? fault : Fault.None)),
        };
        await using ChainPair pair = await ChainPair.StartAsync("", ["client", "server", "b64"], adapt: settings => settings with { Transports = transports });
        using Socket other = await pair.OpenAsync("b64");

        foreach (string chain in new[] { "client", "server" })
        {
            if (fault != Fault.Properties && (chain == "client" || serverStarts))
            {
                await AssertFailsAsync(pair, chain);
            }
            else
            {
                await pair.AssertEchoesAsync(chain);
            }
        }

        if (fault is Fault.Prepare or Fault.Handshake)
        {
            await pair.Log.WaitForAsync(
                line => line.Contains("threw InvalidOperationException, which is a fault of the transport; report it to the author of the transport", StringComparison.Ordinal), "the reason");
        }

        await PtPair.AssertEchoAsync(other);
        Assert.DoesNotContain(pair.Log.Snapshot(), line => line.Contains(Secret, StringComparison.Ordinal));
    }

    [Theory]
    [EachRole]
    public async Task Start_BadAssemblies_EachChainNamesItsReason(PtRole role)
    {
        string text = _folder.Write("text.dll", "no assembly");
        string fitting = role == PtRole.Client ? "IClientTransport" : "IServerTransport";
        Dictionary<string, (string Line, string Reason)> bad = new()
        {
            ["missing"] = ("/nowhere/a.dll A.B", "launch: program missing: there is no file '/nowhere/a.dll'; install the assembly, or correct its path in the plaitrc"),
            ["text"] = ($"{text} A.B", "launch: argument wrong: text.dll is no .NET assembly; write the path of a .NET assembly; a shared library is named after library"),
            ["nameless"] = ($"{Sample} A.B", "launch: argument wrong: MaskTransport.dll has no type A.B; write the full name of the transport's type after the path in the plaitrc, with its namespace"),
            ["unfit"] = ($"{Own} {typeof(AssemblyTests).FullName}", $"launch: argument wrong: {typeof(AssemblyTests).FullName} of Plait.SystemTests.dll is no {fitting}; name a type that implements Plait.Transports.{fitting}"),
            ["parameters"] = ($"{Own} {typeof(FaultyTransport).FullName}", $"launch: argument wrong: {typeof(FaultyTransport).FullName} of Plait.SystemTests.dll has no public constructor without parameters; name a type that has one"),
            ["throwing"] = ($"{Own} {typeof(ThrowingConstructor).FullName}", $"launch: protocol violated: the constructor of {typeof(ThrowingConstructor).FullName} threw InvalidOperationException, which is a fault of the transport; report it to the author of the transport"),
            ["endless"] = ($"{Own} {typeof(EndlessConstructor).FullName}", "launch: timed out: "),
        };
        string plaitrc = string.Join('\n', bad.Select(one => $"{role}TransportPlugin {one.Key} assembly {one.Value.Line}")) + $"\nStartTimeout 2 seconds\n{Plaitrc.Patient}\n";
        string[] names = ["b64", .. bad.Keys];
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using IPlaitHost host = role == PtRole.Client
            ? await Hosts.StartClientAsync(Hosts.Settings(plaitrc), _folder.Path, names)
            : await Hosts.StartBridgeAsync(Hosts.Settings(plaitrc), _folder.Path, names, tor);

        Assert.Null(Assert.IsType<ChainStart.Listening>(host.Chains.Single(chain => chain.Alias == "b64")).Refusing);
        foreach ((string name, (_, string reason)) in bad)
        {
            string failure = host.Chains.Single(chain => chain.Alias == name) switch
            {
                ChainStart.Failed failed => failed.Failure.ToString(),
                ChainStart.Listening { Refusing: { } refusing } => refusing.ToString(),
                _ => "",
            };
            Assert.Contains($"hop 0 ({name}), {reason}", failure, StringComparison.Ordinal);
        }
    }

    /// <summary>The released program has no compiler, and says what to do.</summary>
    [Theory]
    [EachRole]
    public async Task Start_AssemblyInTheNativeProgram_IsRefusedInASentence(PtRole role)
    {
        await PublishedProgram.RequireNativeAsync();
        await using PlaitRun run = PlaitRun.Start(role, $"Plugin mask assembly {Sample} {Type}", ["mask"]);

        Assert.Equal(
            "hop 0 (mask), launch: not permitted: this plait is a native program, which cannot load .NET assemblies; "
                + "compile the transport to a shared library (NativeAOT) and write library in place of assembly, or use a plait that is not native",
            await run.ErrorOfAsync("mask"));
        await run.AssertGoodChainAndCleanEndAsync();
    }

    public void Dispose() => _folder.Dispose();

    private static async Task AssertFailsAsync(ChainPair pair, string chain)
    {
        try
        {
            using Socket socket = await pair.OpenAsync(chain);
            await socket.WriteAllAsync(new byte[] { 42 });
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Within($"the end of {chain}"));
        }
        catch (Exception e) when (e is SocksRefusedException or SocketException or EndOfStreamException)
        {
            // Refused or reset: a failure, too.
        }
    }
}
