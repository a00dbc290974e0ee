using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Plait.Hosting;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>
/// Transports inside Plait and the programs of the field understand each other, both ways round. PLAIT_CONTROLS=1 (./test --all) makes 1,000
/// handshakes and moves 256 MiB.
/// </summary>
public sealed class InProcessInteropTests(ITestOutputHelper output) : IDisposable
{
    private const int AtATime = 8;

    private static readonly bool s_whole = Environment.GetEnvironmentVariable("PLAIT_CONTROLS") == "1";
    private static readonly int s_handshakes = s_whole ? 1000 : 40;
    private static readonly int s_bytes = (s_whole ? 256 : 4) << 20;

    // On a busy machine 256 MiB took longer than what other waits are given.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-interop-").FullName;

    public static TheoryData<string, string> Pairs => new(
        from transport in new[] { "obfs3", "obfs4" }
        from program in new[] { "obfs4proxy", "lyrebird" }
        select (transport, program));

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Client_OfPlait_UnderstandsTheServerOfTheField(string transport, string program)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using PtHost server = PtHost.StartServer(PathOf(program), [], tor, transport);
        PtMethod method = await server.MethodLine(transport);
        await using ClientHost client = await Hosts.StartClientAsync(Hosts.Settings(""), _folder, [transport]);
        IPEndPoint socks = Assert.IsType<ChainStart.Listening>(client.Chains[0]).EndPoint;
        await AssertUnderstandAsync(() => SocksClient.ConnectAsync(socks, method.EndPoint, method.ArgumentList));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Server_OfPlait_UnderstandsTheClientOfTheField(string transport, string program)
    {
        await using ExtOrPortDouble tor = ExtOrPortDouble.Start();
        await using ServerHost server = await Hosts.StartBridgeAsync(Hosts.Settings(""), _folder, [transport], tor);
        ChainStart.Listening bridge = Assert.IsType<ChainStart.Listening>(server.Chains[0]);
        await using PtHost client = PtHost.StartClient(PathOf(program), [], transport);
        IPEndPoint socks = await client.Method(transport);
        await AssertUnderstandAsync(() => SocksClient.ConnectAsync(
            socks, bridge.EndPoint, [.. bridge.Arguments.Select(argument => $"{argument.Key}={argument.Value}")]));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string PathOf(string program) => program == "lyrebird" ? FieldPrograms.Lyrebird : Programs.Require(program);

    private async Task AssertUnderstandAsync(Func<Task<Socket>> open)
    {
        int next = 0;
        long began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, AtATime).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) <= s_handshakes)
            {
                using Socket socket = await open();
                await PtPair.AssertEchoAsync(socket);
            }
        }));

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s_handshakes} handshakes in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
        began = Stopwatch.GetTimestamp();
        using Socket large = await open();
        await PtPair.AssertEchoAsync(large, s_bytes, s_limit);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{s_bytes >> 20} MiB there and back in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
    }
}
