using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Lifecycle;

namespace Plait.SystemTests.Tunnels;

/// <summary>Tunnels between two networks, which nothing but the chain joins.</summary>
public sealed class NetworkTests(ITestOutputHelper output) : IDisposable
{
    private const int Port = 4433;
    private const int VpnMebibytes = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-networks-").FullName;

    /// <summary>OpenVPN over TCP: its server is the service of the far end, and its client connects to the near end.</summary>
    [Theory]
    [EachForm]
    public async Task OpenVpn_ThroughTheChain_ComesUp_AndMovesBytes(TunnelForm form)
    {
        string openvpn = Programs.Require("openvpn"), socat = Programs.Require("socat");
        await using TwoNetworks networks = await TwoNetworks.CreateAsync();
        RequireTunnelDevice();
        string near = Certify("near"), far = Certify("far");
        string[] common = ["--dev", "tun", "--port", "1194", "--ping", "1", "--ping-exit", "60", "--verb", "3", "--persist-tun"];
        await using RunningProgram vpnServer = networks.StartFar(openvpn, [
            .. common, "--proto", "tcp-server", "--local", "127.0.0.1", "--tls-server", "--dh", "none", "--ifconfig", "10.99.0.2", "10.99.0.1",
            "--cert", At("far.crt"), "--key", At("far.key"), "--peer-fingerprint", near]);
        await vpnServer.Lines.WaitForAsync(line => line.Contains("Listening for incoming TCP", StringComparison.Ordinal), "OpenVPN listens");
        await using RunningProgram server = networks.StartFar(PlaitProgram.Path, Serve(form, "127.0.0.1:1194"));
        string line = await server.Lines.WaitForAsync(line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");
        await using RunningProgram client = networks.StartNear(PlaitProgram.Path, Connect(form, line, "127.0.0.1:5000"));
        await TunnelPair.ListensAsync(client);
        await using RunningProgram vpnClient = networks.StartNear(openvpn, [
            .. common[..2], .. common[4..], "--proto", "tcp-client", "--remote", "127.0.0.1", "5000", "--nobind", "--tls-client", "--ifconfig", "10.99.0.1",
            "10.99.0.2", "--cert", At("near.crt"), "--key", At("near.key"), "--peer-fingerprint", far]);
        await vpnClient.Lines.WaitForAsync(
            line => line.Contains("Initialization Sequence Completed", StringComparison.Ordinal), $"the VPN comes up; {client.ErrorLines.Tail()}");

        byte[] blob = RandomNumberGenerator.GetBytes(VpnMebibytes << 20);
        await File.WriteAllBytesAsync(At("blob"), blob, TestContext.Current.CancellationToken);
        await using RunningProgram source = networks.StartFar(socat, "-d", "-d", "-u", $"FILE:{At("blob")}", "TCP-LISTEN:5001,bind=10.99.0.2");
        await source.ErrorLines.WaitForAsync(line => line.Contains("listening on", StringComparison.Ordinal), "the source listens");
        await networks.RunNearAsync(socat, "-u", "TCP:10.99.0.2:5001", $"CREATE:{At("got")}");
        Assert.Equal(SHA256.HashData(blob), SHA256.HashData(await File.ReadAllBytesAsync(At("got"), TestContext.Current.CancellationToken)));
        Assert.Empty(client.ErrorLines.Snapshot());
    }

    /// <summary>The cable is pulled out and put back: what is opened meanwhile fails with a reason, what lived lives on, what comes later works.</summary>
    [Theory]
    [EachForm]
    public async Task Network_GoneAndBack_IsUsedAgain(TunnelForm form)
    {
        await using TwoNetworks networks = await TwoNetworks.CreateAsync();
        string socat = Programs.Require("socat");
        await using RunningProgram echo = networks.StartFar(socat, "-d", "-d", "TCP-LISTEN:7,bind=127.0.0.1,fork,reuseaddr", "PIPE");
        await echo.ErrorLines.WaitForAsync(line => line.Contains("listening on", StringComparison.Ordinal), "the service listens");
        await using RunningProgram server = networks.StartFar(PlaitProgram.Path, Serve(form, "127.0.0.1:7"));
        string line = await server.Lines.WaitForAsync(line => line.StartsWith("Bridge ", StringComparison.Ordinal), "the bridge line");
        await using RunningProgram near = networks.StartNear(PlaitProgram.Path, Connect(form, line, $"unix:{At("near")}"));
        await TunnelPair.ListensAsync(near);
        using Socket before = await DialAsync();
        await SaysAsync(before);

        await networks.CutAsync();
        await TunnelPair.RefusedAsync(new UnixDomainSocketEndPoint(At("near")));
        await near.ErrorLines.WaitForAsync(said => said.Contains("outside connection: unreachable", StringComparison.Ordinal), "the reason");
        await networks.MendAsync();
        await SaysAsync(before);
        using Socket later = await DialAsync();
        await SaysAsync(later);

        Task<Socket> DialAsync() => TunnelPair.DialAsync(new UnixDomainSocketEndPoint(At("near")));

        static async Task SaysAsync(Socket socket)
        {
            await socket.WriteAllAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await socket.ReadExactlyAsync(5).Within("the echo"));
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string[] Serve(TunnelForm form, string service) =>
        ["serve", .. Plaitrc(form), "--chain", TunnelPair.Chain, "--listen", $"{TwoNetworks.FarAddress}:{Port}", "--forward", service, "--state", At("state")];

    private string[] Connect(TunnelForm form, string line, string place) => ["connect", .. Plaitrc(form), "--bridge", line, "--listen", place];

    private string[] Plaitrc(TunnelForm form)
    {
        if (form == TunnelForm.InProcess)
        {
            return [];
        }

        File.WriteAllText(At("plaitrc"), Victims.Plaitrc);
        return ["-f", At("plaitrc")];
    }

    /// <summary>A key and a certificate for it, which the other side knows by its fingerprint.</summary>
    private string Certify(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(At($"{name}.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(At($"{name}.key"), key.ExportPkcs8PrivateKeyPem());
        return string.Join(':', SHA256.HashData(certificate.RawData).Select(each => each.ToString("X2", CultureInfo.InvariantCulture)));
    }

    /// <summary>tun(4), which OpenVPN needs: made as the kernel has it (Documentation/networking/tuntap.rst). Without it there is no such test.</summary>
    private void RequireTunnelDevice()
    {
        const string device = "/dev/net/tun";
        if (!File.Exists(device))
        {
            using var made = System.Diagnostics.Process.Start("/bin/sh", ["-c", $"mkdir -p /dev/net && mknod {device} c 10 200"]);
            made.WaitForExit();
        }

        try
        {
            File.Open(device, FileMode.Open, FileAccess.ReadWrite).Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            output.WriteLine(e.Message);
            Assert.Skip($"{device} is missing, and OpenVPN needs it: {e.Message}");
        }
    }
}
