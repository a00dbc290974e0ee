using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Checking;

/// <summary>What <c>plait check --start</c> leaves alone, and what it leaves.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task Bridge_PortIsTaken_IsTriedAtAnotherAndNothingIsLeft()
    {
        using var running = new TcpListener(IPAddress.Loopback, 0);
        running.Start();
        int port = ((IPEndPoint)running.LocalEndpoint).Port;
        string plaitrc = _folder.Write(
            "plaitrc",
            $"ServerTransportPlugin a,b exec {Programs.DummyTransport}\nClientTransportPlugin a,b exec {Programs.DummyTransport}\n"
                + $"Alias a_b a|b\nServerTransportListenAddr a_b 127.0.0.1:{port}\n");
        string scratch = Directory.CreateDirectory(_folder["tmp"]).FullName;

        PlaitUse use = await PlaitUse.RunAsync(["check", plaitrc, "--start"], new Dictionary<string, string?> { ["TMPDIR"] = scratch });

        Assert.Empty(use.Errors);
        Assert.Equal($"{plaitrc}: 6 chains, 2 programs started, no problems", use.Output[^1]);
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch));
        Assert.Empty(ProcessesWith(scratch));
    }

    /// <summary>A program that is silent, and one that has to be killed.</summary>
    [Theory]
    [InlineData("--silent", "INT")]
    [InlineData("--silent --ignore-stdin --ignore-sigterm", "INT")]
    [InlineData("--silent --ignore-stdin --ignore-sigterm", "TERM")]
    [InlineData("--silent", "HUP")]
    public async Task Stopped_WhileAProgramIsSilent_EndsItAndLeavesNothing(string flags, string signal)
    {
        string plaitrc = _folder.Write("plaitrc", $"ClientTransportPlugin a exec {Programs.DummyTransport} {flags}\n");
        string scratch = Directory.CreateDirectory(_folder["tmp"]).FullName;
        await using RunningProgram check = RunningProgram.Start(
            PlaitProgram.Path, ["check", plaitrc, "--start"],
            new Dictionary<string, string?> { ["TMPDIR"] = scratch, ["DOTNET_EnableDiagnostics"] = "0" }); // or a killed .NET program leaves pipes there
        await Deadline.PollAsync(() => ProcessesWith(scratch).FirstOrDefault(), "the program runs");

        (signal switch { "INT" => (Action)check.Interrupt, "TERM" => check.Terminate, _ => check.HangUp })();

        Assert.Equal(1, await check.WaitForExitAsync());
        await check.StreamsEnded.Within("the end of its streams");
        Assert.Equal(["plait: stopped"], check.ErrorLines.Snapshot());
        Assert.Empty(ProcessesWith(scratch));
        Assert.Empty(Directory.EnumerateFileSystemEntries(scratch));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Children whose state would be in this folder.</summary>
    private static IEnumerable<string> ProcessesWith(string scratch) => Directory.EnumerateDirectories("/proc")
        .Where(folder => int.TryParse(Path.GetFileName(folder), out _))
        .Where(folder => Environ(folder).Contains($"TOR_PT_STATE_LOCATION={scratch}", StringComparison.Ordinal));

    private static string Environ(string folder)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, "environ"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return ""; // it has just ended
        }
    }
}
