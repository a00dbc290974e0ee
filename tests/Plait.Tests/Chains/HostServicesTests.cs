using System.Net.Sockets;
using Plait.Chains;
using Plait.Connections;
using Plait.Connections.Polling;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>What one host has once is its own, and ends with it.</summary>
public sealed class HostServicesTests
{
    public HostServicesTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "there are pollers on Linux only");

    [Fact]
    public async Task DisposeAsync_OneOfTwoHosts_LeavesTheOtherWorking()
    {
        await using HostServices staying = Services();
        HostServices ending = Services();
        Assert.NotSame(staying.Pollers, ending.Pollers);
        Assert.NotSame(staying.Pipes, ending.Pipes);
        Assert.NotSame(staying.Sources, ending.Sources);
        _ = ending.Pollers.Next();

        await ending.DisposeAsync();

        Assert.Throws<IOException>(ending.Pollers.Next);
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using var connection = SocketConnection.Of(here, staying.Pollers);
        ValueTask<int> reading = connection.ReadAsync(new byte[1], Deadline.Token);
        await there.SendAsync("x"u8.ToArray());
        Assert.Equal(1, await reading);
        there.Dispose();
    }

    [Fact]
    public async Task DisposeAsync_PollersOfTheProgram_GoOn()
    {
        await using var pollers = new PollerSet();
        await using (new HostServices(new(), new LogRecorder(), TimeProvider.System, new(), pollers: pollers))
        {
        }

        Assert.NotNull(pollers.Next());
    }

    [Fact]
    public async Task Unexpected_OfOneHost_IsLoggedThereAlone()
    {
        var own = new LogRecorder();
        var other = new LogRecorder();
        await using HostServices services = Services(own);
        await using HostServices others = Services(other);
        services.Pollers.Next().Post(new Throws());
        await own.WaitForAsync("Error 313");
        Assert.DoesNotContain(other.Entries, entry => entry.StartsWith("Error", StringComparison.Ordinal));
    }

    private static HostServices Services(LogRecorder? log = null) => new(new(), log ?? new LogRecorder(), TimeProvider.System, new());

    private sealed class Throws : IPollerWork
    {
        void IPollerWork.Run() => throw new InvalidTimeZoneException("a bug");
    }
}
