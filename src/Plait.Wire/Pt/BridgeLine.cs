using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Plait.Wire.Pt;

/// <summary>torrc's <c>Bridge [NAME] ADDR[:PORT] [FINGERPRINT] [k=v ...]</c> (N15 to N20).</summary>
/// <param name="Transport">The transport or alias, or null for a bridge without one.</param>
/// <param name="Address">The target that tor hands to the transport (S8).</param>
/// <param name="Fingerprint">
/// 40 hex digits as written, or null. tor never passes it to a PT; an argument may repeat it (D8).
/// </param>
/// <param name="Arguments">The arguments, in order.</param>
public sealed record BridgeLine(string? Transport, IPEndPoint Address, string? Fingerprint, PtArguments Arguments)
{
    /// <summary>Most bytes that all arguments may have in their SOCKS form: two RFC 1929 fields (N19).</summary>
    public const int MaxArgumentLength = 510;

    private const int DefaultPort = 443; // N15
    private const int FingerprintLength = 40; // N16

    /// <summary>Reads a bridge line as tor does, with or without the leading word <c>Bridge</c>.</summary>
    /// <param name="line">One line, without a comment.</param>
    /// <param name="bridge">The bridge, or null after an error.</param>
    /// <param name="error">What is wrong and what to write, without any address or value; null on success.</param>
    public static bool TryParse(string line, [NotNullWhen(true)] out BridgeLine? bridge, out string? error)
    {
        bridge = null;
        ReadOnlySpan<string> words = line.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words is [var first, ..] && first.Equals("Bridge", StringComparison.OrdinalIgnoreCase))
        {
            words = words[1..];
        }

        string? transport = words is [var name, ..] && TransportName.IsValid(name) ? name : null;
        words = transport is null ? words : words[1..];
        if (words.IsEmpty || !TryParseAddress(words[0], out IPEndPoint? address))
        {
            error = "the bridge's address is missing or wrong: write an IP address (IPv6 in brackets) and a port from 1 to 65535";
            return false;
        }

        words = words[1..];
        string? fingerprint = words is [var word, ..] && IsFingerprint(word) ? word : null;
        words = fingerprint is null ? words : words[1..];
        error = ReadArguments(words, out PtArguments arguments);
        bridge = error is null ? new(transport, address, fingerprint, arguments) : null;
        return error is null;
    }

    /// <summary>Writes the line for torrc, with the leading word.</summary>
    /// <exception cref="InvalidOperationException">
    /// An argument holds a blank, or a key an <c>=</c>: torrc cannot express it.
    /// </exception>
    public string Format()
    {
        var line = new StringBuilder("Bridge ");
        line.Append(Transport is null ? "" : Transport + " ").Append(AddressText.Format(Address));
        line.Append(Fingerprint is null ? "" : " " + Fingerprint);
        foreach (PtArgument argument in Arguments)
        {
            if ($"{argument.Key}{argument.Value}".Any(char.IsWhiteSpace) || argument.Key.Contains('=', StringComparison.Ordinal))
            {
                throw new InvalidOperationException("A bridge argument cannot hold a blank, nor its key an '='.");
            }

            line.Append(' ').Append(argument.Key).Append('=').Append(argument.Value);
        }

        return line.ToString();
    }

    /// <summary>The transport alone: a bridge's address is a secret (G5).</summary>
    public override string ToString() => $"bridge over {Transport ?? "no transport"}";

    private static bool TryParseAddress(string text, [NotNullWhen(true)] out IPEndPoint? address)
    {
        if (AddressText.TryParse(text, out address))
        {
            return address.Port != 0;
        }

        // Without a port an IPv6 address still needs its brackets, or its last group would be one.
        bool bare = text.StartsWith('[') || !text.Contains(':', StringComparison.Ordinal);
        address = bare && AddressText.TryParseAddress(text, out IPAddress? ip) ? new(ip, DefaultPort) : null;
        return address is not null;
    }

    private static bool IsFingerprint(string word) => word.Length == FingerprintLength && word.All(char.IsAsciiHexDigit);

    private static string? ReadArguments(ReadOnlySpan<string> words, out PtArguments arguments)
    {
        if (!PtArguments.TryParseWords(words.ToArray(), out arguments, out string? error))
        {
            return $"{error}; a fingerprint is {FingerprintLength} hex digits and stands before the arguments";
        }

        int length = Encoding.UTF8.GetByteCount(arguments.FormatClient());
        return length <= MaxArgumentLength
            ? null
            : $"the arguments need {length} bytes and tor carries {MaxArgumentLength}: move some to a profile";
    }
}
