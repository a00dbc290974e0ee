using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Wire.Pt;

namespace Plait.SystemTests.Failures;

/// <summary>The published program under tor: one failure, and the SOCKS reply, the LOG line and the STATUS line of it (G4).</summary>
public class SameWordsTests
{
    private const string Early = "accepts before its connection stands";
    private const string Grace = "LazyDialGrace 200 msec";
    private const string Limits = $"OpenTimeout 3 seconds\n{Grace}";

    /// <summary>The dummy's flags, the hop at fault in the chain <c>good_bad</c>, stage and cause.</summary>
    public static TheoryData<string, int, string, string> Broken => new()
    {
        { "--refuse 1", 1, "grant", "argument wrong" }, // without having dialled
        { "--refuse 2", 1, "grant", "not permitted" },
        { "--refuse 3", 1, "grant", "unreachable" },
        { "--refuse 5", 1, "grant", "refused" },
        { "--refuse 6", 1, "grant", "timed out" },
        { "--refuse 7", 1, "grant", "protocol violated" },
        { "--never-reply", 1, "grant", "timed out" },
        { "--crash-after 1", 1, "grant", "exited" },
        { "--dial 192.0.2.1:9", 1, "joint", "leak refused" },
        { "", 1, "outside connection", "refused" }, // the target refuses
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Open_Fails_ReplyLogAndStatusAgree(string flags, int hop, string stage, string cause)
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, $"Plugin bad exec DUMMY {flags}\n{(flags == "--never-reply" ? Limits : Grace)}", ["good_bad"]);
        using var closed = new ClosedPort();
        EndPoint target = flags.Length == 0 ? closed.EndPoint : run.Target.EndPoint;

