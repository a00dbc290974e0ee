using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Plait.Wire.Tests.Torrc;

/// <summary>A case of broken.cases: a bridge line, what is found in it, and the mended line.</summary>
/// <remarks>
/// <code>
/// === its name
/// $ the line
/// > mended or left, the finding
/// &lt; the mended line; none if it is left to a person
/// </code>
/// <c>{cert}</c> and <c>{fp}</c> stand for a cert and a fingerprint, <c>{cert1}</c> and <c>{cert2}</c> for the halves of the cert, <c>\u00A0</c>,
/// <c>\r</c>, <c>\n</c> and <c>\t</c> for characters that an editor does not show. A backslash before another character is one.
/// </remarks>
internal sealed partial record BrokenLineCase(string Name, string Line, IReadOnlyList<string> Findings, string? Mended)
{
    internal const string Cert = "VF6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg"; // of a vector (9.3)
    internal const string Fingerprint = "0123456789ABCDEF0123456789ABCDEF01234567";

    internal static IReadOnlyList<BrokenLineCase> All { get; } = Read();

    private static List<BrokenLineCase> Read([CallerFilePath] string here = "") =>
        [.. File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "broken.cases")).Split("=== ").Skip(1).Select(Parse)];

    private static BrokenLineCase Parse(string text)
    {
        string[] lines = text.Split('\n');
        return new(
            lines[0],
            Filled(lines.Single(line => line.StartsWith("$ ", StringComparison.Ordinal))[2..]),
            [.. lines.Where(line => line.StartsWith("> ", StringComparison.Ordinal)).Select(line => line[2..])],
            lines.FirstOrDefault(line => line.StartsWith("< ", StringComparison.Ordinal)) is { } mended ? Filled(mended[2..]) : null);
    }

    private static string Filled(string text) => Escape().Replace(
        text.Replace("{cert}", Cert, StringComparison.Ordinal).Replace("{cert1}", Cert[..35], StringComparison.Ordinal)
            .Replace("{cert2}", Cert[35..], StringComparison.Ordinal).Replace("{fp}", Fingerprint, StringComparison.Ordinal),
        match => match.Value switch
        {
            @"\r" => "\r",
            @"\n" => "\n",
            @"\t" => "\t",
            _ => ((char)Convert.ToInt32(match.Groups["code"].Value, 16)).ToString(),
        });

    [GeneratedRegex(@"\\u(?<code>[0-9A-F]{4})|\\r|\\n|\\t")]
    private static partial Regex Escape();
}
