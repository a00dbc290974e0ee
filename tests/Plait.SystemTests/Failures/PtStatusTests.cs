using System.Globalization;
using Plait.Cli.Managed;
using Plait.Diagnostics;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.Doubles;
using Plait.Wire.Pt.Messages;

namespace Plait.SystemTests.Failures;

/// <summary>Events as the lines that tor gets.</summary>
public class PtStatusTests
{
    private static readonly ChildLabel s_child = new("pt", [new("a_b", 0, "a"), new("a_b", 1, "b"), new("b", 0, "b")]);

    [Fact]
    public void LinesOf_EveryStageAndCause_HasItsNamesAndTheSentenceOfTheLog() // G4
    {
        foreach (ChainStage stage in Enum.GetValues<ChainStage>())
        {
            foreach (FailureCause cause in Enum.GetValues<FailureCause>())
            {
                var failure = new ChainFailure("a_b", 1, "b", stage, cause, $"what happened");
                foreach ((PlaitEvent happened, string outcome) in new (PlaitEvent, string)[]
                {
                    (new PlaitEvent.ConnectionFailed(1, TimeSpan.Zero, failure), "Failed"),
                    (new PlaitEvent.ConnectionEnded("a_b", 1, true, 2, 3, TimeSpan.Zero, failure), "Lost"),
                })
                {
                    string[] expected = cause == FailureCause.Canceled ? [] :
                    [
                        $"STATUS TRANSPORT=a_b CONNECT=\"{outcome}\" STAGE=\"{FailureWords.NameOf(stage)}\" "
                        + $"CAUSE=\"{FailureWords.NameOf(cause)}\" HOP=\"1\" HOP_TRANSPORT=\"b\" MESSAGE=\"{failure.Text}\"",
                    ];
                    Assert.Equal(expected, PtStatus.LinesOf(happened).Select(line => line.Format()));
                }
            }
        }
    }

    [Fact]
    public void LinesOf_NoSingleHopAtFault_NamesNone()
    {
        var failure = new ChainFailure("a_b", null, null, ChainStage.Dial, FailureCause.ArgumentWrong, $"x \"y\"");
        Assert.Equal("STATUS TRANSPORT=a_b CONNECT=\"Failed\" STAGE=\"dial\" CAUSE=\"argument_wrong\" MESSAGE=\"dial: argument wrong: x 'y'\"",
            Assert.Single(PtStatus.LinesOf(new PlaitEvent.ConnectionFailed(1, TimeSpan.Zero, failure))).Format());
    }

    [Theory]
    [InlineData(GrantQuality.Proven, "Success")]
    [InlineData(GrantQuality.Early, "Provisional")]
    [InlineData(GrantQuality.Lazy, "Provisional")]
    public void LinesOf_Opened_SaysWhatTheGrantIsWorth(GrantQuality quality, string word) // G2
    {
        var opened = new PlaitEvent.ConnectionOpened("a_b", 1, quality, TimeSpan.Zero, Array.Empty<HopFigures>());
        Assert.Equal($"STATUS TRANSPORT=a_b CONNECT=\"{word}\"", Assert.Single(PtStatus.LinesOf(opened)).Format());
    }

    [Fact]
    public void LinesOf_EndsAsConnectionsDo_SaysNothing() =>
        Assert.Empty(PtStatus.LinesOf(new PlaitEvent.ConnectionEnded("a_b", 1, true, 2, 3, TimeSpan.Zero, null)));

