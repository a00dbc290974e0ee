using Plait.Fuzz.Engine;
using Plait.Processes;
using Plait.Wire.Pt.Messages;

namespace Plait.Fuzz.Processes;

/// <summary>
/// What a child says while it runs: lines of stderr, and of stdout those that are messages. An '@' stands for an address.
/// </summary>
internal sealed class ChildWordsTarget : FuzzTarget
{
    private const string Address = " 198.51.100.77:9001 ";
    private const string Beginning = "198.51";
    private const int Most = (3 * 200) + (2 * 3); // lines, and what joins them

    internal override string Name => "child-words";

    internal override string Invariant => "a few lines are kept, each cut, and of an address not even its beginning";

    internal override int MaxLength => 8192;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "@", "\n", "LOG SEVERITY=warning MESSAGE=\"", "LOG SEVERITY=debug MESSAGE=x", "STATUS TRANSPORT=obfs4 CONNECT=",
        "ADDRESS=", "FINGERPRINT=", "TYPE=version ", "\"", "\\", "=",
        "dial tcp ", "ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ab ", "key=", "[", "]", ":", "\xc3\xa9", " / ", "\x00", "panic: ", "goroutine 1 [running]:", "\t/main.go:7", "error",
    ];

    internal override string Run(byte[] input)
    {
        var words = new ChildWords(TimeProvider.System, new());
        int messages = 0;
        foreach (string line in Text.Of(input).Replace("@", Address, StringComparison.Ordinal).Split('\n'))
        {
            PtMessage message = PtMessage.Parse(line);
            if (message is LogMessage or StatusMessage)
            {
                messages++;
                words.Add(message);
            }
            else
            {
                words.Add(line);
            }
        }

        string last = words.Lately.ToString();
        string end = words.OfEnd.ToString();
        bool besides = Text.Of(input).Contains(Beginning, StringComparison.Ordinal);
        Check.That(
            besides || !(last + end).Contains(Beginning, StringComparison.Ordinal), "of an address not even its beginning is kept");
        Check.That(last.Length <= Most && end.Length <= Most, "what is kept has an end");
        Check.That(last.Length == 0 || end.Length > 0, "what was said last explains an end if nothing better does");
        return Behaviour.Of(messages, last.Length, end.Length, last.Split("[scrubbed]").Length);
    }
}
