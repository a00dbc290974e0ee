using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Prober;

/// <summary>
/// A bridge that is probed: obfs4proxy alone, or Plait with obfs4proxy at the wire. It listens on both families, and tor's place has a double.
/// </summary>
internal sealed class Suspect : IAsyncDisposable
{
    /// <summary>Plait's words for what would take a minute otherwise.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    // A seed gives one close delay, the same on every bridge that has it (R11, O4-39): 2 s and 36 s, on top of the 30 s
    // for a handshake. So what ends at the wire does so after 32 s, and what ends at an inner hop after the watch is over.
    private const string ShortDelay = "s12";
    private const string LongDelay = "drbg";

    private readonly string _folder;
    private readonly string _program;
    private readonly PtLaunch _launch;

    private Suspect(string folder, string program, PtLaunch launch, ExtOrPortDouble tor, int port)
    {
        (_folder, _program, _launch, Tor, Port) = (folder, program, launch, tor, port);
        Bridge = PtHost.Start(launch);
    }

    /// <summary>The transport, or the chain.</summary>
    public string Name => _launch.Names[0];

    /// <summary>The process.</summary>
    public PtHost Bridge { get; }

    /// <summary>The bridge's tor.</summary>
    public ExtOrPortDouble Tor { get; }

    /// <summary>Where it listens, on all addresses.</summary>
    public int Port { get; }

    /// <summary>obfs4proxy alone.</summary>
    /// <param name="transport">The transport.</param>
    /// <param name="service">What stands behind the bridge's tor; an echo unless given.</param>
    /// <param name="seed">The name of obfs4's seed.</param>
    public static Suspect Alone(string transport, Func<Socket, CancellationToken, Task>? service = null, string seed = ShortDelay) =>
        Start(transport, Options(transport, "", seed), service, program => (program, []));

    /// <summary>Plait with a chain; its last hop is at the wire.</summary>
    /// <param name="chain">Its hops, joined by an underscore.</param>
    /// <param name="service">What stands behind the bridge's tor; an echo unless given.</param>
    /// <param name="more">More lines of the plaitrc.</param>
    public static Suspect Plait(string chain, Func<Socket, CancellationToken, Task>? service = null, params string[] more)
    {
        string[] hops = chain.Split('_');
        string options = string.Join(';', hops.Select((hop, i) => hop == "obfs4"
            ? Options(chain, $"x-chain-{i}-", i == hops.Length - 1 ? ShortDelay : LongDelay)
            : "").Where(option => option.Length > 0));
        return Start(chain, options, service, program =>
        {
            string plaitrc = Path.Combine(Path.GetDirectoryName(program)!, "plaitrc");
            File.WriteAllLines(plaitrc,
            [
                $"ServerTransportPlugin obfs2,obfs3,obfs4 exec {program}",
                $"ClientTransportPlugin obfs2,obfs3,obfs4 exec {program}",
                string.Create(CultureInfo.InvariantCulture, $"LingerTimeout {Linger.TotalSeconds} seconds"),
                .. more,
            ]);
            return (PlaitProgram.Path, ["-f", plaitrc]);
        });
    }

    /// <summary>Plait with a transport of its own, and no program.</summary>
    /// <inheritdoc cref="Alone"/>
    public static Suspect Inside(string transport, Func<Socket, CancellationToken, Task>? service = null, string seed = ShortDelay) =>
        Start(transport, Options(transport, "", seed), service, program =>
        {
            string plaitrc = Path.Combine(Path.GetDirectoryName(program)!, "plaitrc");
            File.WriteAllText(plaitrc, string.Create(CultureInfo.InvariantCulture, $"LingerTimeout {Linger.TotalSeconds} seconds\n"));
            return (PlaitProgram.Path, ["-f", plaitrc]);
        });

    /// <summary>Where it is met by connections of a family.</summary>
    public IPEndPoint At(AddressFamily family) =>
        new(family == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback, Port);

    /// <summary>A genuine client of it.</summary>
    public PtHost StartClient() => PtHost.StartClient(_launch.Program, [.. _launch.Arguments], Name);

    /// <summary>Kills obfs4proxy, and takes its file away, so that it stays down.</summary>
    public async Task TakeDownAsync()
    {
        int[] doomed = [.. ProcessTree.Descendants(Bridge.Program.Id).Prepend(Bridge.Program.Id).Where(IsTheProgram)];
        Assert.NotEmpty(doomed);
        File.Delete(_program);
        foreach (int id in doomed)
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }

        await ProcessTree.WaitUntilGoneAsync(doomed);
        if (_launch.Program == PlaitProgram.Path)
        {
            await Deadline.PollAsync( // a moment later
                () => Bridge.Lines.Snapshot().Count(line => line.Contains("ended with signal 9", StringComparison.Ordinal)) >= doomed.Length ? "all" : null, "Plait has noticed");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Bridge.DisposeAsync();
        await Tor.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static Suspect Start(
        string name, string options, Func<Socket, CancellationToken, Task>? service, Func<string, (string Program, string[] Arguments)> command)
    {
        string folder = Directory.CreateTempSubdirectory("plait-suspect-").FullName;
        string program = Path.Combine(folder, "obfs4proxy");
        File.Copy(Programs.Require("obfs4proxy"), program);
        (string path, string[] arguments) = command(program);
        ExtOrPortDouble tor = ExtOrPortDouble.Start(service: service);
        int port = FreePorts.Take();
        return new(folder, program, new()
        {
            Program = path,
            Arguments = arguments,
            Names = [name],
            IsServer = true,
            ExtendedOrPort = tor,
            BindAddresses = new Dictionary<string, string> { [name] = $"[::]:{port}" },
            Options = options.Length > 0 ? options : null,
        }, tor, port);
    }

    /// <summary>An identity of obfs4 whose seed is that of a name.</summary>
    private static string Options(string name, string prefix, string seed)
    {
        string identity = Hex("node", 20);
        return name == "obfs4" || prefix.Length > 0
            ? $"{name}:{prefix}node-id={identity};{name}:{prefix}private-key={Hex("identity", 32)};{name}:{prefix}drbg-seed={Hex(seed, 24)}"
            : "";

        static string Hex(string text, int length) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)).AsSpan(0, length));
    }

    private bool IsTheProgram(int id) => new FileInfo($"/proc/{id}/exe").LinkTarget == _program;
}
