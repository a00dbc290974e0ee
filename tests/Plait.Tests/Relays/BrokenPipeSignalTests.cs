using System.Globalization;
using System.Net.Sockets;
using Plait.Native;
using Plait.Relays;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Relays;

/// <summary>
/// splice(2) into a socket that is closed for writing raises SIGPIPE, whose default ends the process. The runtime ignores that signal from its
/// start, also in an application that has a host inside; Plait changes no signal's disposition there.
/// </summary>
public sealed class BrokenPipeSignalTests
{
    public BrokenPipeSignalTests() => Assert.SkipUnless(OperatingSystem.IsLinux(), "relays splice on Linux only");

    [Fact]
    public void Runtime_FromItsStart_IgnoresSigpipe()
    {
        const int signalPipe = 13; // signal(7)
        string ignored = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))["SigIgn:".Length..];
        Assert.NotEqual(0UL, ulong.Parse(ignored.Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> (signalPipe - 1) & 1);
    }

    [Fact]
    public async Task Drain_SocketClosedForWriting_IsAnErrorAndNoEnd()
    {
        (Socket source, Socket feeding) = await Loopback.PairAsync();
        (Socket closed, Socket peer) = await Loopback.PairAsync();
        Pipe pipe = Pipe.TryOpen(null)!;
        await feeding.SendAsync("x"u8.ToArray());
        Assert.True(source.Poll(Deadline.Limit, SelectMode.SelectRead));
        Libc.DoNotBlock(source.SafeHandle);
        Assert.Equal(1, pipe.Fill((int)source.Handle, 1));

        closed.Shutdown(SocketShutdown.Send);
        Libc.DoNotBlock(closed.SafeHandle);
        Assert.Equal(-1, pipe.Drain((int)closed.Handle, 1));
        Assert.Equal(Libc.BrokenPipe, Libc.Error);

        pipe.Close();
        Array.ForEach([source, feeding, closed, peer], socket => socket.Dispose());
    }
}
