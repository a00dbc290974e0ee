using System.Net;
using System.Net.NetworkInformation;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Surroundings;

/// <summary>One start in a surrounding: a state directory of its own, a user of its own if need be, and how both are spelled.</summary>
[SupportedOSPlatform("linux")]
internal sealed class Place : IDisposable
{
    private static readonly string[] LibraryFolders = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("plait-place-");

    private readonly Dictionary<string, string> _words;

    public Place(string plait)
    {
        OpenTo.Everybody(_folder.FullName);
        State = _folder.CreateSubdirectory("state").FullName;
        OpenTo.Writers(State);
        _words = new()
        {
            ["{state}"] = State,
            ["{plait}"] = plait,
            ["{obfs4proxy}"] = Programs.Require("obfs4proxy"),
            ["{loader}"] = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "/lib/ld-linux-aarch64.so.1" : "/lib64/ld-linux-x86-64.so.2",
            ["{user}"] = Confine.NextUser(),
        };
    }

    /// <summary>What the transport in the surrounding is given as its state location.</summary>
    public string State { get; }

    /// <summary>The options of a surrounding, with the words for this start.</summary>
    public string[] OptionsOf(Surrounding surrounding) =>
    [
        .. surrounding.Options.SelectMany(option => option == "{no-openssl}"
            ? OpenSslLibraries().SelectMany(file => (string[])["--hide", file])
            : [_words.Aggregate(option, (text, word) => text.Replace(word.Key, word.Value, StringComparison.Ordinal))]),
    ];

    /// <summary>
    /// Waits until a bridge listens at an address, and reads the arguments of obfs4's clients where its server wrote them down: it may
    /// be unable to announce them.
    /// </summary>
    public async Task<string[]> BridgeArgumentsAsync(IPEndPoint address)
    {
        await Deadline.PollAsync(
            () => IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Contains(address) ? "listens" : null, "the bridge listens");
        string file = Directory.EnumerateFiles(State, "obfs4_bridgeline.txt", SearchOption.AllDirectories).First();
        string line = File.ReadLines(file).Single(line => line.StartsWith("Bridge ", StringComparison.Ordinal));
        return [.. line.Split(' ').Where(word => word.Contains('=', StringComparison.Ordinal))];
    }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Every file of OpenSSL's libraries, links resolved.</summary>
    private static IEnumerable<string> OpenSslLibraries() => LibraryFolders
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "lib*.so*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1 }))
        .Where(file => Path.GetFileName(file) is var name && (name.StartsWith("libssl.", StringComparison.Ordinal) || name.StartsWith("libcrypto.", StringComparison.Ordinal)))
        .Select(file => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(file))
        .Distinct();
}