        IPEndPoint socks = await run.Host.Method("good_bad");
        var refused = await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(socks, target));

        FailureCause expected = Enum.GetValues<FailureCause>().Single(known => FailureWords.Of(known) == cause);
        Assert.Equal((int)FailureWords.ReplyOf(expected), refused.Code);
        string status = await StatusAsync(run, "CONNECT=\"Failed\"");
        string names = $"STATUS TRANSPORT=good_bad CONNECT=\"Failed\" STAGE=\"{stage.Replace(' ', '_')}\" CAUSE=\"{cause.Replace(' ', '_')}\" "
            + $"HOP=\"{hop}\" HOP_TRANSPORT=\"bad\" MESSAGE=\"hop {hop} (bad), {Way.WordsOf(stage)}: {cause}: ";
        Assert.StartsWith(names, status, StringComparison.Ordinal);
        string message = status[(status.IndexOf("MESSAGE=\"", StringComparison.Ordinal) + "MESSAGE=\"".Length)..^1];
        await run.LogAsync($"LOG SEVERITY=warning MESSAGE=\"good_bad: {message}\"");
        await run.AssertGoodChainAndCleanEndAsync();
    }

    [Fact]
    public async Task Open_ChildSaysWhy_IsAttachedToTheFailureOfItsHopScrubbed() // M54
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "Plugin bad exec DUMMY --refuse 5 --show-arguments", ["bad"]);
        IPEndPoint socks = await run.Host.Method("bad");
        await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(socks, run.Target.EndPoint, "key=secret-value"));

        string line = await run.LogAsync("bad: hop 0 (bad), handshake: refused: ");

        Assert.Contains("; its program said: arguments bad [scrubbed] key=[scrubbed]; check this hop's arguments", line, StringComparison.Ordinal);
        Assert.DoesNotContain(run.Host.Lines, said => said.Contains("secret-value", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Relay_ChildIsKilled_EachConnectionEndsWithTheHopAndTheReason()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, "Plugin bad exec DUMMY --show-arguments", ["bad_good"]);
        using Socket first = await run.OpenAsync("bad_good");
        using Socket second = await run.OpenAsync("bad_good");
        await PtPair.AssertEchoAsync(first);
        await PtPair.AssertEchoAsync(second);
        int child = ProcessTree.Descendants(run.Host.Program.Id).Single(id => IsBad(id));

        System.Diagnostics.Process.GetProcessById(child).Kill();

        for (int i = 0; i < 2; i++)
        {
            string lost = await StatusAsync(run, "CONNECT=\"Lost\"", i);
            Assert.StartsWith(
                "STATUS TRANSPORT=bad_good CONNECT=\"Lost\" STAGE=\"relay\" CAUSE=\"exited\" HOP=\"0\" HOP_TRANSPORT=\"bad\" "
                + "MESSAGE=\"hop 0 (bad), relay: exited: ", lost, StringComparison.Ordinal);
            Assert.Contains("ended with signal 9", lost, StringComparison.Ordinal);
        }

        await run.LogAsync("LOG SEVERITY=info MESSAGE=\"bad_good: hop 0 (bad), relay: exited: ");
        Assert.Contains("END=\"signal 9\"", await StatusAsync(run, "CHILD=\"Exited\""), StringComparison.Ordinal);
        await StatusAsync(run, "CHILD=\"Restarted\"");
        await run.AssertEchoesAsync("bad_good");
    }

    [Theory]
    [InlineData("--early-grant", "proxy", Early)]
    [InlineData("--lazy", "proxy", "accepts at once and dials only when payload flows")]
    [InlineData("--lazy", "shim", "accepts at once and dials only when payload flows")]
    public async Task Open_GrantedTooEarly_IsProvisionalAndRemembered(string flag, string joint, string quality) // G2
    {
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, $"Plugin bad exec DUMMY {flag}\nClientTransportJoint bad {joint}\n{Grace}", ["bad_good"]);
        for (int i = 0; i < 3; i++)
        {
            using Socket socket = await run.OpenAsync("bad_good");
            await PtPair.AssertEchoAsync(socket);
            await StatusAsync(run, "CONNECT=\"Provisional\"", i);
        }

        await run.LogAsync(quality);
        Assert.DoesNotContain(run.Host.Lines, line => line.Contains("CONNECT=\"Success\"", StringComparison.Ordinal));
        Assert.True(run.Host.Lines.Snapshot().Count(line => line.Contains(quality, StringComparison.Ordinal)) == 1, "it is said once");
    }

    /// <summary>A stream that is quick enough stands when the grant is read, so that the grant is right; not every time.</summary>
    [Fact]
    public async Task Open_GrantedTooEarlyAtAShim_IsProvisionalAndRememberedOnceSeen() // G2
    {
        const int tries = 200;
        await using PlaitRun run = PlaitRun.Start(
            PtRole.Client, $"Plugin bad exec DUMMY --early-grant\nClientTransportJoint bad shim\n{Grace}", ["bad_good"]);
        for (int opened = 0; !HasSeen(run); opened++)
        {
            Assert.True(opened < tries, $"it is seen within {tries} connections");
            await run.AssertEchoesAsync("bad_good");
        }

        await run.AssertEchoesAsync("bad_good");
        IEnumerable<string> since = run.Host.Lines.Snapshot().SkipWhile(line => !IsProvisional(line)); // STATUS lines have a rate: not each connection has one
        Assert.All(since.Where(line => line.Contains("CONNECT=", StringComparison.Ordinal)), line => Assert.True(IsProvisional(line), line));
        await run.LogAsync(Early);
        Assert.True(run.Host.Lines.Snapshot().Count(line => line.Contains(Early, StringComparison.Ordinal)) == 1, "it is said once");
    }

    private static bool IsProvisional(string line) => line.StartsWith("STATUS TRANSPORT=bad_good CONNECT=\"Provisional\"", StringComparison.Ordinal);

    private static bool HasSeen(PlaitRun run) => run.Host.Lines.Snapshot().Any(IsProvisional);

    [Fact]
    public async Task Open_FailsAfterAnEarlyGrant_IsReportedAsLost()
    {
        await using PlaitRun run = PlaitRun.Start(PtRole.Client, $"Plugin bad exec DUMMY --lazy\n{Grace}", ["bad"]);
        using var closed = new ClosedPort();
        using Socket socket = await SocksClient.ConnectAsync(await run.Host.Method("bad"), closed.EndPoint);
        await socket.WriteAllAsync(new byte[] { 42 });

        string lost = await StatusAsync(run, "CONNECT=\"Lost\"");

        Assert.Contains("STAGE=\"outside_connection\" CAUSE=\"refused\" HOP=\"0\"", lost, StringComparison.Ordinal);
    }

    private static bool IsBad(int processId) => ProcessTree.CommandLine(processId) is var line
        && line.Contains("--show-arguments", StringComparison.Ordinal) && !line.StartsWith("/bin/sh", StringComparison.Ordinal);

    /// <summary>The STATUS line number <paramref name="index"/> that holds a text.</summary>
    private static async Task<string> StatusAsync(PlaitRun run, string text, int index = 0)
    {
        string[] Matching() => [.. run.Host.Lines.Snapshot().Where(line =>
            line.StartsWith("STATUS ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal))];
        await run.Host.Lines.WaitForAsync(_ => Matching().Length > index, $"STATUS line {index} with: {text}");
        return Matching()[index];
    }
}
