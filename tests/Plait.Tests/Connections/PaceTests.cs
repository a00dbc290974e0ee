using Plait.Connections.Polling;
using Plait.Tests.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

/// <summary>A poller works in batches only while much is moved: small writes that arrive alone then leave alone (G12).</summary>
public class PaceTests
{
    [Fact]
    public void Choose_MuchThenLittle_BatchesOnlyMeanwhile()
    {
        var chosen = new List<bool>();
        var pace = new Pace(chosen.Add);
        pace.Moved(100 * 40);
        pace.Choose(Pace.Window);
        Assert.Empty(chosen); // small writes

        pace.Moved(4000 * Pace.Window);
        pace.Choose((2 * Pace.Window) - 1);
        Assert.Empty(chosen); // not yet
        pace.Choose(2 * Pace.Window);
        const int Later = (2 * Pace.Window) + Pace.WindowOfBatches;
        pace.Choose(Later - 1); // a sender that gets no processor for a while
        pace.Moved(2000 * Pace.WindowOfBatches);
        pace.Choose(Later);
        Assert.Equal([true], chosen);

        pace.Choose(Later + Pace.WindowOfBatches);
        Assert.Equal([true, false], chosen);
    }

    [Fact]
    public async Task Poller_ThatHasMovedMuch_WaitsAsUsualAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there are no pollers");
        await using RelayRun run = await RelayRun.OverLoopbackAsync(RelayRun.Still, RelayKind.Splice);
        await run.Near.SendAsync("x");
        Assert.Equal("x", await run.Far.ReceiveAsync(1));
        Pace pace = ((Plait.Connections.PolledConnection)run.First).Registration.Poller!.Pace;

        byte[] much = new byte[1_000_000];
        Task<(byte[] Bytes, bool Reset)> reading = run.Far.ReceiveAllAsync();
        bool batched = false;
        for (int i = 0; i < 2000 && !batched; i++)
        {
            await run.Near.WriteAsync(much, Deadline.Token);
            batched = pace.IsBatch;
        }

        Assert.True(batched, "it works in batches while much is moved");
        await Deadline.UntilAsync(() => !pace.IsBatch, "it waits as usual again");
        await run.Near.FinishAsync();
        await reading;
    }
}
