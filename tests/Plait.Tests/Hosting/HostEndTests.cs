using Plait.Chains;
using Plait.Configuration;
using Plait.Hosting;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Hosting;

/// <summary>The end of a host is not held up by a part that does not end.</summary>
public sealed class HostEndTests
{
    [Fact]
    public async Task OfAsync_APartThatDoesNotEnd_IsWaitedForOnlyWithinTheLimit()
    {
        var time = new FakeTime();
        var log = new LogRecorder();
        var limits = new Limits { ExitGrace = TimeSpan.FromSeconds(2) };
        await using var services = new HostServices(limits, log, time, new());

        Task end = HostEnd.OfAsync([new TaskCompletionSource().Task, Task.CompletedTask], services);
        TimeSpan limit = await time.ArmedAsync();
        Assert.InRange(limit, 2 * limits.ExitGrace, limits.EndingTimeout);
        time.Advance(limit);

        await end.Within("the end goes on");
        await log.WaitForAsync("Warning 116");
    }

    [Fact]
    public async Task OfAsync_APartThatFails_IsNotHidden()
    {
        await using var services = new HostServices(new(), new LogRecorder(), TimeProvider.System, new());

        await Assert.ThrowsAsync<InvalidOperationException>(
            () => HostEnd.OfAsync([Task.FromException(new InvalidOperationException())], services));
    }
}
