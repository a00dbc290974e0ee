using System.Globalization;
using System.Net;
using System.Text;
using Plait.Diagnostics.Secrecy;
using Plait.Fuzz.Engine;

namespace Plait.Fuzz.Diagnostics;

/// <summary>
/// A text of others on its way into a log. The first five bytes make an address, a value or a token that is planted into
/// the text after them, at the first NUL or at its end.
/// </summary>
internal sealed class ScrubberTarget : FuzzTarget
{
    private const int HeadLength = 5;

    internal override string Name => "scrubber";

    internal override string Invariant =>
        "an address, a value or a long token that stands in the text by itself is not in the result, whatever is around it; "
        + "scrubbed again it stays the same";

    internal override int MaxLength => 65536; // a child's longest line

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        "\x00", "dial tcp ", ": ", "->", "(", ")", "[", "]", "k=", "=", "\"", ";", ",", "http://", "cert=", "192.0.2.7", ":443",
        "2001:db8::7", "::", "fe80::1%eth0", " ", "\n", "\t", ".", "/", "%",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "12:34:56", "0.0.14", "[scrubbed]", "-", "_", "\xc3\xa9", "'",
    ];

    internal override string Run(byte[] input)
    {
        if (input.Length < HeadLength)
        {
            return "";
        }

        (string kind, string planted, string secret) = Plant(input.AsSpan(0, HeadLength));
        string around = Text.Of(input.AsSpan(HeadLength));
        int at = around.IndexOf('\0', StringComparison.Ordinal);
        string before = at < 0 ? around : around[..at];
        string after = at < 0 ? "" : around[(at + 1)..];
        var scrubber = new Scrubber();
        string scrubbed = scrubber.Scrub($"{before} {planted} {after}").ToString();

        // A quote left open in front would make of the planted ones something else.
        bool quotes = before.Contains('"', StringComparison.Ordinal) && planted.Contains('"', StringComparison.Ordinal);
        bool besides = quotes || before.Contains(secret, StringComparison.Ordinal) || after.Contains(secret, StringComparison.Ordinal);
        Check.That(besides || !scrubbed.Contains(secret, StringComparison.Ordinal), $"what is planted is gone ({kind})");
        Check.Equal(scrubbed, scrubber.Scrub(scrubbed).ToString(), "scrubbed again it stays the same");
        return Behaviour.Of(kind, scrubbed.Split("[scrubbed]").Length, scrubbed.Length > before.Length + after.Length);
    }

    private static (string Kind, string Planted, string Secret) Plant(ReadOnlySpan<byte> head)
    {
        var v4 = new IPAddress(head[1..]);
        byte[] wide = [0x20, 0x01, 0x0d, 0xb8, .. new byte[6], head[1], head[2], 0, 0, head[3], head[4]];
        var v6 = new IPAddress(wide);
        string port = (head[1] * head[2]).ToString(CultureInfo.InvariantCulture);
        string token = Convert.ToHexString([.. head, .. head, .. head, .. head]);
        return (head[0] % 9) switch
        {
            0 => ("v4", $"{v4}", $"{v4}"),
            1 => ("v4 and port", $"{v4}:{port}", $"{v4}"),
            2 => ("v6", $"{v6}", $"{v6}"),
            3 => ("v6 and port", $"[{v6}]:{port}", $"{v6}"),
            4 => ("value", $"key={token[..12]}", token[..12]),
            5 => ("quoted value", $"key=\"a {token[..12]}\"", token[..12]),
            6 => ("value after a quote", $"key=\"\"{token[..12]}", token[..12]),
            7 => ("value with an escaped quote", $"key=\"a\\\" {token[..12]}\"", token[..12]),
            _ => ("token", token, token),
        };
    }
}
