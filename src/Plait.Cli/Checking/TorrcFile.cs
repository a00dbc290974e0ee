using System.IO.Enumeration;
using Plait.Configuration;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>An option of a torrc, and where it stands.</summary>
/// <param name="At">The file, which may be an included one, and the line.</param>
/// <param name="Line">The option.</param>
internal sealed record TorrcOption(SourceLine At, TorrcLine Line);

/// <summary>A torrc on disk, with the files that it includes, read as tor reads them.</summary>
/// <param name="findings">Gets what is wrong with the form of lines, and with files that cannot be included.</param>
internal sealed class TorrcFile(List<Finding> findings)
{
    private const int MaxDepth = 31; // MAX_INCLUDE_RECURSION_LEVEL of tor
    private const int MaxFiles = 1000; // far beyond any real torrc (G6)

    private const char ByteOrderMark = '\uFEFF';

    private readonly List<TorrcOption> _options = [];
    private readonly Dictionary<string, string> _names = [];
    private int _files;

    /// <summary>Reads a torrc.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="findings">As of the constructor.</param>
    /// <param name="error">Why it cannot be read, or null.</param>
    /// <returns>Its options in tor's order.</returns>
    internal static IReadOnlyList<TorrcOption> Read(string path, List<Finding> findings, out string? error)
    {
        var file = new TorrcFile(findings);
        error = file.TryRead(path, depth: 0);
        return file._options;
    }

    private string? TryRead(string path, int depth)
    {
        if (!BoundedFile.TryRead(path, "torrc", depth == 0 ? "--torrc" : "%include", out string? text, out string? error))
        {
            return error;
        }

        _files++;
        string name = NameOf(path);
        if (text.StartsWith(ByteOrderMark)) // of UTF-8 or UTF-16
        {
            findings.Add(Finding.Problem(
                new(name, 1), "the file starts with a byte order mark, and tor does not start with it", "Save the file as UTF-8 without a byte order mark."));
        }

        foreach (TorrcLine line in TorrcReader.Read(text.TrimStart(ByteOrderMark)))
        {
            var at = new SourceLine(name, line.Number);
            if (FaultOf(line) is var (what, instead))
            {
                findings.Add(Finding.Problem(at, what, instead));
            }

            if (line.Keyword == "%include")
            {
                Include(at, line.Value, depth + 1);
            }
            else
            {
                _options.Add(new(at, line));
            }
        }

        return null;
    }

    private void Include(SourceLine at, string pattern, int depth)
    {
        if (depth > MaxDepth || _files >= MaxFiles)
        {
            findings.Add(Finding.Problem(at, "%include: too many files include each other", "Let no file include itself."));
            return;
        }

        try
        {
            foreach (string path in FilesOf(pattern))
            {
                if (TryRead(path, depth) is { } error)
                {
                    findings.Add(Finding.Problem(at, $"%include: {error}", "tor does not start without it: correct the path, or remove the line."));
                }
            }
        }
        catch (Exception e) when (DiskErrors.IsOne(e))
        {
            findings.Add(Finding.Problem(at, $"%include: {e.Message}", "Correct the path, or remove the line."));
        }
    }

    /// <summary>The file's name alone, unless another file of the same name was read before it.</summary>
    private string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        string whole = Path.GetFullPath(path);
        return _names.TryAdd(name, whole) || _names[name] == whole ? name : whole;
    }

    /// <summary>A file; the files of a folder; both for each path that a pattern matches, which may be none.</summary>
    private static IEnumerable<string> FilesOf(string pattern) =>
        !IsPattern(pattern) ? Directory.Exists(pattern) ? FilesIn(pattern) : [pattern]
        : Matches(Path.GetFullPath(pattern)).Order(StringComparer.Ordinal).SelectMany(path => Directory.Exists(path) ? FilesIn(path) : [path]);

    private static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    /// <summary>What exists on a path whose parts may be patterns.</summary>
    private static IEnumerable<string> Matches(string pattern)
    {
        IEnumerable<string> found = ["/"];
        foreach (string part in pattern.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            found = IsPattern(part)
                ? found.Where(Directory.Exists).SelectMany(folder => Visible(Directory.EnumerateFileSystemEntries(folder), part))
                : found.Select(folder => Path.Combine(folder, part)).Where(Path.Exists);
        }

        return found;
    }

    private static IEnumerable<string> FilesIn(string folder) => Visible(Directory.EnumerateFiles(folder), "*").Order(StringComparer.Ordinal);

    /// <summary>Names that begin with a dot are passed over.</summary>
    private static IEnumerable<string> Visible(IEnumerable<string> paths, string pattern) => paths
        .Where(path => Path.GetFileName(path) is var name && !name.StartsWith('.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));

    private static (string What, string Instead)? FaultOf(TorrcLine line)
    {
        string keyword = TransportName.IsValid(line.Keyword.TrimStart('%')) ? line.Keyword : "this line"; // else it may be anything (G5)
        return line.Fault switch
        {
            TorrcFault.QuoteOpen => ($"{keyword}: a quote is opened and not closed, and tor does not start", "Remove the quote."),
            TorrcFault.WrongEscape => (
                $"{keyword}: in quotes a backslash starts an escape, tor does not know this one, and does not start", @"Remove the quotes, or write \\ for a backslash."),
            TorrcFault.AfterQuotes => (
                $"{keyword}: only a value that stands in quotes as a whole may begin with one, and tor does not start", "Remove the quotes."),
            TorrcFault.CarriageReturn => (
                $"{keyword}: a backslash before CR LF does not continue the line", "Save the file with LF line ends, or write the line as one."),
            _ => null,
        };
    }
}
