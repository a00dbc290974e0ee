using System.Text.RegularExpressions;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet;

/// <summary>A client in the bridge's statistics.</summary>
/// <param name="Address">Its address, without a port.</param>
/// <param name="Transport">The TRANSPORT that the Extended ORPort was given.</param>
internal sealed record SeenClient(string Address, string Transport);

/// <summary>A bridge of the network, and what it publishes and sees.</summary>
internal sealed partial class TorBridge : IAsyncDisposable
{
    // Seen: a few seconds.
    private static readonly TimeSpan PublishTimeout = TimeSpan.FromSeconds(90);

    private readonly string _authorityDirectory;

    private TorBridge(TorProcess tor, TorControl control, string fingerprint, string authorityDirectory)
    {
        Tor = tor;
        Control = control;
        Fingerprint = fingerprint;
        _authorityDirectory = authorityDirectory;
    }

    /// <summary>The process and its log.</summary>
    public TorProcess Tor { get; }

    /// <summary>Who is connected, and how much each moved.</summary>
    public TorControl Control { get; }

    /// <summary>Its identity, 40 hex digits.</summary>
    public string Fingerprint { get; }

    /// <summary>The address of every USERADDR that tor took, in order.</summary>
    public IReadOnlyList<string> UserAddressesSeen => [.. Matches(UserAddressLine()).Select(m => m.Groups["address"].Value)];

    /// <summary>Every client that tor counted as come by a transport, in order. Other relays come without.</summary>
    public IReadOnlyList<SeenClient> ClientsSeen =>
    [
        .. Matches(SeenClientLine()).Select(m => new SeenClient(m.Groups["address"].Value, m.Groups["transport"].Value))
            .Where(client => client.Transport != "<no transport>"),
    ];

    /// <summary>Starts a bridge and waits until tor has its keys and its control port.</summary>
    /// <param name="torrc">A torrc with <see cref="Torrc.Controlled"/>.</param>
    /// <param name="authorityDirectory">The data directory of the bridge authority.</param>
    public static async Task<TorBridge> StartAsync(Torrc torrc, string authorityDirectory)
    {
        TorProcess tor = TorProcess.Start(torrc, detailed: true);
        try
        {
            string path = Path.Combine(torrc.DataDirectory, "fingerprint");
            string text = await tor.PollAsync(
                () => File.Exists(path) && File.ReadAllText(path) is { Length: > 0 } content ? content : null, "a fingerprint");
            return new(tor, await TorControl.ConnectAsync(torrc.ControlPortFile), text.Trim().Split(' ')[1], authorityDirectory);
        }
        catch
        {
            await tor.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits for the transport's line in the extra-info that the bridge authority keeps.</summary>
    /// <returns><c>NAME ADDR</c> and, if there are any, a blank and the arguments.</returns>
    public async Task<string> TransportLineAsync(string name)
    {
        await Tor.WaitForLogAsync($"Registered server transport '{name}'");

        // The first descriptor is out before the transports are up, and the next waits for the test of reachability, some
        // 30 s. A change of what stands in it has tor publish it again at once.
        await Control.CommandAsync($"SETCONF ContactInfo={name}");
        return await Tor.PollAsync(
            () => PublishedLines().LastOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal)),
            $"transport {name} in the bridge's extra-info", PublishTimeout);
    }

    /// <summary>Waits until tor's log tells that it has taken a USERADDR.</summary>
    public Task WaitForUserAddressAsync(string address) =>
        Tor.Log.WaitForAsync(_ => UserAddressesSeen.Contains(address), "the client's USERADDR at the bridge");

    /// <summary>Waits until tor's log tells that it has counted a client.</summary>
    public Task WaitForClientAsync(Predicate<SeenClient> fits) => Tor.Log.WaitForAsync(_ => ClientsSeen.Any(client => fits(client)), "the client in the bridge's statistics");

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync();
        await Tor.DisposeAsync();
    }

    private IEnumerable<Match> Matches(Regex line) => Tor.Log.Select(l => line.Match(l)).Where(m => m.Success);

    private IEnumerable<string> PublishedLines()
    {
        bool ours = false;
        foreach (string line in new[] { "cached-extrainfo", "cached-extrainfo.new" }.SelectMany(ReadLines))
        {
            string[] words = line.Split(' ', 2);
            if (words[0] == "extra-info")
            {
                ours = line.EndsWith(Fingerprint, StringComparison.Ordinal);
            }
            else if (ours && words[0] == "transport")
            {
                yield return words[1];
            }
        }
    }

    private string[] ReadLines(string name)
    {
        string path = Path.Combine(_authorityDirectory, name);
        return File.Exists(path) ? File.ReadAllLines(path) : [];
    }

    [GeneratedRegex(@"Received USERADDR\.\s*We rewrite our address from '.*' to '(?<address>.*)'")]
    private static partial Regex UserAddressLine();

    [GeneratedRegex(@"Seen client from '(?<address>.*)' with transport '(?<transport>.*)'")]
    private static partial Regex SeenClientLine();
}
