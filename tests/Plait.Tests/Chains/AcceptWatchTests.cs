using System.Net;
using System.Net.Sockets;
using Plait.Chains.Server;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>A program that does not accept is told from one that is silent, and from one that has enough to do.</summary>
public sealed class AcceptWatchTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(2);

    private readonly FakeTime _time = new();
    private readonly Socket _program = Loopback.Listen();
    private readonly List<Socket> _sockets = [];
    private readonly AcceptWatch _watch;
    private bool _mayWait;
    private int _hung;

    public AcceptWatchTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells what has been accepted");
        _watch = new(s_limit, _time, () => _mayWait, () => _hung++);
    }

    public void Dispose()
    {
        _watch.Dispose();
        _sockets.ForEach(socket => socket.Dispose());
        _program.Dispose();
    }

    [Fact]
    public async Task Look_NothingIsAccepted_HangsAfterTheLimitAndOnce()
    {
        await DialAsync();
        Pass(s_limit - s_look);
        Assert.Equal(0, _hung);
        Pass(s_look);
        Assert.Equal(1, _hung);
        Pass(s_limit * 2);
        Assert.Equal(1, _hung);
    }

    [Fact]
    public async Task Look_TheClientHasLeftMeanwhile_HangsAllTheSame()
    {
        (await DialAsync()).Dispose();
        Pass(s_limit);
        Assert.Equal(1, _hung);
    }

    [Fact]
    public async Task Look_AcceptedAndNotAnswered_DoesNotHang()
    {
        await DialAsync();
        _sockets.Add(await _program.AcceptAsync(Deadline.Token));
        Pass(s_limit * 2);
        Assert.Equal(0, _hung);
    }

    [Fact]
    public async Task Look_AcceptedLate_DoesNotHangAndTheNextDialIsWatched()
    {
        await DialAsync();
        Pass(s_limit - s_look);
        _sockets.Add(await _program.AcceptAsync(Deadline.Token));
        Pass(s_look);
        Assert.Equal(0, _hung);

        await DialAsync();
        Pass(s_limit);
        Assert.Equal(1, _hung);
    }

    [Fact]
    public async Task Look_ProgramMayWaitForAnEnd_HangsOnlyWhenItMayNot()
    {
        _mayWait = true;
        await DialAsync();
        Pass(s_limit * 3);
        Assert.Equal(0, _hung);
        _mayWait = false;
        Pass(s_look);
        Assert.Equal(1, _hung);
    }

    [Fact]
    public async Task Look_ProgramHasGone_DoesNotHang()
    {
        await DialAsync();
        _program.Dispose(); // its queue goes with it
        Pass(s_limit * 2);
        Assert.Equal(0, _hung);
    }

    [Fact]
    public async Task Dispose_WhileADialWaits_LooksNoMore()
    {
        await DialAsync();
        _watch.Dispose();
        Pass(s_limit * 2);
        await DialAsync();
        Pass(s_limit * 2);
        Assert.Equal(0, _hung);
    }

    private async Task<Socket> DialAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(_program.LocalEndPoint!, Deadline.Token);
        _watch.Dialled((IPEndPoint)_program.LocalEndPoint!, (IPEndPoint)socket.LocalEndPoint!);
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
