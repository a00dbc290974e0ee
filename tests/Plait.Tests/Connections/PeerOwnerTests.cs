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
        Assert.True(PeerOwner.IsOurUser(here));
        Assert.True(PeerOwner.IsOurUser(there));
        here.Dispose();
        there.Dispose();
    }

    [Fact]
    public async Task IsOurUser_AnotherUsersSocket_IsFalse()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux tells whose a socket is");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can start a program as somebody else");
        Assert.SkipUnless(File.Exists("/usr/bin/setpriv") && File.Exists("/bin/bash"), "needs setpriv and bash");
        using Socket listener = Loopback.Listen();
        int port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        using Process peer = Process.Start(new ProcessStartInfo(
            "/usr/bin/setpriv",
            ["--reuid", OtherUser, "--clear-groups", "/bin/bash", "-c", $"exec 3<>/dev/tcp/127.0.0.1/{port}; read -r end <&3"])
        { RedirectStandardError = true })!;

        using Socket accepted = await listener.AcceptAsync(Deadline.Token).AsTask().Within("the other user connects");

        Assert.False(PeerOwner.IsOurUser(accepted));
        accepted.Dispose();
        await peer.WaitForExitAsync(Deadline.Token).Within("the other user's program ends");
    }
}
