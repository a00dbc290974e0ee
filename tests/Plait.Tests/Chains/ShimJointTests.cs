using System.Net;
using System.Net.Sockets;
using Plait.Chains;
using Plait.Chains.Client;
using Plait.Connections;
using Plait.Tests.Support;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Chains;

public class ShimJointTests
{
    [Fact] // else an answer that comes back at once is taken for one that went around the chain
    public async Task ServeAsync_BeforeAnythingMoves_TheHopHasEntered()
    {
        await using var services = new HostServices(new(), new LogRecorder(), TimeProvider.System, new());
        ClientChain chain = TwoHops.Chain(services);
        await using ChainConnection connection = chain.NewConnection(CancellationToken.None);
        var opening = new ChainOpening(chain, connection, new IPEndPoint(IPAddress.Loopback, 1), [PtArguments.Empty, PtArguments.Empty]);
        ShimJoint shim = chain.Shims.Open();
        var onward = new Onward(shim);
        Task serving = shim.ServeAsync(new(opening, 0), onward);
        using var hop = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await hop.ConnectAsync(shim.Target, Deadline.Token);
        await serving.Within("the hop's stream is served");
        Assert.True(await onward.EnteredAtFirst.Task.WaitAsync(Deadline.Limit, Deadline.Token));
    }

    /// <summary>The way on, which sees whether the joint says that the hop has come when it is first asked for bytes.</summary>
    private sealed class Onward(ShimJoint shim) : ByteConnection
    {
        public TaskCompletionSource<bool> EnteredAtFirst { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            EnteredAtFirst.TrySetResult(shim.Entered.IsCompletedSuccessfully);
            return ValueTask.FromResult(0);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public override void Abort()
        {
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
