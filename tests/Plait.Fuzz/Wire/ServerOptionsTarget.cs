using Plait.Fuzz.Engine;
using Plait.Wire.Arguments;
using Plait.Wire.Pt.Environments;

namespace Plait.Fuzz.Wire;

/// <summary>TOR_PT_SERVER_TRANSPORT_OPTIONS.</summary>
internal sealed class ServerOptionsTarget : FuzzTarget
{
    internal override string Name => "server-options";

    internal override string Invariant =>
        "what is read is written and read back as the same; a second reader written another way agrees";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "t:k=v", "t1:k=v;t2:k=v", ":", ";", "=", "\\", "\\:", "\\;", "\\=", "\\\\", "t:", "obfs4:secret-key=", "k=v", "\xc3\xa9"
    ];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        bool read = ServerTransportOptions.TryParse(text, out IReadOnlyDictionary<string, PtArguments> options, out string? error);
        List<(string Name, string Key, string Value)>? expected = SplitArguments.ReadOptions(text);
        Check.Equal(expected is not null, read, "whether it can be read, as a second reader says");
        Check.That(read == (error is null) && (read || options.Count == 0), "options or an error");
        if (!read)
        {
            Check.OneLine(error!, "the error");
            return Behaviour.Words(error);
        }

        foreach ((string name, PtArguments arguments) in options)
        {
            Check.That(
                expected!.Where(option => option.Name == name).Select(option => (option.Key, option.Value))
                    .SequenceEqual(arguments.Select(argument => (argument.Key, argument.Value))),
                "the options of a name, as a second reader says");
        }

        string written = ServerTransportOptions.Format(options);
        Check.That(ServerTransportOptions.TryParse(written, out IReadOnlyDictionary<string, PtArguments> again, out _)
            && again.Count == options.Count && options.All(pair => again[pair.Key].Equals(pair.Value)), "what is written is read back");
        return Behaviour.Of(options.Count, expected!.Count, written == text ? "same" : "other");
    }
}
