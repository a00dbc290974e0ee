using System.Text.RegularExpressions;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.TorNet;

/// <summary>A bridge of the network, and what it publishes and sees.</summary>
internal sealed partial class TorBridge : IAsyncDisposable
{
    // Seen: 8 to 13 s after the start.
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
    public IReadOnlyList<string> UserAddressesSeen => Matches(UserAddressLine(), "address");

    /// <summary>The TRANSPORT of every client that tor counted, in order.</summary>
    public IReadOnlyList<string> TransportsSeen => Matches(SeenClientLine(), "transport");

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
    public Task<string> TransportLineAsync(string name) => Tor.PollAsync(
        () => PublishedLines().LastOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal)),
        $"transport {name} in the bridge's extra-info", PublishTimeout);

    /// <summary>Waits until tor has taken a USERADDR so often.</summary>
    public async Task<IReadOnlyList<string>> WaitForUserAddressesAsync(int count)
    {
        await Tor.Log.WaitForAsync(_ => UserAddressesSeen.Count >= count, $"{count} USERADDR at the bridge");
        return UserAddressesSeen;
    }

    public async ValueTask DisposeAsync()
    {
        await Control.DisposeAsync();
        await Tor.DisposeAsync();
    }

    private string[] Matches(Regex line, string group) =>
        [.. Tor.Log.Snapshot().Select(l => line.Match(l)).Where(m => m.Success).Select(m => m.Groups[group].Value)];

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

    [GeneratedRegex(@"Seen client from '.*' with transport '(?<transport>.*)'")]
    private static partial Regex SeenClientLine();
}
