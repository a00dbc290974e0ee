using System.Text.RegularExpressions;
using Plait.Cli;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Libraries;

namespace Plait.SystemTests.Checking;

/// <summary>A case of the files *.cases beside this one: what is checked, and what is said of it.</summary>
/// <remarks>
/// <code>
/// === its name
/// $ the words after "plait check"; quotes group
/// | NAME       what follows is a file of this name
/// > a line of stderr; " ..." at its end: only its beginning is compared
/// &lt; a line of stdout; where there is none, stdout is not compared
/// </code>
/// <c>\u00A0</c> and <c>\r</c> stand for characters that an editor does not show. <c>{dir}</c> is the folder of the files, <c>{here}</c> the current one,
/// <c>{pt}</c> the dummy transport, <c>{mask}</c> the sample of a .NET transport, <c>{usual}</c> the plaitrc of a user.
/// </remarks>
internal sealed partial record CheckCase(
    string Name, string[] Words, IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Errors, IReadOnlyList<string> Output)
{
    /// <summary>The cases of a file.</summary>
    public static List<CheckCase> Read(string file) =>
        [.. File.ReadAllText(PathOf(file)).Split("=== ").Skip(1).Select(Parse)];

    /// <summary>The names of the cases of a file.</summary>
    public static IEnumerable<string> Names(string file) => Read(file).Select(one => one.Name);

    /// <summary>A text with the test's own paths in the place of their names, and with characters in the place of escapes.</summary>
    public static string Filled(string text, string folder) => Escape().Replace(
        text.Replace("{dir}", folder, StringComparison.Ordinal).Replace("{pt}", Programs.DummyTransport, StringComparison.Ordinal)
            .Replace("{mask}", CompiledLibraries.Assembly, StringComparison.Ordinal),
        match => match.Value == @"\r" ? "\r" : ((char)Convert.ToInt32(match.Groups["code"].Value, 16)).ToString());

    /// <summary>What was said, with names in the place of the test's own paths and of times.</summary>
    public static string Named(string text, string folder) => Time().Replace(text, " N ms")
        .Replace(folder, "{dir}", StringComparison.Ordinal).Replace(Programs.DummyTransport, "{pt}", StringComparison.Ordinal)
        .Replace(CompiledLibraries.Assembly, "{mask}", StringComparison.Ordinal)
        .Replace(ConfigurationFile.UsualPlaces[0], "{usual}", StringComparison.Ordinal)
        .Replace(Environment.CurrentDirectory, "{here}", StringComparison.Ordinal);

    private static string PathOf(string file) => Path.Combine(PlaitProgram.RepositoryRoot, "tests", "Plait.SystemTests", "Checking", file);

    private static CheckCase Parse(string text)
    {
        string[] lines = text.Split('\n');
        var files = new Dictionary<string, string>();
        string? current = null;
        string[] words = [];
        var errors = new List<string>();
        var output = new List<string>();
        foreach (string line in lines.Skip(1))
        {
            switch (line)
            {
                case ['$', ' ', ..]:
                    words = [.. Word().Matches(line[2..]).Select(match => match.Value.Trim('\''))];
                    break;
                case ['|', ' ', .. var name]:
                    files[current = name] = "";
                    break;
                case ['>', ' ', .. var said]:
                    current = null;
                    errors.Add(said);
                    break;
                case ['<', ..]:
                    current = null;
                    output.Add(line.Length > 2 ? line[2..] : "");
                    break;
                default:
                    if (current is not null)
                    {
                        files[current] += line + "\n";
                    }

                    break;
            }
        }

        return new(lines[0], words, files, errors, output);
    }

    [GeneratedRegex(@" +\d+ ms(?![a-z])")]
    private static partial Regex Time();

    [GeneratedRegex(@"'[^']*'|\S+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\\u(?<code>[0-9A-F]{4})|\\r")]
    private static partial Regex Escape();
}
