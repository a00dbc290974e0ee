using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Metrics;
using Plait.SystemTests.Chains;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;
using Plait.Tests.Support;

namespace Plait.SystemTests.Failures;

/// <summary>A mixed load over both sides, and what a listener to the meter, the stream of events and the counters say of it.</summary>
public class MetricsTests
{
    private const int Good = 20;
    private const int Bad = 7;
    private const int Length = 1000;

    private static readonly string s_plaitrc = $"""
        ClientTransportPlugin plain,other exec {Programs.DummyTransport}
        ServerTransportPlugin plain,other exec {Programs.DummyTransport}
        ClientTransportPlugin lazy exec {Programs.DummyTransport} --lazy
        ServerTransportPlugin lazy exec {Programs.DummyTransport}
        LazyDialGrace 100 msec

        """;

    [Fact]
    public async Task Metrics_MixedLoad_AreWhatTheCountersHave()
    {
        using var metrics = new PlaitMetrics();
        using var early = new MeterRecorder(metrics);
        var events = new PlaitEvents();
        ChainPair pair = await ChainPair.StartAsync(
            s_plaitrc, ["plain_other", "lazy"], adapt: settings => settings with { Metrics = metrics, Observer = events });
        await using (pair)
        {
            Socket[] open = await Task.WhenAll(Enumerable.Range(0, Good).Select(_ => OpenAsync(pair, "plain_other")));
            await Task.WhenAll(Enumerable.Range(0, Bad).Select(_ => FailAsync(pair)));
            using (await OpenAsync(pair, "lazy"))
            {
            }

            // All that is open, from a listener that came late as well: nothing of it has ended.
            using var late = new MeterRecorder(metrics);
            int children = pair.Client.Counters.Processes + pair.Bridge.Counters.Processes;
            foreach (MeterRecorder recorder in new[] { early, late })
            {
                await WaitForSumAsync(recorder, children, "plait.children");
                foreach (string side in new[] { "client", "server" })
                {
                    string[] of = [$"plait.role={side}", "plait.chain=plain_other"];
                    await WaitForSumAsync(recorder, Good, "plait.connections", of);
                    await WaitForSumAsync(recorder, Good * Length, "plait.connection.io", [.. of, "network.io.direction=transmit"]);
                    await WaitForSumAsync(recorder, Good * Length, "plait.connection.io", [.. of, "network.io.direction=receive"]);
                }
            }

            await AssertChildsDeathIsCountedAsync(pair, early);
            Array.ForEach(open, socket => socket.Dispose());
            await pair.WaitForNothingLeftAsync();
        }

        events.Complete();
        AssertTheSame(early, [.. events.ToBlockingEnumerable(TestContext.Current.CancellationToken)]);
    }

    /// <summary>Waits until an instrument has come to a sum: a byte is counted after it was written, and so after the client may have it.</summary>
    private static Task WaitForSumAsync(MeterRecorder recorder, double sum, string instrument, params string[] tags) => Doubles.Deadline.PollAsync(
        () => recorder.Sum(instrument, tags) == sum ? instrument : null, $"{instrument} {string.Join(' ', tags)} is {sum}",
        details: () => $"it is {recorder.Sum(instrument, tags)}");

    /// <summary>The sums of the meter are those of the events; both, what was done.</summary>
    private static void AssertTheSame(MeterRecorder recorder, PlaitEvent[] events)
    {
        Assert.DoesNotContain(events, happened => happened is PlaitEvent.EventsLeftOut);
        int opened = events.OfType<PlaitEvent.ConnectionOpened>().Count();
        Assert.Equal(2 * (Good + 1), opened); // on both sides
        Assert.Equal(opened, events.OfType<PlaitEvent.ConnectionEnded>().Count(ended => ended.Opened));
        Assert.Equal(0, recorder.Sum("plait.connections"));
        Assert.Equal(opened, recorder.Count("plait.connection.duration"));
        Assert.Equal(opened + Bad, recorder.Count("plait.connection.open.duration"));
        Assert.Equal(1, recorder.Sum("plait.connection.provisional", "plait.chain=lazy", "plait.grant=lazy"));
        Assert.Equal(Bad, recorder.Sum("plait.connection.failures", "plait.outcome=failed", "plait.role=client", "plait.chain=plain_other",
            "plait.stage=outside_connection", "plait.cause=refused", "plait.hop.transport=other"));
        Assert.Equal(Bad, recorder.Sum("plait.connection.failures", "plait.outcome=failed"));
        Assert.Equal(
            events.OfType<PlaitEvent.ConnectionEnded>().Count(ended => ended is { Opened: true, Failure: not null }),
            recorder.Sum("plait.connection.failures", "plait.outcome=lost"));
        Assert.Equal(
            events.OfType<PlaitEvent.ConnectionEnded>().Count(ended => !ended.Opened), recorder.Sum("plait.connection.never_opened"));
        Assert.Equal(Good, recorder.Sum("plait.connection.failures", "plait.outcome=lost", "plait.role=client", "plait.cause=exited"));
        Assert.Equal(1, recorder.Sum("plait.child.exits", "plait.role=client", "plait.program=dummy-transport"));
        Assert.Equal(1, recorder.Sum("plait.child.restarts", "plait.role=client", "plait.program=dummy-transport"));
        Assert.Equal(0, recorder.Sum("plait.connection.turned_away"));
        Assert.Equal(0, recorder.Sum("plait.child.leaks"));
        Assert.Equal(0, recorder.Sum("plait.children")); // both hosts are over
    }

    private static async Task AssertChildsDeathIsCountedAsync(ChainPair pair, MeterRecorder recorder)
    {
        int child = pair.Client.Processes.First(process => process.Running!.Methods.ContainsKey("plain")).Running!.Process.Id;
        Process.GetProcessById(child).Kill();
        await Doubles.Deadline.PollAsync(
            () => recorder.Sum("plait.child.restarts") > 0 && recorder.Sum("plait.connections", "plait.chain=plain_other") == 0 ? "over" : null,
            "the child runs again, and its connections are over on both sides");
    }

    private static async Task<Socket> OpenAsync(ChainPair pair, string chain)
    {
        Socket socket = await pair.OpenAsync(chain);
        await PtPair.AssertEchoAsync(socket, Length);
        return socket;
    }

    private static async Task FailAsync(ChainPair pair)
    {
        using var closed = new ClosedPort();
        await Assert.ThrowsAsync<SocksRefusedException>(() => pair.OpenAsync("plain_other", closed.EndPoint));
    }
}
