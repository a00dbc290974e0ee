using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public class LiveTasksTests
{
    private readonly LiveTasks _tasks = new();

    [Fact]
    public void WhenEmptyAsync_NothingAdded_IsCompleted() => Assert.True(_tasks.WhenEmptyAsync().IsCompletedSuccessfully);

    [Fact]
    public async Task WhenEmptyAsync_TwoTasks_CompletesWithTheLast()
    {
        var one = new TaskCompletionSource();
        var two = new TaskCompletionSource();
        _tasks.Add(one.Task);
        _tasks.Add(two.Task);
        Task[] waiters = [_tasks.WhenEmptyAsync(), _tasks.WhenEmptyAsync()];
        one.SetResult();
        Assert.Equal(1, _tasks.Count);
        Assert.All(waiters, waiter => Assert.False(waiter.IsCompleted));
        two.SetResult();
        await Task.WhenAll(waiters).Within("both waiters are told");
        Assert.Equal(0, _tasks.Count);
    }

    [Fact]
    public async Task WhenEmptyAsync_TaskFailed_IsNoLongerLive()
    {
        var failing = new TaskCompletionSource();
        _tasks.Add(failing.Task);
        Task empty = _tasks.WhenEmptyAsync();
        failing.SetException(new IOException("as no task here should"));
        await empty.Within("nothing is live");
        Assert.Equal(0, _tasks.Count);
    }
}
