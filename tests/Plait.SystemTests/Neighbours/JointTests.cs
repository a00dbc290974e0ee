using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Neighbours;

/// <summary>Another user of the machine at the listeners inside Plait (G10): it gets nowhere, and hinders no connection.</summary>
public class JointTests
{
    private const string NoAuthentication = "050100";
    private const string WrongPassword = "050102" + "0105706c6169740478787878" + "05010001c000020101bb";
    private const string Nonces = "01" + "0000000000000000000000000000000000000000000000000000000000000000";
    private const int Many = 300;

    public static TheoryData<PtRole, string, string, string> Doors => new()
    {
        { PtRole.Client, "TOR_PT_PROXY", "", NoAuthentication },
        { PtRole.Client, "TOR_PT_PROXY", "", WrongPassword },
        { PtRole.Server, "TOR_PT_EXTENDED_SERVER_PORT", "", Nonces },
        { PtRole.Server, "TOR_PT_ORPORT", "ServerTransportJoint good orport\n", "00" },
    };

    [Theory]
    [MemberData(nameof(Doors))]
    public async Task Connect_AnotherUser_GetsNoAnswer(PtRole role, string variable, string joint, string sent)
    {
        await using PlaitRun run = PlaitRun.Start(role, joint, []);
        await run.Host.WaitForDoneAsync();

        Assert.Equal("", await OtherUser.ExchangeAsync(GivenToChildren.Port(run, "good", variable), sent));

        await run.LogAsync("the port of Plait that dummy-transport connects to: a connection was turned away: it belongs to another user");
        Assert.Empty(run.Tor.Introductions);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>It keeps its ends open for ever; Plait has closed its own at once, and has all its places and descriptors.</summary>
    [Theory]
    [InlineData(PtRole.Client, "TOR_PT_PROXY", "")]
    [InlineData(PtRole.Server, "TOR_PT_EXTENDED_SERVER_PORT", "")]
    [InlineData(PtRole.Server, "TOR_PT_ORPORT", "ServerTransportJoint good orport\n")]
    public async Task Connect_AnotherUserHoldsOnForEver_TakesUpNothing(PtRole role, string variable, string joint)
    {
        // Two hundred seconds: were it for this limit, they would still be there.
        await using PlaitRun run = PlaitRun.Start(role, $"{joint}HandshakeTimeout 200 seconds\nMaxConnections 8\nMaxChainLength 2\n", []);
        await run.Host.WaitForDoneAsync();
        await run.AssertEchoesAsync("good");
        int before = await run.IdleDescriptorsAsync();

        await using RunningProgram holder = await OtherUser.HoldAsync(GivenToChildren.Port(run, "good", variable), Many);

        await run.AssertEchoesAsync("good");
        await run.WaitForDescriptorsAsync(before);
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Connect_AnotherUserTakesTheShimFirst_IsTurnedAway()
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, "LazyDialGrace 100 msec\nPlugin slow exec DUMMY --lazy\nClientTransportJoint slow shim", ["slow_good"]);
        await run.Host.WaitForDoneAsync();
        IReadOnlySet<int> before = ListeningPorts.Of(run.Host.Program.Id);
        using Socket socket = await run.OpenAsync("slow_good"); // granted, and the hop has not come to the shim
        int shim = Assert.Single(ListeningPorts.Of(run.Host.Program.Id).Except(before));

        Assert.Equal("", await OtherUser.ExchangeAsync(shim, "6576696c")); // and reads to the end
        await OtherUser.RunAsync("exec 3<>/dev/tcp/127.0.0.1/$1; printf evil >&3; exec 3>&-", $"{shim}"); // does not wait for one

        await PtPair.AssertEchoAsync(socket); // our own bytes alone
        await run.AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>Our own user knows no password either, unless it is the child.</summary>
    [Theory]
    [InlineData(NoAuthentication, "05ff")]
    [InlineData(WrongPassword, "05020101")]
    public async Task Connect_OurUserWithoutThePassword_IsRefused(string sent, string answer)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "", []);
        await run.Host.WaitForDoneAsync();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, GivenToChildren.Port(run, "good", "TOR_PT_PROXY")));

        await socket.WriteAllAsync(Convert.FromHexString(sent));

        string said = Convert.ToHexStringLower(await socket.ReadExactlyAsync(answer.Length / 2).Within("the refusal"));
        Assert.Equal(answer, said);
        await run.LogAsync("the port of Plait that dummy-transport connects to: a connection was turned away: ");
        await run.AssertGoodChainAndCleanEndAsync();
    }
}
