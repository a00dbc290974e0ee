using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.BadInput;

/// <summary>
/// The published program under tor, on one side. What it leads to echoes: for a client an echo server as the target, for
/// a bridge tor's Extended ORPort. The dummy transport changes no byte, so one side alone gives a whole way.
/// </summary>
internal sealed class PlaitRun : IAsyncDisposable
{
    private readonly TestFolder _folder;

    private PlaitRun(PtRole role, TestFolder folder, PtHost host, EchoServer target, ExtOrPortDouble tor) =>
        (Role, _folder, Host, Target, Tor) = (role, folder, host, target, tor);

    public PtRole Role { get; }

    /// <summary>The program, as tor sees it.</summary>
    public PtHost Host { get; }

    /// <summary>What a client's chains lead to.</summary>
    public EchoServer Target { get; }

    /// <summary>What a bridge's chains lead to.</summary>
    public ExtOrPortDouble Tor { get; }

    /// <summary>How messages call the side.</summary>
    public string RoleWord => Role == PtRole.Client ? "client" : "server";

    /// <summary>CMETHOD or SMETHOD.</summary>
    public string Keyword => Role == PtRole.Client ? "CMETHOD" : "SMETHOD";

    /// <summary>
    /// Starts the program with this plaitrc, in which <c>Plugin</c> stands for the role's plugin word, <c>OtherRolesPlugin</c>
    /// for the other role's, and <c>DUMMY</c> for the dummy transport. The transport <c>good</c>, in a process of its own, is declared and asked for besides.
    /// </summary>
    /// <param name="role">Which side.</param>
    /// <param name="plaitrc">More lines.</param>
    /// <param name="names">What else tor asks for.</param>
    /// <param name="folder">Whose plaitrc it becomes; a folder of its own unless given. Removed at the end.</param>
    /// <param name="adapt">What else is different about the start.</param>
    public static PlaitRun Start(
        PtRole role, string plaitrc, string[] names, TestFolder? folder = null, Func<PtLaunch, PtLaunch>? adapt = null)
    {
        folder ??= new();
        string file = folder.Write("plaitrc", $"Plugin good exec DUMMY --log good\n{plaitrc}\n"
            .Replace("OtherRolesPlugin ", $"{(role == PtRole.Client ? PtRole.Server : PtRole.Client)}TransportPlugin\t", StringComparison.Ordinal)
            .Replace("Plugin ", $"{role}TransportPlugin\t", StringComparison.Ordinal)
            .Replace("DUMMY", Programs.DummyTransport, StringComparison.Ordinal));
        ExtOrPortDouble tor = ExtOrPortDouble.Start();
        var launch = new PtLaunch
        {
            Program = PlaitProgram.Path,
            Arguments = ["-f", file],
            Names = ["good", .. names],
            IsServer = role == PtRole.Server,
            ExtendedOrPort = role == PtRole.Server ? tor : null,
        };
        return new(role, folder, PtHost.Start(adapt is null ? launch : adapt(launch)), EchoServer.Start(), tor);
    }

