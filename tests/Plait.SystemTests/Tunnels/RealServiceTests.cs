using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Tunnels;

/// <summary>Programs that people use, through a tunnel over obfs3|obfs4.</summary>
public sealed class RealServiceTests : IDisposable
{
    private static readonly int s_mebibytes = Environment.GetEnvironmentVariable("PLAIT_CONTROLS") == "1" ? 100 : 2;

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-services-").FullName;

    /// <summary>nginx logs the address that the PROXY header names: the one from which the client came to the far end.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Nginx_WithProxyProtocol_ServesCurl_AndLogsTheTrueClient(string version)
    {
        string nginx = Programs.Require("nginx"), curl = Programs.Require("curl");
        IPEndPoint web = FreePorts.TakeEndPoint();
        string blob = RandomFile("blob"), log = At("access.log");
        File.WriteAllText(At("nginx.conf"), string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off; pid {{At("nginx.pid")}}; error_log {{At("error.log")}}; user root;
            events { }
            http {
              client_body_temp_path {{At("b")}}; proxy_temp_path {{At("p")}}; fastcgi_temp_path {{At("f")}}; uwsgi_temp_path {{At("u")}}; scgi_temp_path {{At("s")}};
              log_format client '$proxy_protocol_addr $remote_addr $status';
              server { listen {{web}} proxy_protocol; set_real_ip_from 127.0.0.0/8; real_ip_header proxy_protocol; access_log {{log}} client; root {{_folder}}; }
            }
            """));
        await using RunningProgram server = RunningProgram.Start(nginx, ["-c", At("nginx.conf"), "-e", At("error.log")]);
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", web.ToString(), "--proxy-protocol", version);

        // The client's address is not one of this machine's usual ones.
        const string client = "127.7.7.7";
        await using SourceAddressForwarder forwarder = SourceAddressForwarder.Start(pair.FarAddress, IPAddress.Parse(client));
        await using RunningProgram near = await pair.ConnectAsync("--listen", "unix:" + At("near"), "--name", "web");
        await using RunningProgram away = RunningProgram.Start(
            PlaitProgram.Path, ["connect", "--bridge", pair.BridgeLine.Replace(pair.FarAddress.ToString(), forwarder.EndPoint.ToString(),
                StringComparison.Ordinal), "--listen", "unix:" + At("away")]);
        await away.Lines.WaitForAsync(line => line.Contains(" listens at ", StringComparison.Ordinal), "the near end listens");

        await Deadline.PollAsync(() => File.Exists(At("nginx.pid")) ? "up" : null, "nginx is up");
        await Tool.RunAsync(curl, ["-sS", "--fail", "--unix-socket", At("away"), "-o", At("got"), "http://web/blob"]);

        Assert.Equal(Hash(blob), Hash(At("got")));
        string line = await Deadline.PollAsync(() => File.ReadLines(log).FirstOrDefault(), "the access log has a line");
        Assert.Equal($"{client} {client} 200", line);
    }

    [Fact]
    public async Task Ssh_ByProxyCommandAndForwardedPort_RunsAndCopies()
    {
        string sshd = Programs.Require("sshd"), ssh = Programs.Require("ssh"), scp = Programs.Require("scp");
        string keygen = Programs.Require("ssh-keygen");
        IPEndPoint address = FreePorts.TakeEndPoint();
        foreach (string key in new[] { "host", "user" })
        {
            await Tool.RunAsync(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", At(key)]);
        }

        File.Copy(At("user.pub"), At("authorized"));
        File.WriteAllText(At("sshd_config"), string.Create(CultureInfo.InvariantCulture, $"""
            ListenAddress {address}
            HostKey {At("host")}
            AuthorizedKeysFile {At("authorized")}
            PidFile {At("sshd.pid")}
            StrictModes no
            UsePAM no
            PermitRootLogin yes
            Subsystem sftp internal-sftp
            """));
        Directory.CreateDirectory("/run/sshd"); // its privilege separation
        await using RunningProgram server = RunningProgram.Start(sshd, ["-D", "-e", "-f", At("sshd_config")]);
        await server.ErrorLines.WaitForAsync(line => line.Contains("Server listening", StringComparison.Ordinal), "sshd listens");
        await using TunnelPair pair = await TunnelPair.ServeAsync("--forward", address.ToString());
        File.WriteAllText(At("plaitrc"),
            $"ClientTransportPlugin obfs3,obfs4 exec obfs4proxy\nTunnel shell connect --bridge \"{pair.BridgeLine}\" --listen -\n");
        string[] options =
        [
            "-F", "none", "-i", At("user"), "-o", "StrictHostKeyChecking=no", "-o", $"UserKnownHostsFile={At("known")}", "-o", "BatchMode=yes",
            "-o", $"ProxyCommand={PlaitProgram.Path} connect -f {At("plaitrc")} --name shell",
        ];
        string user = Environment.UserName;

        Assert.Equal(["through the tunnel"], await Tool.RunAsync(ssh, [.. options, $"{user}@far", "echo through the tunnel"]));

        string blob = RandomFile("blob");
        await Tool.RunAsync(scp, [.. options, blob, $"{user}@far:{At("copied")}"]);
        Assert.Equal(Hash(blob), Hash(At("copied")));

        (RunningProgram near, IPEndPoint port) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        await Tool.RunAsync(scp, [
            .. options[..^2], "-P", port.Port.ToString(CultureInfo.InvariantCulture), $"{user}@{port.Address}:{At("copied")}", At("back")]);
        Assert.Equal(Hash(blob), Hash(At("back")));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private string RandomFile(string name)
    {
        byte[] bytes = new byte[s_mebibytes << 20];
        new Random(2).NextBytes(bytes);
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    private static string Hash(string file)
    {
        using FileStream bytes = File.OpenRead(file);
        return Convert.ToHexString(SHA256.HashData(bytes));
    }
}
