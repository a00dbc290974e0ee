using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>
/// obfs4 inside Plait with the programs of the field: their modes, and a bridge that moves. Handshakes and long transfers are in
/// <see cref="InProcessInteropTests"/>.
/// </summary>
public sealed class Obfs4InteropTests : IDisposable
{
    // SHA-256 of node, identity and drbg, cut to their lengths. Its table has no 0, which makes real programs panic in mode 2 (O4-46).
    private const string Identity = "node-id=545ea538461003efdc8c81c244531b003f6f26cf";
    private const string PrivateKey = "private-key=689f6a627384c7dcb2dcc1487e540223e77bdf9dcd0d8be8a326eda65b0ce9a4";
    private const string Seed = "drbg-seed=71206f673d13dff2d5ed205289dc8681b8124208dfcbd8ec";

    private static readonly int s_bytes = Environment.GetEnvironmentVariable("PLAIT_CONTROLS") == "1" ? 4 << 20 : 200_000;

    // Mode 2 spaces 4 MiB over half a minute, on a machine that is left alone.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-obfs4-").FullName;

    public static TheoryData<string, int> Modes => new(
        from program in new[] { "obfs4proxy", "lyrebird" }
        from mode in new[] { 1, 2 }
        select (program, mode));

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Client_InEachMode_UnderstandsTheServerOfTheField(string program, int mode)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using PtHost server = PtHost.Start(new()
        {
            Program = PathOf(program),
            Names = ["obfs4"],
            IsServer = true,
            ExtendedOrPort = tor,
            Options = string.Join(';', new[] { Identity, PrivateKey, Seed, $"iat-mode={mode}" }.Select(option => $"obfs4:{option}")),
        });
        PtMethod method = await server.MethodLine("obfs4");
        await using ClientHost client = await Hosts.StartClientAsync(Hosts.Settings(""), _folder, ["obfs4"]);
        using Socket socket = await SocksClient.ConnectAsync(
            Assert.IsType<ChainStart.Listening>(client.Chains[0]).EndPoint, method.EndPoint, method.ArgumentList);
        await PtPair.AssertEchoAsync(socket, s_bytes, s_limit);
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task Server_InEachMode_UnderstandsTheClientOfTheField(string program, int mode)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost server = await Hosts.StartBridgeAsync(
            Hosts.Settings($"ServerTransportOptions obfs4 {Identity} {PrivateKey} {Seed} iat-mode={mode}"), _folder, ["obfs4"], tor);
        ChainStart.Listening bridge = Assert.IsType<ChainStart.Listening>(server.Chains[0]);
        await using PtHost client = PtHost.StartClient(PathOf(program), [], "obfs4");
        using Socket socket = await SocksClient.ConnectAsync(await client.Method("obfs4"), bridge.EndPoint, ArgumentsOf(bridge));
        await PtPair.AssertEchoAsync(socket, s_bytes, s_limit);
    }

    /// <summary>A bridge that changes from the program to Plait, and back, keeps what its clients know of it (E12, O4-4).</summary>
    [Fact]
    public async Task Bridge_MovedFromObfs4proxyToPlaitAndBack_KeepsItsLine()
    {
        string program = Programs.Require("obfs4proxy");
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        string first = await LineAsync($"ServerTransportPlugin obfs4 exec {program}");
        string[] inside = [await LineAsync(""), await LineAsync("")];
        string last = await LineAsync($"ServerTransportPlugin obfs4 exec {program}");
        Assert.Equal([first, first, first], [.. inside, last]);

        async Task<string> LineAsync(string plaitrc)
        {
            await using ServerHost server = await Hosts.StartBridgeAsync(Hosts.Settings($"{plaitrc}\n{Plaitrc.Patient}\n"), _folder, ["obfs4"], tor);
            ChainStart.Listening bridge = Assert.IsType<ChainStart.Listening>(server.Chains[0]);
            await using PtHost client = PtHost.StartClient(program, [], "obfs4");
            using Socket socket = await SocksClient.ConnectAsync(await client.Method("obfs4"), bridge.EndPoint, ArgumentsOf(bridge));
            await PtPair.AssertEchoAsync(socket);
            return string.Join(' ', ArgumentsOf(bridge));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string[] ArgumentsOf(ChainStart.Listening bridge) => [.. bridge.Arguments.Select(argument => $"{argument.Key}={argument.Value}")];

    private static string PathOf(string program) => program == "lyrebird" ? FieldPrograms.Lyrebird : Programs.Require(program);
}
