using Plait.Fuzz.Engine;
using Plait.Wire.Arguments;

namespace Plait.Fuzz.Wire;

/// <summary>One text, read as arguments in SOCKS credentials, in an SMETHOD line, and as words of torrc.</summary>
internal sealed class ArgumentsTarget : FuzzTarget
{
    private delegate bool Parse(string text, out PtArguments arguments, out string? error);

    internal override string Name => "arguments";

    internal override string Invariant =>
        "what is read is written and read back as the same, in each of the three forms; a second reader written another way "
        + "agrees; an error repeats no value";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "key=value", "k=", "=v", ";", ",", "\\;", "\\,", "\\=", "\\\\", "\\", "=", "==", "a\\=b=c", " ", "\n", "\xc3\xa9", "\x00"
    ];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        string client = Form(text, ';', PtArguments.TryParseClient, arguments => arguments.FormatClient());
        string server = Form(text, ',', PtArguments.TryParseServer, arguments => arguments.FormatServer());
        return Behaviour.Of(client, server, Words(text));
    }

    private static string Form(string text, char separator, Parse parse, Func<PtArguments, string> format)
    {
        bool read = parse(text, out PtArguments arguments, out string? error);
        List<(string Key, string Value)>? expected = SplitArguments.Read(text, separator);
        Check.Equal(expected is not null, read, "whether it can be read, as a second reader says");
        Check.That(read == (error is null), "arguments or an error");
        if (!read)
        {
            Check.That(arguments.Count == 0, "what is wrong leaves nothing");
            Check.OneLine(error!, "the error");
            return Behaviour.Words(error);
        }

        Check.That(
            expected!.SequenceEqual(arguments.Select(argument => (argument.Key, argument.Value))),
            "the arguments, as a second reader says");
        string written = format(arguments);
        Check.That(parse(written, out PtArguments again, out _) && again.Equals(arguments), "what is written is read back");
        return Behaviour.Of(arguments.Count, written == text ? "same" : "other");
    }

    private static string Words(string text)
    {
        string[] words = text.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        bool read = PtArguments.TryParseWords(words, out PtArguments arguments, out string? error);
        Check.Equal(words.All(word => word.IndexOf('=', StringComparison.Ordinal) > 0), read, "words are key=value");
        Check.That(
            !read || arguments.Select(argument => $"{argument.Key}={argument.Value}").SequenceEqual(words),
            "words stay as they are");
        return Behaviour.Words(error);
    }
}
