using System.Net;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Wire.Torrc;

/// <summary>torrc's <c>Bridge [NAME] ADDR[:PORT] [FINGERPRINT] [k=v ...]</c> (N15 to N20). <see cref="BridgeLineReader"/> reads it.</summary>
/// <param name="Transport">The transport or alias, or null for a bridge without one.</param>
/// <param name="Address">The target that tor hands to the transport (S8).</param>
/// <param name="Fingerprint">
/// 40 hex digits as written, or null. tor never passes it to a PT; an argument may repeat it (D8).
/// </param>
/// <param name="Arguments">The arguments, in order.</param>
public sealed record BridgeLine(string? Transport, IPEndPoint Address, string? Fingerprint, PtArguments Arguments)
{
    /// <summary>Most bytes that all arguments may have in their SOCKS form: two RFC 1929 fields (N19).</summary>
    public const int MaxArgumentLength = SocksLimits.MaxArgumentLength;

    /// <summary>Bytes of all arguments in their SOCKS form; tor refuses a line with more than <see cref="MaxArgumentLength"/>.</summary>
    public int ArgumentLength => Encoding.UTF8.GetByteCount(Arguments.FormatClient());

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
}
