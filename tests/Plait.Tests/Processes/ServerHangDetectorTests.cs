using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Processes;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Processes;

/// <summary>A program that does nothing at all is told from one that is silent, and from one that has enough to do.</summary>
public sealed class ServerHangDetectorTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    private readonly FakeTime _time = new();
    private readonly Socket _program = Loopback.Listen();
    private readonly List<Socket> _sockets = [];
    private readonly ServerHangDetector _watch;
    private readonly List<bool> _told = [];
    private bool _dealtWith = true;
    private uint _signsOfLife;
    private int _joined;

    public ServerHangDetectorTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells what has been accepted");
        _watch = new(s_limit, _time, () => new([(IPEndPoint)_program.LocalEndPoint!], _signsOfLife, _joined), AcceptQueue.Of, live =>
        {
            _told.Add(live);
            return _dealtWith;
        });
    }

    public void Dispose()
    {
        _watch.Dispose();
        _sockets.ForEach(socket => socket.Dispose());
        _program.Dispose();
    }

    [Fact]
    public async Task Look_NothingIsAccepted_HangsAfterTheLimit()
    {
        await DialAsync();
        Pass(s_limit * 2 - s_look); // it is looked at once in the limit, and then for a whole limit
        Assert.Empty(_told);
        Pass(s_look);
        Assert.Equal([false], _told);
    }

    [Fact]
    public async Task Look_TheClientHasFinishedMeanwhile_HangsAllTheSame()
    {
        (await DialAsync()).Shutdown(SocketShutdown.Send);
        Pass(s_limit * 2);
        Assert.Equal([false], _told);
    }

    [Fact]
    public async Task Look_AcceptedAndNotAnswered_DoesNotHang()
    {
        await DialAsync();
        _sockets.Add(await _program.AcceptAsync(Deadline.Token));
        Pass(s_limit * 4);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Look_AFloodThatIsAcceptedSlowly_DoesNotHang()
    {
        for (int number = 0; number < 20; number++)
        {
            await DialAsync();
        }

        for (int number = 0; number < 16; number++) // one for each look: the queue is never empty
        {
            Pass(s_look);
            _sockets.Add(await _program.AcceptAsync(Deadline.Token));
        }

        Assert.Empty(_told);
    }

    [Fact]
    public async Task Look_BytesMoveOnAnotherConnection_DoesNotHang()
    {
        await DialAsync();
        for (int number = 0; number < 16; number++)
        {
            _signsOfLife++;
            Pass(s_look);
        }

        Assert.Empty(_told);
        Pass(s_limit);
        Assert.Equal([false], _told);
    }

    [Fact]
    public async Task Look_AConnectionIsOpenAndAnotherWaits_IsReportedAsLiveUntilThatEnds() // out of descriptors, for example
    {
        _dealtWith = false;
        await DialAsync();
        Socket open = await _program.AcceptAsync(Deadline.Token);
        await DialAsync();
        Pass(s_limit * 2);
        Assert.Equal([true], _told);
        Pass(s_look);
        Assert.Equal([true, true], _told); // and so on: the observer decides what to log of it

        open.CloseAtOnce();
        Pass(s_look * 2);
        Assert.False(_told[^1]);
    }

    [Fact]
    public async Task Look_AConnectionAtItsJoint_IsReportedAsLive()
    {
        _joined = 1;
        await DialAsync();
        Pass(s_limit * 2);
        Assert.Equal([true], _told);
    }

    [Fact]
    public async Task Look_AcceptedLate_DoesNotHangAndTheNextConnectionIsWatched()
    {
        await DialAsync();
        Pass(s_limit * 2 - s_look);
        (await _program.AcceptAsync(Deadline.Token)).CloseAtOnce();
        Pass(s_look);
        Assert.Empty(_told);

        await DialAsync();
        Pass(s_limit * 2);
        Assert.Equal([false], _told);
    }

    [Fact]
    public async Task Look_ProgramHasGone_DoesNotHang()
    {
        await DialAsync();
        IPEndPoint listener = (IPEndPoint)_program.LocalEndPoint!;
        _program.CloseAtOnce(); // its queue goes with it
        using var watch = new ServerHangDetector(s_limit, _time, () => new([listener], 0, 0), AcceptQueue.Of, live =>
        {
            _told.Add(live);
            return true;
        });
        _watch.Dispose();
        Pass(s_limit * 4);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task Dispose_WhileAConnectionWaits_LooksNoMore()
    {
        await DialAsync();
        _watch.Dispose();
        Pass(s_limit * 4);
        Assert.Empty(_told);
    }

    private async Task<Socket> DialAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(_program.LocalEndPoint!, Deadline.Token);
        Assert.True(_program.Poll(Deadline.Limit, SelectMode.SelectRead), "a connection is in the queue");
        return socket;
    }

    private void Pass(TimeSpan time)
    {
        for (TimeSpan passed = TimeSpan.Zero; passed < time; passed += s_look)
        {
            _time.Advance(s_look);
        }
    }
}