    [Fact]
    public void LinesOf_Child_AreOneForEachChainThatItServes()
    {
        Assert.Equal(
            [
                "STATUS TRANSPORT=a_b CHILD=\"Exited\" PROGRAM=\"pt\" HOPS=\"0,1\" END=\"signal 9\"",
                "STATUS TRANSPORT=b CHILD=\"Exited\" PROGRAM=\"pt\" HOPS=\"0\" END=\"signal 9\"",
            ],
            PtStatus.LinesOf(new PlaitEvent.ChildExited(s_child, $"signal 9", $"", TimeSpan.Zero)).Select(line => line.Format()));
        Assert.Equal("STATUS TRANSPORT=a_b CHILD=\"Failed\" PROGRAM=\"pt\" HOPS=\"0,1\" STAGE=\"negotiation\" CAUSE=\"timed_out\"",
            PtStatus.LinesOf(new PlaitEvent.ChildStartFailed(s_child, ChainStage.Negotiation, FailureCause.TimedOut, $"")).First().Format());
        Assert.Contains("CHILD=\"Started\"", PtStatus.LinesOf(new PlaitEvent.ChildStarted(s_child, 1)).First().Format(), StringComparison.Ordinal);
        Assert.Contains("CHILD=\"Restarted\"", PtStatus.LinesOf(new PlaitEvent.ChildRestarted(s_child, 1, 1)).First().Format(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnEvent_AFlood_IsCutAndCountedAndLeavesRoomForTheLog() // M53
    {
        using var stdout = new MemoryStream();
        var output = new PtOutput(stdout);
        output.Begin();
        var time = new StillTime();
        var status = new PtStatus(output, time);
        var logger = new PtLogger(output, time);

        for (int i = 0; i < 1000; i++)
        {
            status.OnEvent(new PlaitEvent.ConnectionOpened("a_b", i, GrantQuality.Proven, TimeSpan.Zero, Array.Empty<HopFigures>()));
        }

        Microsoft.Extensions.Logging.LoggerExtensions.LogWarning(logger, "still heard");
        time.Now += TimeSpan.FromSeconds(1);
        status.OnEvent(new PlaitEvent.ConnectionOpened("a_b", 1001, GrantQuality.Proven, TimeSpan.Zero, Array.Empty<HopFigures>()));

        await output.DisposeAsync();
        string[] lines = System.Text.Encoding.ASCII.GetString(stdout.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.InRange(lines.Length, 3, 64); // arti's queue
        Assert.Contains("LOG SEVERITY=warning MESSAGE=\"still heard\"", lines);
        Assert.Equal($"STATUS TRANSPORT=a_b CONNECT=\"Success\" LEFT_OUT=\"{1000 - (lines.Length - 3)}\"", lines[^1]);
    }

    [Fact]
    public async Task Log_AFloodOfWarnings_DoesNotDropTheEndOfAState()
    {
        using var stdout = new MemoryStream();
        var output = new PtOutput(stdout);
        output.Begin();
        var logger = new PtLogger(output, new StillTime());
        for (int i = 0; i < 100; i++)
        {
            Microsoft.Extensions.Logging.LoggerExtensions.LogWarning(logger, "one of many");
        }

        ChainLog.DescriptorsBack(logger, 7);
        await output.DisposeAsync();
        string[] lines = System.Text.Encoding.ASCII.GetString(stdout.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("descriptors are free again", lines[^1], StringComparison.Ordinal);
        Assert.InRange(lines.Length, 3, 64);
    }

    /// <summary>tor does not read for a while: no reporter waits, and what was left out is counted in its place.</summary>
    [Fact]
    public async Task Report_NothingIsRead_IsKeptOrCounted()
    {
        await using var stdout = new HeldStream();
        var output = new PtOutput(stdout);
        output.Begin();
        output.Report(new LogMessage(LogSeverity.Info, "0"));
        await stdout.Held.Within("the writer is held"); // else it takes its first line at any time, and the gap is there
        for (int i = 1; i < 1000; i++)
        {
            output.Report(new LogMessage(LogSeverity.Info, $"{i}"));
        }

        stdout.Release();
        await output.DisposeAsync();
        string[] lines = stdout.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        int[] told = [.. lines.Skip(1).SkipLast(1).Select(line => int.Parse(line.Split('"')[1], CultureInfo.InvariantCulture))];
        Assert.Equal("VERSION 1", lines[0]);
        Assert.Equal(Enumerable.Range(0, told.Length), told);
        Assert.InRange(told.Length, 1, 999);
        Assert.Equal($"LOG SEVERITY=notice MESSAGE=\"{1000 - told.Length} lines were left out: they were not read\"", lines[^1]);
    }

    /// <summary>Takes VERSION, and then nothing until it is released.</summary>
    private sealed class HeldStream : MemoryStream
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Completes when a write has begun to wait.</summary>
        public Task Held => _held.Task;

        public string Text => System.Text.Encoding.ASCII.GetString(ToArray());

        public void Release() => _released.Set();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Length > 0)
            {
                _held.TrySetResult();
                _released.Wait();
            }

            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            _released.Dispose();
            base.Dispose(disposing);
        }
    }

    /// <summary>A clock that the test moves.</summary>
    private sealed class StillTime : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;
    }
}
