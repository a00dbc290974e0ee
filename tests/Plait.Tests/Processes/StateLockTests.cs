using Plait.Processes;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Processes;

public sealed class StateLockTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("plait-lock-").FullName;

    [Fact]
    public async Task Take_HeldByAnother_SaysSo()
    {
        using StateLock first = await TakeAsync(PtRole.Server, TimeSpan.Zero);

        StateInUseException refused = await Assert.ThrowsAsync<StateInUseException>(() => TakeAsync(PtRole.Server, TimeSpan.Zero));

        Assert.Contains("another Plait uses", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Take_PredecessorEndsMeanwhile_IsTaken()
    {
        StateLock first = await TakeAsync(PtRole.Client, TimeSpan.Zero);
        Task<StateLock> second = TakeAsync(PtRole.Client, Deadline.Limit);
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second.Within("its predecessor has ended")).Dispose();
    }

    [Fact]
    public async Task Take_TheOtherRole_HasItsOwn()
    {
        using StateLock client = await TakeAsync(PtRole.Client, TimeSpan.Zero);
        using StateLock server = await TakeAsync(PtRole.Server, TimeSpan.Zero);
    }

    /// <summary>A full or read-only disk where no Plait has run is no reason to fail; the caller warns.</summary>
    [Fact]
    public async Task Take_FileCannotBeMade_GoesOnWithoutALock()
    {
        Directory.CreateDirectory(Path.Combine(_root, "server.lock"));
        using StateLock held = await TakeAsync(PtRole.Server, TimeSpan.Zero);
        Assert.NotNull(held.Problem);
    }

    [Fact]
    public async Task TryTake_HeldByAnother_IsNull()
    {
        using (await TakeAsync(PtRole.Server, TimeSpan.Zero))
        {
            Assert.Null(StateLock.TryTake(_root, PtRole.Server));
        }

        using StateLock? free = StateLock.TryTake(_root, PtRole.Server);
        Assert.Null(Assert.IsType<StateLock>(free).Problem);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private Task<StateLock> TakeAsync(PtRole role, TimeSpan patience) =>
        StateLock.TakeAsync(_root, role, patience, TimeProvider.System, TestContext.Current.CancellationToken);
}
