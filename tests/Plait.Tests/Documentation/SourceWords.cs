using System.Text.RegularExpressions;

namespace Plait.Tests.Documentation;

/// <summary>The names in the sources, read as text: the tests know no list of types.</summary>
internal static partial class SourceWords
{
    // Types by name, with the code of the files that declare them.
    private static readonly ILookup<string, string> s_types;
    private static readonly HashSet<string> s_words;

    static SourceWords()
    {
        string[] code = [.. Repository.Texts.Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).Select(CodeOf)];
        string[] projects = [.. Repository.Texts.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Select(Repository.Read)];
        s_types = code
            .SelectMany(text => Declaration().Matches(text).Select(match => (Name: match.Groups[1].Value, Text: text)))
            .ToLookup(each => each.Name, each => each.Text);
        s_words = [.. code.Concat(projects).SelectMany(text => Word().Matches(text)).Select(match => match.Value)];
    }

    /// <summary>
    /// Whether the sources know <c>Type</c>, <c>Type.Member</c>, or another name (of a member, of .NET, a word of a plaitrc or a torrc).
    /// A member of a type of ours has to be declared where the type is.
    /// </summary>
    public static bool Know(string name)
    {
        string[] parts = name.Split('.');
        return s_types.Contains(parts[0])
            ? parts.Skip(1).All(member => s_types[parts[0]].Any(text => Declares(text, member)))
            : parts.All(s_words.Contains);
    }

    // "Type Name", as a declaration has it, or a line that begins with the name, as in an enumeration.
    private static bool Declares(string code, string member) =>
        Regex.IsMatch(code, $@"(?:^\s*|(?<!\b(?:return|await|new|throw|is|as|case))(?<=[\w>\]?)])[ ]+){member}\b(?!\s*\.)", RegexOptions.Multiline);

    /// <summary>The file without comments, and the texts in quotes only in src: there they are words that Plait reads and writes.</summary>
    private static string CodeOf(string file)
    {
        bool isSource = file.StartsWith("src/", StringComparison.Ordinal);
        return CommentOrText().Replace(Repository.Read(file), match => isSource && !match.Value.StartsWith('/') ? match.Value : " ");
    }

    [GeneratedRegex("""
        //[^\n]*|/\*[\s\S]*?\*/|\"{3}[\s\S]*?\"{3}|@"(?:[^"]|"")*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'
        """)]
    private static partial Regex CommentOrText();

    [GeneratedRegex(@"\b(?:class|struct|interface|enum|record|delegate [\w<>\[\]?]+) ([A-Z]\w*)")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
