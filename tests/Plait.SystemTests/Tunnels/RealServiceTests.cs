using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Packaging;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Tunnels;

/// <summary>Programs that people use, through a tunnel over obfs3|obfs4. PLAIT_CONTROLS=1 makes the files 100 MiB long.</summary>
public sealed class RealServiceTests(ITestOutputHelper output) : IDisposable
{
    private static readonly int s_mebibytes = Environment.GetEnvironmentVariable("PLAIT_CONTROLS") == "1" ? 100 : 4;

    private readonly string _folder = Directory.CreateTempSubdirectory("plait-services-").FullName;

    /// <summary>nginx logs the address that the PROXY header names: the one from which the client came to the far end.</summary>
    [Theory]
    [EachForm("1")]
    [EachForm("2")]
    public async Task Nginx_WithProxyProtocol_ServesCurl_AndLogsTheTrueClient(TunnelForm form, string version)
    {
        IPEndPoint web = FreePorts.TakeEndPoint();
        await using RunningProgram server = StartNginx(web, $"listen {web} proxy_protocol; set_real_ip_from 127.0.0.0/8; real_ip_header proxy_protocol;");
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", web.ToString(), "--proxy-protocol", version);
        const string client = "127.7.7.7"; // not one of this machine's usual ones

        await GetFromAsync(pair, client);

        Assert.Equal($"{client} {client} 200", Assert.Single(await LoggedAsync(1)));
    }

    /// <summary>
    /// nginx knows nothing of PROXY headers. It sees each client under an address of its own, and the table says whose that is.
    /// </summary>
    [Theory]
    [EachForm]
    public async Task Nginx_WithAClientTable_SeesEachClientUnderAnAddress_ThatTheTableNames(TunnelForm form)
    {
        IPEndPoint web = FreePorts.TakeEndPoint();
        await using RunningProgram server = StartNginx(web, $"listen {web};");
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", web.ToString(), "--client-table", At("clients"));

        await GetFromAsync(pair, "127.7.7.7");
        await GetFromAsync(pair, "127.7.7.8");
        await GetFromAsync(pair, "127.7.7.7");

        string[] seen = [.. (await LoggedAsync(3)).Select(line => line.Split(' ')[1])];
        Dictionary<string, string> clients = File.ReadLines(At("clients")).Skip(1).Select(line => line.Split(' ')).ToDictionary(line => line[0], line => line[1]);
        Assert.Equal(["127.7.7.7", "127.7.7.8", "127.7.7.7"], seen.Select(source => clients[source]));
        Assert.Equal(2, clients.Count);
        pair.Far.Terminate();
        Assert.Equal(0, await pair.Far.WaitForExitAsync());
        Assert.Single(File.ReadLines(At("clients"))); // nothing of them is left
    }

    [Theory]
    [EachForm]
    public async Task Ssh_ByProxyCommandAndForwardedPort_RunsAndCopies(TunnelForm form)
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
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", address.ToString());
        string declared = form == TunnelForm.Programs ? File.ReadAllText(pair.PathOf("plaitrc")) : "";
        File.WriteAllText(At("plaitrc"), $"{declared}Tunnel shell connect --bridge \"{pair.BridgeLine}\" --listen -\n");
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

    /// <summary>Two connections side by side: one for control, and one that is measured, either way.</summary>
    [Theory]
    [EachForm]
    public async Task Iperf3_BothWays_MovesBytes(TunnelForm form)
    {
        string iperf3 = Programs.Require("iperf3");
        IPEndPoint address = FreePorts.TakeEndPoint();
        string port = address.Port.ToString(CultureInfo.InvariantCulture);
        await using RunningProgram server = RunningProgram.Start(iperf3, ["-s", "-B", "127.0.0.1", "-p", port, "--forceflush"]);
        await server.Lines.WaitForAsync(line => line.StartsWith("Server listening", StringComparison.Ordinal), "iperf3 listens");
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", address.ToString());
        (RunningProgram near, IPEndPoint place) = await pair.ListenAsync();
        await using RunningProgram closed = near;
        string[] words = ["-c", "127.0.0.1", "-p", place.Port.ToString(CultureInfo.InvariantCulture), "-n", $"{s_mebibytes}M", "-J"];

        foreach (string[] direction in new string[][] { [], ["-R"] })
        {
            using var report = JsonDocument.Parse(string.Join('\n', await Tool.RunAsync(iperf3, [.. words, .. direction])));
            JsonElement received = report.RootElement.GetProperty("end").GetProperty("sum_received");
            Assert.True(received.GetProperty("bytes").GetDouble() > 0);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{form} {string.Concat(direction)}: {received.GetProperty("bits_per_second").GetDouble() / 1e6:0} Mbit/s"));
        }
    }

