using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Plait.Connections;
using Plait.Tests.Support;
using Xunit;

namespace Plait.Tests.Connections;

public class PeerOwnerTests
{
    private const string OtherUser = "65534"; // nobody, on most systems

    [Fact]
    public async Task IsOurUser_OwnSocket_IsTrue()
    {
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using SocketConnection one = Of(here), other = Of(there);
        Assert.True(PeerOwner.IsOurUser(one));
        Assert.True(PeerOwner.IsOurUser(other));
    }

    [Fact]
    public async Task IsOurUser_AnotherUsersSocket_IsFalse()
    {
        SkipUnlessOtherUser();
        using Socket listener = Loopback.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using Process peer = AsOtherUser($"exec 3<>/dev/tcp/127.0.0.1/{port}; read -r end <&3");

        SocketConnection accepted = Of(await listener.AcceptAsync(Deadline.Token).AsTask().Within("the other user connects"));

        Assert.False(PeerOwner.IsOurUser(accepted));
        accepted.Close();
        await peer.WaitForExitAsync(Deadline.Token).Within("the other user's program ends");
    }

    /// <summary>Once closed, a socket is the system's own: it must not count as root's, nor as unknown.</summary>
    [Fact]
    public async Task IsOurUser_AnotherUsersSocketThatIsClosedByNow_IsFalse()
    {
        SkipUnlessOtherUser();
        using Socket listener = Loopback.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using (Process peer = AsOtherUser($"exec 3<>/dev/tcp/127.0.0.1/{port}; echo let me in >&3"))
        {
            await peer.WaitForExitAsync(Deadline.Token).Within("the other user's program ends");
        }

        await using SocketConnection accepted = Of(await listener.AcceptAsync(Deadline.Token).AsTask().Within("what it left"));

        Assert.False(PeerOwner.IsOurUser(accepted));
    }

    [Fact]
    public async Task IsOurUser_ASocketThatWasReset_IsFalse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whose a socket is");
        (Socket here, Socket there) = await Loopback.PairAsync();
        there.Reset();
        Assert.True(here.Poll(Deadline.Limit, SelectMode.SelectError), "the reset comes");

        await using SocketConnection connection = Of(here);
        Assert.False(PeerOwner.IsOurUser(connection)); // its owner is not known any more
    }

    [Fact] // it was kept for ever, and then a joint turned every connection away, or admitted every one
    public void LastingAnswer_NoDescriptorAtFirst_IsAskedAgain()
    {
        var answers = new Queue<bool?>([null, null, true]);
        var lasting = new LastingAnswer(answers.Dequeue);
        Assert.Equal([null, null, true, true], Enumerable.Range(0, 4).Select(_ => lasting.Value));
    }

    [Fact]
    public async Task HasClosed_ShutDownAndClosed_AreDistinguished()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whose a socket is");
        (Socket here, Socket there) = await Loopback.PairAsync();
        (IPEndPoint peer, IPEndPoint own) = ((IPEndPoint)here.RemoteEndPoint!, (IPEndPoint)here.LocalEndPoint!);
        Assert.Null(PeerOwner.HasClosed(peer, own)); // it has not finished
        there.Shutdown(SocketShutdown.Send);
        Assert.False(PeerOwner.HasClosed(peer, own));
        there.Dispose();
        await Deadline.UntilAsync(() => PeerOwner.HasClosed(peer, own) == true, "its last descriptor is closed"); // a program being started may hold a copy
        here.Dispose();
    }

    [Fact] // a child that was started meanwhile inherited it
    public async Task Netlink_SocketsOfQuestions_AreClosedOnExec()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there is no netlink");
        (Socket here, Socket there) = await Loopback.PairAsync();
        await using SocketConnection connection = Of(here);
        HashSet<string> before = [.. Inheritable()];
        using var enough = new CancellationTokenSource();
        Task asking = Task.Run(() =>
        {
            while (!enough.IsCancellationRequested)
            {
                PeerOwner.IsOurUser(connection);
            }
        });
        string[] seen = [.. Enumerable.Range(0, 300).SelectMany(_ => Inheritable()).Except(before)];
        await enough.CancelAsync();
        await asking;
        Assert.Empty(seen);
        there.Dispose();
    }

    /// <summary>The sockets of this process that a program which it starts would have too.</summary>
    private static List<string> Inheritable()
    {
        const int CloseOnExec = 0x80000;
        var found = new List<string>();
        foreach (string descriptor in Directory.GetFiles("/proc/self/fd"))
        {
            try
            {
                string flags = File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(descriptor)}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
                string target = File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name ?? "";
                if (target.StartsWith("socket:[", StringComparison.Ordinal) && (Convert.ToInt32(flags[6..].Trim(), 8) & CloseOnExec) == 0)
                {
                    found.Add(target);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
            {
                // Closed meanwhile.
            }
        }

        return found;
    }

    private static SocketConnection Of(Socket socket) => SocketConnection.Of(socket, Shared.Pollers);

    private static void SkipUnlessOtherUser()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whose a socket is");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can start a program as another user");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv") && File.Exists("/bin/bash"), "needs setpriv and bash");
    }

    private static Process AsOtherUser(string script) => Process.Start(new ProcessStartInfo(
        "/usr/bin/setpriv", ["--reuid", OtherUser, "--clear-groups", "/bin/bash", "-c", script])
    { RedirectStandardError = true })!;

    [Fact] // Found by fuzzing: its end point is asked for in vain, and the listener that asked ended
    public async Task IsOurUser_ResetBeforeItIsAccepted_IsFalse()
    {
        using Socket listener = Loopback.Listen();
        using var acceptor = Acceptor.Of(listener, Shared.Pollers);
        var peer = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await peer.ConnectAsync(listener.LocalEndPoint!, Deadline.Token);
        peer.Reset();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        await Deadline.UntilAsync(() => SocketTable.At(port, TcpState.Established) is not { Count: > 0 }, "the reset comes");
        await using SocketConnection accepted = await acceptor.AcceptAsync(Deadline.Token);
        Assert.False(PeerOwner.IsOurUser(accepted));
    }
}
