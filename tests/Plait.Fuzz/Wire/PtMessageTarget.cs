using Plait.Fuzz.Engine;
using Plait.Wire.Pt.Messages;

namespace Plait.Fuzz.Wire;

/// <summary>A line of a child.</summary>
internal sealed class PtMessageTarget : FuzzTarget
{
    internal override string Name => "pt-message";

    internal override string Invariant =>
        "a line is a known message, a wrong one with a reason in one line, or unknown; a known one is written in one line of "
        + "ASCII, and that is read back as itself";

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "VERSION 1", "VERSION-ERROR no-version", "ENV-ERROR ", "PROXY DONE", "PROXY-ERROR ",
        "CMETHOD obfs4 socks5 127.0.0.1:1080", "CMETHOD-ERROR obfs4 ", "CMETHODS DONE",
        "SMETHOD obfs4 127.0.0.1:1080 ARGS:", "cert=abc,iat-mode=0", "SMETHOD-ERROR obfs4 ", "SMETHODS DONE",
        "LOG SEVERITY=notice MESSAGE=", "STATUS TRANSPORT=obfs4 ", "TYPE=version ",
        "\"", "\\", "\\\"", "\\303\\251", "\\x41", "\\n", "=", " ", "\t", "\r", "\x0b", "\x00", "\xc3\xa9", "socks4 ",
        "[2001:db8::1]:443", "DONE",
    ];

    internal override string Run(byte[] input)
    {
        string line = Text.SplitLine(Text.Of(input)).First;
        PtMessage message = PtMessage.Parse(line);
        switch (message)
        {
            case UnknownMessage unknown:
                Check.OneLine(unknown.Keyword, "an unknown keyword");
                Check.That(unknown.Keyword.Length <= 64, "an unknown keyword is short");
                return Behaviour.Of("unknown", unknown.Keyword.Length > 0);
            case MalformedMessage malformed:
                Check.OneLine(malformed.Reason, "a reason");
                return Behaviour.Of(malformed.Keyword, ReasonOf(malformed.Reason));
        }

        string written = message.Format();
        Check.OneLine(written, "what is written");
        Check.That(written.Length <= line.Length + 64 + (4 * line.Length), "what is written is about as long as what was read");
        PtMessage again = PtMessage.Parse(written);
        Check.That(
            again.GetType() == message.GetType(),
            $"what is written is a message of the same kind: {again.GetType().Name} for {message.GetType().Name}");
        Check.Equal(written, again.Format(), "what is written, read, and written again");
        return Behaviour.Of(message, again.Equals(message), message is StatusMessage status ? status.Values.Count : "");
    }

    /// <summary>A reason may name a key.</summary>
    private static string ReasonOf(string reason) =>
        reason.StartsWith("the value of", StringComparison.Ordinal) ? "the value of a key" : Behaviour.Words(reason);
}
