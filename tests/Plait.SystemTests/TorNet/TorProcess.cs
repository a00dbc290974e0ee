using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;

namespace Plait.SystemTests.TorNet;

/// <summary>tor died of a fault of its own.</summary>
internal sealed class TorCrashedException(string message) : Exception(message);

/// <summary>One tor, and its log as it comes out of stdout.</summary>
internal sealed class TorProcess : IAsyncDisposable
{
    private static readonly TimeSpan BootstrapTimeout = TimeSpan.FromSeconds(120);

    // Everything a person wants to read, and of the rest what a bridge received over the Extended ORPort.
    private const string LogLine = "Log [net,general]debug [pt]info [~net,~general,~pt]notice stdout";

    // 128 and the signal: SIGABRT, SIGSEGV.
    private const int FailedAssertion = 134, SegmentationFault = 139;

    private static readonly string[] WorthKeeping = ["Received USERADDR", "Seen client from", "managed proxy"];

    private readonly RunningProgram _program;

    private TorProcess(Torrc torrc, bool detailed)
    {
        Torrc = torrc.With(detailed ? LogLine : "Log notice stdout");
        string file = torrc.Write();
        _program = torrc.Root.Length == 0
            ? RunningProgram.Start(Programs.Require("tor"), ["-f", file, "--hush"], onLine: (_, line) => Take(line))
            : DebianRoot.Start(torrc.Root, ["/usr/bin/tor", "-f", file[torrc.Root.Length..], "--hush"], (_, line) => Take(line));
    }

    public Torrc Torrc { get; }

    /// <summary>The log, without the debug lines that say nothing about transports.</summary>
    public Recorded<string> Log { get; } = new("lines in tor's log");

    /// <summary>The process id.</summary>
    public int Id => _program.Id;

    /// <summary>The process id of the one Plait that it has started and that lives; its guard, a fork, has another name.</summary>
    public int PlaitId => Assert.Single(
        ProcessTree.Descendants(Id), id => ProcessTree.CommandLine(id).StartsWith(PlaitProgram.Path + ' ', StringComparison.Ordinal)
            && File.ReadAllText($"/proc/{id}/comm") != "plait-guard\n");

    /// <summary>Its exit code, when it has ended.</summary>
    public Task<int> Exited => _program.Exited;

    /// <param name="torrc">What to run.</param>
    /// <param name="detailed">Also log what concerns transports; costs a bridge some time.</param>
    public static TorProcess Start(Torrc torrc, bool detailed = false) => new(torrc, detailed);

    /// <summary>Waits for the whole way to 100 %. Fails at once when tor exits.</summary>
    public Task BootstrappedAsync() => WaitForLogAsync("Bootstrapped 100%", BootstrapTimeout);

    /// <summary>Waits for a line with this text. Fails at once when tor exits.</summary>
    public Task<string> WaitForLogAsync(string text, TimeSpan? limit = null) => WhileRunningAsync(
        Log.WaitForAsync(l => l.Contains(text, StringComparison.Ordinal), $"'{text}' in the log of {Torrc.Nickname}", limit));

    /// <summary>Asks <paramref name="condition"/> until it answers something. Fails at once when tor exits.</summary>
    public Task<T> PollAsync<T>(Func<T?> condition, string what, TimeSpan? limit = null)
        where T : class =>
        WhileRunningAsync(Deadline.PollAsync(condition, $"{what} ({Torrc.Nickname})", limit, Log.Tail));

    /// <summary>Asks tor to end, as a service manager would, and waits for it.</summary>
    public async Task StopAsync()
    {
        if (!Exited.IsCompleted)
        {
            _program.Terminate();
        }

        await Exited.Within($"tor {Torrc.Nickname} ends after SIGTERM", details: () => $"{Log.Tail()}\n{ProcessTree.Describe(Id)}");
    }

    /// <summary>Has tor load its configuration anew, as a service manager's reload does, and waits until it says so.</summary>
    public async Task ReloadAsync()
    {
        int before = Log.Count;
        _program.HangUp();
        await Deadline.PollAsync(
            () => Log.Snapshot().Skip(before).FirstOrDefault(line => line.Contains("Received reload signal", StringComparison.Ordinal)),
            $"a reload of {Torrc.Nickname}", details: Log.Tail);
    }

    /// <summary>Kills tor with SIGKILL, and nothing else: what becomes of its transports is up to them.</summary>
    public void Kill() => _program.Kill();

    /// <summary>
    /// Stops tor in order, so that its transports get the chance to end too; then kills what is left. Seen: a tor that gets SIGTERM in its first
    /// second says that it exits cleanly, and then its main thread waits on a futex for ever. That is tor's, and fails no test of ours.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync();
        }
        catch (TimeoutException) when (Log.Snapshot().Any(line => line.Contains("exiting cleanly", StringComparison.Ordinal)))
        {
        }
        finally
        {
            await _program.DisposeAsync();
        }
    }

    private async Task<T> WhileRunningAsync<T>(Task<T> wait)
    {
        if (await Task.WhenAny(wait, Exited) != wait)
        {
            int code = await Exited;
            string what = $"{Torrc.Nickname} exited with {code}\n{Log.Tail()}";
            throw code is FailedAssertion or SegmentationFault ? new TorCrashedException(what) : new InvalidOperationException(what);
        }

        return await wait;
    }

    private void Take(string line)
    {
        bool debug = line.Contains("[debug]", StringComparison.Ordinal);
        if (!debug || WorthKeeping.Any(text => line.Contains(text, StringComparison.Ordinal)))
        {
            Log.Add(line);
        }
    }
}
