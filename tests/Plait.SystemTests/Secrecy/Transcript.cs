using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Secrecy;

/// <summary>A line that Plait said, and where.</summary>
/// <param name="Source">A stream of the program, or the event of a log inside this process.</param>
/// <param name="Text">The line.</param>
internal readonly record struct Said(string Source, string Text);

/// <summary>
/// Everything that one Plait says: the lines of the published program, or the log of a host in this process, down to the
/// last detail. It is searched for addresses, and for the secrets in use, when its test ends, and once more when all have
/// ended (<see cref="SecrecyCheck"/>, <see cref="SecrecySearch"/>).
/// </summary>
internal sealed partial class Transcript
{
    private static readonly ConcurrentQueue<Transcript> s_all = new();

    // Help is fixed text, and its examples show addresses.
    private static readonly Lazy<HashSet<string>> s_help = new(() =>
        [.. Directory.EnumerateFiles(Path.Combine(PlaitProgram.RepositoryRoot, "tests", "Plait.SystemTests", "Program", "golden"))
            .SelectMany(File.ReadLines)]);

    private readonly ConcurrentQueue<Said> _lines = new();
    private readonly bool _isUnsafe;

    /// <param name="isUnsafe">The configuration says SafeLogging 0: nothing is kept back.</param>
    public Transcript(bool isUnsafe)
    {
        _isUnsafe = isUnsafe;
        Test = TestContext.Current.Test?.TestDisplayName ?? "between tests";
    }

    /// <summary>Every one that has begun.</summary>
    public static IReadOnlyCollection<Transcript> All => [.. s_all];

    /// <summary>The test that started the Plait.</summary>
    public string Test { get; }

    /// <summary>How many lines there are.</summary>
    public int Count => _lines.Count;

    /// <summary>Begins one that will be searched.</summary>
    public static Transcript Begin(bool isUnsafe = false)
    {
        var transcript = new Transcript(isUnsafe);
        s_all.Enqueue(transcript);
        return transcript;
    }

    /// <summary>Keeps a line.</summary>
    public void Add(string source, string text) => _lines.Enqueue(new(source, text));

    /// <summary>
    /// Each line that holds a secret or an address, with what it is, and without it. The lines by which tor learns where a
    /// method listens and what its clients need have to carry both (M18, M21), and are left out; so are the bridge line that the far end of a
    /// tunnel prints, the line of a near end that shows where it listens, and that of the demo with the address tor was told, one of its own
    /// loopback.
    /// </summary>
    public IReadOnlyList<string> Leaks() => _isUnsafe
        ? []
        : [.. from line in _lines
            where line.Source != "stdout"
                || !(AskedFor().IsMatch(line.Text) || line.Text.TrimStart().StartsWith("tor's place ", StringComparison.Ordinal))
            where !s_help.Value.Contains(line.Text)
            let leak = FirstLeak(line.Text)
            where leak is not null
            select $"{Test}: {line.Source}: {leak}"];

    private static string? FirstLeak(string text)
    {
        foreach ((string secret, string kind) in SecretsInUse.All)
        {
            if (text.Contains(secret, StringComparison.OrdinalIgnoreCase))
            {
                return $"{kind}: {text.Replace(secret, "###", StringComparison.OrdinalIgnoreCase)}";
            }
        }

        Match? address = AddressLike().Matches(text).FirstOrDefault(match => IsAddress(match.Value));
        return address is null ? null : $"an address: {text.Replace(address.Value, "###", StringComparison.Ordinal)}";
    }

    // Not the scrubber's expression: what that one misses is to be found here.
    private static bool IsAddress(string text)
    {
        string trimmed = text.Trim('.', ':', '[', ']');
        string host = trimmed.Contains("]:", StringComparison.Ordinal) ? trimmed[..trimmed.IndexOf(']', StringComparison.Ordinal)]
            : trimmed.Count(c => c == ':') == 1 ? trimmed[..trimmed.IndexOf(':', StringComparison.Ordinal)]
            : trimmed;
        bool hasForm = host.Count(c => c == '.') == 3 || host.Contains(':', StringComparison.Ordinal); // a port alone is a number, and no address
        return (hasForm && IPAddress.TryParse(host, out _)) || (text.Count(c => c == ':') > 1 && IPAddress.TryParse(text.Trim('.', '[', ']'), out _));
    }

    [GeneratedRegex(@"(?<!\w)[0-9A-Fa-f:.\[\]]{3,}(?!\w)", RegexOptions.CultureInvariant)]
    private static partial Regex AddressLike();

    [GeneratedRegex(@"^[CS]METHOD |^Bridge \w+ |^\w+: [\w|]+ listens at \S+$", RegexOptions.CultureInvariant)]
    private static partial Regex AskedFor();
}
