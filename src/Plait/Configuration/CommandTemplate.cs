using System.Text;
using Plait.Wire.Hints;

namespace Plait.Configuration;

/// <summary>A place in a command line that is filled in when the program is started.</summary>
internal enum TemplateWord
{
    /// <summary>Where it is to listen, as <c>ADDR:PORT</c>, IPv6 in brackets.</summary>
    Listen,

    /// <summary>The address alone, without brackets.</summary>
    ListenHost,

    /// <summary>The port alone.</summary>
    ListenPort,

    /// <summary>Where it is to connect to, as <c>ADDR:PORT</c>.</summary>
    Target,

    /// <summary>The address or host name alone.</summary>
    TargetHost,

    /// <summary>The port alone.</summary>
    TargetPort,

    /// <summary>A directory of its own.</summary>
    State,

    /// <summary>The value of an argument: <c>{arg:KEY}</c>.</summary>
    Argument,
}

/// <summary>
/// The arguments of a program with places to fill in: <c>TCP-LISTEN:{listen-port},bind={listen-host}</c>. <c>{{</c> stands for a brace.
/// </summary>
internal sealed class CommandTemplate
{
    private const string ArgumentPrefix = "arg:";

    private static readonly Dictionary<string, TemplateWord> s_words = new(StringComparer.Ordinal)
    {
        ["listen"] = TemplateWord.Listen,
        ["listen-host"] = TemplateWord.ListenHost,
        ["listen-port"] = TemplateWord.ListenPort,
        ["target"] = TemplateWord.Target,
        ["target-host"] = TemplateWord.TargetHost,
        ["target-port"] = TemplateWord.TargetPort,
        ["state"] = TemplateWord.State,
    };

    private readonly IReadOnlyList<IReadOnlyList<Part>> _arguments;

    private CommandTemplate(IReadOnlyList<IReadOnlyList<Part>> arguments) => _arguments = arguments;

    /// <summary>The keys of the arguments that it takes, each once.</summary>
    internal IReadOnlyList<string> ArgumentKeys =>
        [.. Parts.Where(part => part.Word == TemplateWord.Argument).Select(part => part.Text).Distinct()];

    /// <summary>Whether it says where to listen.</summary>
    internal bool NamesListener => Has(TemplateWord.Listen) || Has(TemplateWord.ListenPort);

    /// <summary>Whether it says where to connect to.</summary>
    internal bool NamesTarget => Has(TemplateWord.Target) || (Has(TemplateWord.TargetHost) && Has(TemplateWord.TargetPort));

    /// <summary>Whether any part of the target stands in it.</summary>
    internal bool MentionsTarget => Has(TemplateWord.Target) || Has(TemplateWord.TargetHost) || Has(TemplateWord.TargetPort);

    /// <summary>Whether the program has a directory.</summary>
    internal bool HasState => Has(TemplateWord.State);

    private IEnumerable<Part> Parts => _arguments.SelectMany(argument => argument);

    /// <summary>Reads the arguments of a plugin line.</summary>
    /// <param name="arguments">As they stand in the file, quotes already removed.</param>
    /// <param name="template">The template; null after an error.</param>
    /// <param name="error">What is wrong and what to write instead; null on success.</param>
    internal static bool TryParse(
        IEnumerable<string> arguments,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out CommandTemplate? template,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out TemplateError? error)
    {
        template = null;
        var all = new List<IReadOnlyList<Part>>();
        foreach (string argument in arguments)
        {
            if (!TryParse(argument, out List<Part> parts, out TemplateError? wrong))
            {
                error = wrong!;
                return false;
            }

            all.Add(parts);
        }

        error = null;
        template = new(all);
        return true;
    }

    /// <summary>The arguments with their places filled in.</summary>
    /// <param name="valueOf">The text for a place; the second parameter is the key of an argument, else empty.</param>
    internal string[] Fill(Func<TemplateWord, string, string> valueOf) => [.. _arguments.Select(argument =>
        string.Concat(argument.Select(part => part.Word is { } word ? valueOf(word, word == TemplateWord.Argument ? part.Text : "") : part.Text)))];

    /// <summary>
    /// The place from which a filled-in argument has a dash at its beginning; null if there is none. The dashes of the file are wanted.
    /// </summary>
    /// <param name="valueOf">As for <see cref="Fill"/>.</param>
    internal TemplateWord? FilledInDash(Func<TemplateWord, string, string> valueOf)
    {
        foreach (IReadOnlyList<Part> argument in _arguments)
        {
            foreach (Part part in argument)
            {
                string text = part.Word is { } word ? valueOf(word, part.Text) : part.Text;
                if (text.Length > 0)
                {
                    if (text[0] == '-' && part.Word is not null)
                    {
                        return part.Word;
                    }

                    break;
                }
            }
        }

        return null;
    }

    private bool Has(TemplateWord word) => Parts.Any(part => part.Word == word);

    private static bool TryParse(string argument, out List<Part> parts, out TemplateError? error)
    {
        parts = [];
        error = null;
        var literal = new StringBuilder();
        for (int i = 0; i < argument.Length; i++)
        {
            if (argument[i] != '{')
            {
                literal.Append(argument[i]);
                continue;
            }

            if (i + 1 < argument.Length && argument[i + 1] == '{')
            {
                literal.Append(argument[i++]);
                continue;
            }

            int end = argument.IndexOf('}', i);
            if (end < 0)
            {
                error = new("has a { that is not closed", "Write {{ for a brace that the program is to get.");
                return false;
            }

            if (!TryParseWord(argument[(i + 1)..end], out Part part, out error))
            {
                return false;
            }

            parts.Add(new(null, literal.ToString()));
            parts.Add(part);
            literal.Clear();
            i = end;
        }

        parts.Add(new(null, literal.ToString()));
        return true;
    }

    private static bool TryParseWord(string text, out Part part, out TemplateError? error)
    {
        error = null;
        if (s_words.TryGetValue(text, out TemplateWord word))
        {
            part = new(word, "");
            return true;
        }

        part = new(TemplateWord.Argument, text.StartsWith(ArgumentPrefix, StringComparison.Ordinal) ? text[ArgumentPrefix.Length..] : "");
        if (part.Text.Length > 0)
        {
            return true;
        }

        string known = string.Join(", ", s_words.Keys.Select(each => $"{{{each}}}"));
        string instead = ClosestWord.Find(text, s_words.Keys) is { Count: > 0 } closest
            ? $"Did you mean {string.Join(" or ", closest.Select(each => $"{{{each}}}"))}?"
            : $"Write one of {known} and {{arg:KEY}}, or {{{{ for a brace that the program is to get.";
        error = new($"has a word {QuotedName.Name(text)} in braces that is not known", instead);
        return false;
    }

    /// <param name="Word">What stands here; null for the text itself.</param>
    /// <param name="Text">The text, or the key of an argument.</param>
    private readonly record struct Part(TemplateWord? Word, string Text);
}

/// <summary>What is wrong with a template.</summary>
/// <param name="What">A predicate, whose subject is the line.</param>
/// <param name="Instead">A sentence.</param>
internal sealed record TemplateError(string What, string Instead);
