using Plait.Fuzz.Engine;
using Plait.Wire.Arguments;
using Plait.Wire.Sip003;

namespace Plait.Fuzz.Wire;

/// <summary>The options that a plugin of Shadowsocks gets.</summary>
internal sealed class Sip003OptionsTarget : FuzzTarget
{
    internal override string Name => "sip003-options";

    internal override string Invariant => "what is read is written and read back as the same; an error repeats no value";

    internal override IReadOnlyList<string> Tokens { get; } =
        ["obfs=http", "tls", "server", ";", ";;", "=", "==", "\\;", "\\=", "\\\\", "\\", "a\\=b=c", " ", "\n", "\xc3\xa9", "\x00"];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        bool read = Sip003Options.TryParse(text, out PtArguments options, out string? error);
        Check.That(read == (error is null), "options or an error");
        if (!read)
        {
            Check.That(options.Count == 0, "what is wrong leaves nothing");
            Check.OneLine(error!, "the error");
            return Behaviour.Words(error);
        }

        string written = Sip003Options.Format(options);
        Check.That(Sip003Options.TryParse(written, out PtArguments again, out _) && again.Equals(options), "what is written is read back");
        return Behaviour.Of(options.Count, written == text ? "same" : "other");
    }
}