    /// <summary>Opens a connection through a chain, from its outer end: SOCKS for a client, the listener for a bridge.</summary>
    public async Task<Socket> OpenAsync(string chain, params string[] arguments)
    {
        IPEndPoint method = await Host.Method(chain);
        if (Role == PtRole.Client)
        {
            return await SocksClient.ConnectAsync(method, Target.EndPoint, arguments);
        }

        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, method.Port));
        return socket;
    }

    /// <summary>A chain carries bytes there and back.</summary>
    public async Task AssertEchoesAsync(string chain)
    {
        using Socket socket = await OpenAsync(chain);
        await PtPair.AssertEchoAsync(socket);
    }

    /// <summary>What the error line of a chain says at its end of how it comes back, where another chain stands (R14).</summary>
    public const string ComesBack = "; then restart tor, or reload it twice (SIGHUP): the first ends Plait, the second starts it";

    /// <summary>Why a chain was not offered: the text after its name in the error line, without <see cref="ComesBack"/>.</summary>
    public async Task<string> ErrorOfAsync(string chain)
    {
        await Host.WaitForDoneAsync();
        string start = $"{Keyword}-ERROR {chain} ";
        string line = Assert.Single(Host.Lines, line => line.StartsWith(start, StringComparison.Ordinal))[start.Length..];
        return line.EndsWith(ComesBack, StringComparison.Ordinal) ? line[..^ComesBack.Length] : line;
    }

    /// <summary>
    /// Why a chain cannot work although its names and words are right. On a client it is offered all the same, says so in the
    /// log, and refuses at once; on a bridge, whose bridge line is not known yet, it is not offered.
    /// </summary>
    public async Task<string> ObstacleOfAsync(string chain)
    {
        if (Role == PtRole.Server)
        {
            return await ErrorOfAsync(chain);
        }

        await Assert.ThrowsAsync<SocksRefusedException>(() => OpenAsync(chain));
        string start = $"LOG SEVERITY=warning MESSAGE=\"{chain}: ";
        string[] ends = [". Its connections are refused until it works; Plait keeps trying. A change of the plaitrc needs a restart of tor\"", "; then restart tor. Until then its connections are refused\""];
        bool IsReason(string line) => line.StartsWith(start, StringComparison.Ordinal) && EndOf(line) is not null;
        string? EndOf(string line) => ends.FirstOrDefault(end => line.EndsWith(end, StringComparison.Ordinal));
        _ = await Host.Lines.WaitForAsync(IsReason, $"the reason of {chain} in the log"); // log lines leave by a queue
        string reason = Assert.Single(Host.Lines, IsReason);
        return reason[start.Length..^EndOf(reason)!.Length];
    }

    /// <summary>Waits for a LOG line that holds a text.</summary>
    public Task<string> LogAsync(string text) => Host.Lines.WaitForAsync(
        line => line.StartsWith("LOG ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal), $"a LOG line with: {text}");

    /// <summary>
    /// The good chain works, whatever became of the others; the end of stdin ends Plait well and every child with it; and all
    /// that was said is clean.
    /// </summary>
    public async Task AssertGoodChainAndCleanEndAsync()
    {
        await AssertEchoesAsync("good");
        IReadOnlyList<int> children = ProcessTree.Descendants(Host.Program.Id);
        Assert.NotEmpty(children);
        Assert.Equal(0, await Host.CloseStdinAndWaitAsync());
        await ProcessTree.WaitUntilGoneAsync(children);
        CleanOutput.AssertUnderTor(Host.Lines, Host.Program.ErrorLines);
    }

    /// <summary>A chain was not offered for this reason, as in <see cref="ErrorOfAsync"/>; the good one works, and all ends well.</summary>
    public async Task AssertErrorAsync(string chain, string reason)
    {
        Assert.Equal(reason, await ErrorOfAsync(chain));
        await AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>A chain cannot work for this reason, as in <see cref="ObstacleOfAsync"/>; the good one works, and all ends well.</summary>
    public async Task AssertObstacleAsync(string chain, string reason)
    {
        Assert.Equal(reason, await ObstacleOfAsync(chain));
        await AssertGoodChainAndCleanEndAsync();
    }

    /// <summary>How many sockets and pipes Plait has when nothing is going on: as many so often in a row.</summary>
    public async Task<int> IdleDescriptorsAsync()
    {
        const int enough = 10; // on a busy machine two looks in a row may fall into one pause of Plait's
        int last = -1;
        int same = 0;
        await Deadline.PollAsync(
            () =>
            {
                int now = ProcessTree.SocketsAndPipes(Host.Program.Id);
                same = now == last ? same + 1 : 0;
                last = now;
                return same >= enough ? "idle" : null;
            },
            "Plait is idle");
        return last;
    }

    /// <summary>Waits until Plait has no more sockets and pipes than that.</summary>
    public Task WaitForDescriptorsAsync(int count) => Deadline.PollAsync(
        () => ProcessTree.SocketsAndPipes(Host.Program.Id) <= count ? "back" : null, $"at most {count} sockets and pipes",
        details: () => $"there are {ProcessTree.SocketsAndPipes(Host.Program.Id)}\n{Host.Lines.Tail()}");

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        await Target.DisposeAsync();
        await Tor.DisposeAsync();
        _folder.Dispose();
    }
}
