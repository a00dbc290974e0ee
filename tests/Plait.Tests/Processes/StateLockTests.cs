using Plait.Processes;
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

        IOException refused = await Assert.ThrowsAsync<IOException>(() => TakeAsync(PtRole.Server, TimeSpan.Zero));

        Assert.Contains("another Plait uses", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Take_PredecessorEndsMeanwhile_IsTaken()
    {
        StateLock first = await TakeAsync(PtRole.Client, TimeSpan.Zero);
        Task<StateLock> second = TakeAsync(PtRole.Client, TimeSpan.FromSeconds(30));
        Assert.False(second.IsCompleted);

        first.Dispose();

        (await second.WaitAsync(TimeSpan.FromSeconds(30))).Dispose();
    }

    [Fact]
    public async Task Take_TheOtherRole_HasItsOwn()
    {
        using StateLock client = await TakeAsync(PtRole.Client, TimeSpan.Zero);
        using StateLock server = await TakeAsync(PtRole.Server, TimeSpan.Zero);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private Task<StateLock> TakeAsync(PtRole role, TimeSpan patience) =>
        StateLock.TakeAsync(_root, role, patience, TimeProvider.System, TestContext.Current.CancellationToken);
}
