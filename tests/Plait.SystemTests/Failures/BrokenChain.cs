using System.Net.Sockets;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Failures;

/// <summary>
/// The published program under tor, with the one chain that a <see cref="Way"/> breaks. <c>plain</c> is a script in a folder
/// of its own, which the way may replace before any start of it.
/// </summary>
internal abstract class BrokenChain : IAsyncDisposable
{
    private readonly TestFolder _folder = new();
    private readonly PtRole _role;
    private PtHost? _host;

    protected BrokenChain(Way way, PtRole role)
    {
        (Way, _role) = (way, role);
        Become($"exec {Programs.DummyTransport}");
    }

    /// <summary>The program, as tor sees it.</summary>
    public PtHost Host => _host!;

    /// <summary>Ports that are of no use.</summary>
    public TroublePorts Ports { get; } = new();

    /// <summary>An upstream proxy, or a SOCKS program that Plait does not start.</summary>
    public RecordingProxy Proxy { get; } = RecordingProxy.Start();

    /// <summary>What lies between the client and the bridge, once a connection is opened.</summary>
    public Witness Network { get; protected set; } = null!;

    /// <summary>The tor behind a bridge.</summary>
    public ExtOrPortDouble Tor { get; } = ExtOrPortDouble.Start();

    /// <summary>Completes when something has connected to <see cref="TroublePorts.Silent"/>, if it was told to tell so.</summary>
    public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    protected Way Way { get; }

    /// <summary>From its next start on <c>plain</c> is this script.</summary>
    public void Become(string script) => _folder.WriteScript("plain", script);

    /// <summary>From its next start on there is no <c>plain</c>.</summary>
    public void Vanish() => File.Delete(_folder["plain"]);

    /// <summary>From its next start on <c>plain</c> may not be started.</summary>
    public void Forbid()
    {
        Vanish(); // a file that is written over keeps its mode
        _folder.Write("plain", "no program");
    }

    /// <summary>The lines by which a transport says that it listens there; it lives until its stdin ends.</summary>
    public string ListensAt(System.Net.IPEndPoint address) => _role == PtRole.Client
        ? $"echo VERSION 1; echo PROXY DONE; echo CMETHOD plain socks5 {address}; echo CMETHODS DONE; exec cat"
        : $"echo VERSION 1; echo SMETHOD plain {address}; echo SMETHODS DONE; exec cat";

    /// <summary>Kills the child that is this program, and waits until Plait has seen its end.</summary>
    public async Task KillAsync(string program)
    {
        await Host.WaitForDoneAsync();
        int[] children = await Deadline.PollAsync(() => Children(program) is [_, ..] some ? some : null, $"a child that is {program}");
        System.Diagnostics.Process.GetProcessById(Assert.Single(children)).Kill();
        await StatusAsync("CHILD=\"Exited\"");
    }

    /// <summary>Has <c>plain</c> started again as something else, and waits until that has failed.</summary>
    public async Task RestartAsync(Action<BrokenChain> spoil)
    {
        await Host.WaitForDoneAsync();
        spoil(this);
        await KillAsync("dummy-transport");
        await StatusAsync("CHILD=\"Failed\"");
    }

    /// <summary>
    /// The failure is told, once, in the same words by LOG and STATUS; or nothing is told. Then Plait ends well.
    /// </summary>
    public async Task AssertToldAsync(string outcome)
    {
        if (Way.Stage is not null)
        {
            string message = MessageOf(await StatusAsync(outcome), outcome);
            Assert.Contains(Way.Says, message, StringComparison.Ordinal);
            string log = $"LOG SEVERITY={Way.Severity} MESSAGE=\"{Way.Chain}: {message}\"";
            await Host.Lines.WaitForAsync(line => line == log, log);
        }

        Host.Program.CloseStdin();
        Assert.Equal(0, await Host.Program.WaitForExitAsync());
        await Host.Program.StreamsEnded.Within("the end of the program's streams");
        Assert.Equal(Way.Stage is null ? 0 : 1, Host.Lines.Count(line => Failure.Any(word => line.Contains(word, StringComparison.Ordinal))));
        Assert.Equal(Way.Stage is null ? 0 : 1, Host.Lines.Count(line => line.StartsWith("LOG ", StringComparison.Ordinal)
            && line.Contains($"MESSAGE=\"{Way.Chain}: ", StringComparison.Ordinal)
            && !line.Contains("ts connections are refused", StringComparison.Ordinal))); // of the start, not of the connection
        CleanOutput.AssertUnderTor(Host.Lines, Host.Program.ErrorLines);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (Network is not null)
        {
            await Network.DisposeAsync();
        }

        await Ports.DisposeAsync();
        await Proxy.DisposeAsync();
        await Tor.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>Starts Plait as the way wants it.</summary>
    protected void Start()
    {
        Way.Spoil(this);
        string plugin = $"{_role}TransportPlugin";
        string plain = Way.Plaitrc.Contains($"{plugin} plain ", StringComparison.Ordinal) ? "" : $"{plugin} plain exec {_folder["plain"]}\n";
        string plaitrc = $"{plain}{plugin} obfs4 exec {Programs.Require("obfs4proxy")}\n"
            + Way.Plaitrc.Replace("PROXY", Proxy.EndPoint.ToString(), StringComparison.Ordinal) + "\n";
        _host = PtHost.Start(Way.Launch(this, new()
        {
            Program = PlaitProgram.Path,
            Arguments = ["-f", _folder.Write("plaitrc", plaitrc)],
            Names = [Way.Chain],
            IsServer = _role == PtRole.Server,
            ExtendedOrPort = _role == PtRole.Server ? Tor : null,
        }));
    }

    /// <summary>The connection stands, and then what the way wants happens to it.</summary>
    protected async Task GoOnAsync(Socket socket)
    {
        if (Way.Then is { } then)
        {
            await PtPair.AssertEchoAsync(socket);
            await then(this, socket);
        }

        if (Way.AfterGrant is { } afterGrant)
        {
            await afterGrant(socket);
        }
    }

    private static readonly string[] Failure = ["CONNECT=\"Failed\"", "CONNECT=\"Lost\"", "CHILD=\"Killed\""];

    protected Task<string> StatusAsync(string text) => Host.Lines.WaitForAsync(
        line => line.StartsWith("STATUS ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal), $"a STATUS line with: {text}");

    /// <summary>The message of a STATUS line, all else of which is as the way says.</summary>
    private string MessageOf(string status, string outcome)
    {
        string hop = Way.Hop is null ? "" : $"HOP=\"{Way.Hop}\" HOP_TRANSPORT=\"{Way.HopTransport}\" ";
        string where = Way.Hop is null ? "" : $"hop {Way.Hop} ({Way.HopTransport}), ";
        string names = $"STATUS TRANSPORT={Way.Chain} {outcome} STAGE=\"{Way.Stage!.Replace(' ', '_')}\" CAUSE=\"{Way.Cause!.Replace(' ', '_')}\" {hop}MESSAGE=\"";
        string expected = $"{names}{where}{Way.StageWords}: {Way.Cause}: ";
        Assert.True(status.StartsWith(expected, StringComparison.Ordinal), $"told: {status}\nexpected: {expected}");
        return status[names.Length..^1];
    }

    /// <summary>The children that have become this program.</summary>
    private int[] Children(string program) => [.. ProcessTree.Descendants(Host.Program.Id).Where(process => ProgramOf(process) == program)];

    private static string ProgramOf(int process) => Path.GetFileName(ProcessTree.CommandLine(process).Split(' ')[0]);
}
