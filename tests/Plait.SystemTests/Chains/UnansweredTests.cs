using System.Net;
using System.Net.Sockets;
using Plait.Diagnostics.Events;
using Plait.Hosting;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Chains;

/// <summary>A client's program that leaves a connection unanswered: whether it hangs depends on its others.</summary>
public sealed class UnansweredTests : IDisposable
{
    private readonly TestFolder _state = new();
    private readonly EventRecorder _recorder = new();

    [Fact]
    public async Task Program_SlowForOneButMovingBytesOfAnother_IsNotKilled()
    {
        await using EchoServer far = EchoServer.Start();
        await using ClientHost client = await StartAsync("OpenTimeout 9 seconds");
        using Socket live = await OpenAsync(client, far.EndPoint);

        Task<Socket> unanswered = OpenAsync(client, far.EndPoint);
        while (!unanswered.IsCompleted)
        {
            await PtPair.AssertEchoAsync(live);
        }

        await Assert.ThrowsAsync<SocksRefusedException>(() => unanswered);
        await PtPair.AssertEchoAsync(live);
        Assert.DoesNotContain(_recorder.Events, each => each is PlaitEvent.ChildExited);
    }

    [Fact]
    public async Task Program_SilentAndWithoutAConnection_IsKilled()
    {
        await using EchoServer far = EchoServer.Start();
        await using ClientHost client = await StartAsync();
        using (Socket over = await OpenAsync(client, far.EndPoint))
        {
            await PtPair.AssertEchoAsync(over);
        }

        await _recorder.WaitForAsync<PlaitEvent.ConnectionEnded>();
        await Assert.ThrowsAnyAsync<Exception>(() => OpenAsync(client, far.EndPoint));

        var exited = await _recorder.WaitForAsync<PlaitEvent.ChildExited>();
        Assert.Contains("because it hung", exited.ToString(), StringComparison.Ordinal);
    }

    public void Dispose() => _state.Dispose();

    /// <summary>A client whose program answers every other connection.</summary>
    private Task<ClientHost> StartAsync(string more = "") => Hosts.StartClientAsync(
        Hosts.Settings($"ClientTransportPlugin plain exec {Programs.DummyTransport} --hang-handshake 2\nHandshakeTimeout 3 seconds\n{more}")
            with { Observer = _recorder },
        _state.Path, ["plain"]);

    private static Task<Socket> OpenAsync(ClientHost client, IPEndPoint target) =>
        SocksClient.ConnectAsync(Assert.IsType<ChainStart.Listening>(client.Chains[0]).EndPoint, target);
}