    /// <summary>An application names the service by which it is known at the far end, and curl leaves the name to the proxy.</summary>
    [Theory]
    [EachForm]
    public async Task Curl_ByItsSocksOption_ReachesSeveralServicesByName(TunnelForm form)
    {
        string curl = Programs.Require("curl");
        IPEndPoint first = FreePorts.TakeEndPoint(), second = FreePorts.TakeEndPoint();
        await using RunningProgram server = StartNginx(first, $"listen {first}; listen {second}; location = /port {{ return 200 $server_port; }}");
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", $"web={first}", "--forward", $"wiki={second}");
        (RunningProgram near, IPEndPoint place) = await pair.ListenAsync("--socks");
        await using RunningProgram closed = near;
        string[] words = ["-sS", "--fail", "--socks5-hostname", place.ToString()];

        Assert.Equal([$"{first.Port}"], await Tool.RunAsync(curl, [.. words, "http://web/port"]));
        Assert.Equal([$"{second.Port}"], await Tool.RunAsync(curl, [.. words, "http://wiki:8080/port"])); // the port means nothing
        await Tool.RunAsync(curl, [.. words, "-o", At("got"), "http://web/blob"]);
        Assert.Equal(Hash(At("blob")), Hash(At("got")));
        await using RunningProgram other = RunningProgram.Start(curl, [.. words, "http://example/"]);
        Assert.Equal(97, await other.WaitForExitAsync()); // CURLE_PROXY
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    /// <summary>nginx with a file of random bytes, blob; its log has the PROXY header's client and the address that it takes for the client's.</summary>
    private RunningProgram StartNginx(IPEndPoint address, string server)
    {
        string nginx = Programs.Require("nginx");
        RandomFile("blob");
        File.WriteAllText(At("nginx.conf"), string.Create(CultureInfo.InvariantCulture, $$"""
            daemon off; pid {{At("nginx.pid")}}; error_log {{At("error.log")}}; user root;
            events { }
            http {
              client_body_temp_path {{At("b")}}; proxy_temp_path {{At("p")}}; fastcgi_temp_path {{At("f")}}; uwsgi_temp_path {{At("u")}}; scgi_temp_path {{At("s")}};
              log_format client '$proxy_protocol_addr $remote_addr $status';
              server { {{server}} access_log {{At("access.log")}} client; root {{_folder}}; }
            }
            """));
        return RunningProgram.Start(nginx, ["-c", At("nginx.conf"), "-e", At("error.log")]);
    }

    /// <summary>Fetches the blob through a near end whose connections reach the far end from an address.</summary>
    private async Task GetFromAsync(TunnelPair pair, string client)
    {
        string curl = Programs.Require("curl");
        await using SourceAddressForwarder forwarder = SourceAddressForwarder.Start(pair.FarAddress, IPAddress.Parse(client));
        string[] words = [.. pair.Words("--listen", "unix:" + At("near"))
            .Select(word => word.Replace(pair.FarAddress.ToString(), forwarder.EndPoint.ToString(), StringComparison.Ordinal))];
        await using RunningProgram near = RunningProgram.Start(PlaitProgram.Path, words);
        await TunnelPair.ListensAsync(near);
        await Deadline.PollAsync(() => File.Exists(At("nginx.pid")) ? "up" : null, "nginx is up");

        await Tool.RunAsync(curl, ["-sS", "--fail", "--unix-socket", At("near"), "-o", At("got"), "http://web/blob"]);

        Assert.Equal(Hash(At("blob")), Hash(At("got")));
        near.Terminate();
        Assert.Equal(0, await near.WaitForExitAsync());
    }

    private Task<string[]> LoggedAsync(int count) => Deadline.PollAsync(
        () => File.ReadAllLines(At("access.log")) is var lines && lines.Length >= count ? lines : null, $"the access log has {count} lines");

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
