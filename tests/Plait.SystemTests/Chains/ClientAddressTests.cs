using System.Net;
using System.Net.Sockets;
using System.Text;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Chains;

/// <summary>
/// G1: an address given to tor is exact or absent. Each client comes from a loopback address of its own, and the far end
/// tells it under which address its own bytes arrived. The earlier combiner paired by order of arrival and was wrong for
/// 72 % at two at once.
/// </summary>
public class ClientAddressTests(ITestOutputHelper output)
{
    private const int Clients = 300;
    private const string Chain = "obfs3_obfs4";

    [Fact]
    public async Task Open_ThreeHundredAtOnce_EachUnderItsOwnAddress()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(), [Chain], tellsAddress: true);

        Verdict[] verdicts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => AskAsync(pair, client)));

        Report("300 at once", verdicts);
        Assert.All(verdicts, verdict => Assert.Equal(Verdict.Right, verdict));
        await pair.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Open_HalfBreakOffInTheirHandshake_TheOthersAreRight()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(), [Chain], tellsAddress: true);

        Task breaking = Task.WhenAll(Enumerable.Range(0, Clients / 2).Select(client => BreakOffAsync(pair, client)));
        Verdict[] verdicts = await Task.WhenAll(Enumerable.Range(0, Clients / 2).Select(client => AskAsync(pair, client)));
        await breaking;

        Report("150 beside 150 that break off", verdicts);
        Assert.All(verdicts, verdict => Assert.Equal(Verdict.Right, verdict));
        await pair.WaitForNothingLeftAsync();
    }

    [Fact]
    public async Task Open_TwoHundredStrangersASecond_EveryClientIsRight()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(), [Chain], tellsAddress: true);
        using var enough = new CancellationTokenSource();
        Task<int> strangers = VisitAsync(pair.BridgeChain(Chain).EndPoint, enough.Token);

        var verdicts = new List<Verdict>();
        for (int round = 0; round < 6; round++) // 1, then fifty at a time, among them
        {
            verdicts.AddRange(await Task.WhenAll(
                Enumerable.Range(verdicts.Count, round == 0 ? 1 : 50).Select(client => AskAsync(pair, client))));
        }

        await enough.CancelAsync();
        Report($"among {await strangers} strangers", verdicts);
        Assert.All(verdicts, verdict => Assert.Equal(Verdict.Right, verdict));
        await pair.WaitForNothingLeftAsync();
    }

    /// <summary>A plain ORPort says nothing of the client, and nothing is inferred: neither from order nor from number nor from time.</summary>
    [Theory]
    [InlineData("")]
    [InlineData(Plaitrc.InFront)]
    public async Task OrPortJoint_OneAloneAndManyAtOnceAndHalfBreakOff_AreAbsent(string wire)
    {
        await using ChainPair pair =
            await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Plaitrc.ForceOrPort, wire), [Chain], tellsAddress: true);
        Verdict alone = await AskAsync(pair, 0);
        using var enough = new CancellationTokenSource();
        Task<int> strangers = VisitAsync(pair.BridgeChain(Chain).EndPoint, enough.Token);

        Task breaking = Task.WhenAll(Enumerable.Range(0, Clients / 2).Select(client => BreakOffAsync(pair, client)));
        Verdict[] verdicts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => AskAsync(pair, client)));
        await breaking;
        await enough.CancelAsync();

        Report($"ORPort, 300 beside 150 that break off and {await strangers} strangers", verdicts);
        Assert.All([alone, .. verdicts], verdict => Assert.Equal(Verdict.Absent, verdict));
        await pair.WaitForNothingLeftAsync();
    }

    /// <summary>What holds where the transport at the wire tells the address holds for our listener too.</summary>
    [Fact]
    public async Task PlaitListens_ThreeHundredAtOnce_EachUnderItsOwnAddress()
    {
        await using ChainPair pair = await ChainPair.StartAsync(Plaitrc.Obfs4Proxy(Plaitrc.InFront), [Chain], tellsAddress: true);

        Verdict[] verdicts = await Task.WhenAll(Enumerable.Range(0, Clients).Select(client => AskAsync(pair, client)));

        Report("300 at once, Plait listens", verdicts);
        Assert.All(verdicts, verdict => Assert.Equal(Verdict.Right, verdict));
        await pair.WaitForNothingLeftAsync();
    }

    private enum Verdict
    {
        Right,
        Absent,
        Wrong,
    }

    private void Report(string what, IReadOnlyCollection<Verdict> verdicts) => output.WriteLine(
        $"{what}: {verdicts.Count(v => v == Verdict.Right)} of {verdicts.Count} right, "
        + $"{verdicts.Count(v => v == Verdict.Absent)} absent, {verdicts.Count(v => v == Verdict.Wrong)} wrong");

    /// <summary>Opens a connection from an address of its own, and compares it with the one that the far end was told.</summary>
    private static async Task<Verdict> AskAsync(ChainPair pair, int client)
    {
        var source = new IPAddress([127, 20, (byte)(client >> 8), (byte)(client + 1)]);
        await using SourceAddressForwarder forwarder =
            SourceAddressForwarder.Start(pair.BridgeChain(Chain).EndPoint, source);
        using Socket socket = await pair.OpenAsync(Chain, forwarder.EndPoint);
        await socket.WriteAllAsync(new byte[] { 42 });
        string told = await ReadLineAsync(socket).Within("the address that the far end was told", details: pair.Log.Tail);
        ForwardedConnection own = Assert.Single(forwarder.Connections);
        return told == own.Source.ToString() ? Verdict.Right : told.Length == 0 ? Verdict.Absent : Verdict.Wrong;
    }

    /// <summary>A client whose connection is cut somewhere in the handshakes of the transports, or shortly after them.</summary>
    private static async Task BreakOffAsync(ChainPair pair, int client)
    {
        await using CuttingForwarder cut =
            CuttingForwarder.Start(pair.BridgeChain(Chain).EndPoint, after: 1 + (client * 97 % 9000), reset: client % 2 == 0);
        try
        {
            using Socket socket = await pair.OpenAsync(Chain, cut.EndPoint);
            await socket.WriteAllAsync(new byte[] { 42 });
            await ReadLineAsync(socket);
        }
        catch (Exception e) when (e is SocksRefusedException or SocketException or EndOfStreamException)
        {
            // Cut, as intended.
        }
    }

    /// <summary>Strangers who connect and leave: two hundred a second, as many with a reset as without.</summary>
    private static async Task<int> VisitAsync(IPEndPoint bridge, CancellationToken enough)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        int visits = 0;
        while (!enough.IsCancellationRequested)
        {
            using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await stranger.ConnectAsync(bridge, CancellationToken.None);
            stranger.LingerState = new LingerOption(visits % 2 == 0, 0);
            visits++;
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }

        return visits;
    }

    private static async Task<string> ReadLineAsync(Socket socket)
    {
        var line = new StringBuilder();
        while (true)
        {
            char next = (char)(await socket.ReadExactlyAsync(1))[0];
            if (next == '\n')
            {
                return line.ToString();
            }

            line.Append(next);
        }
    }
}
