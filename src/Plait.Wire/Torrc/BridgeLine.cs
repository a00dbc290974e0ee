using System.Net;
using System.Text;
using Plait.Wire.Addresses;
using Plait.Wire.Arguments;

namespace Plait.Wire.Torrc;

/// <summary>torrc's <c>Bridge [NAME] ADDR[:PORT] [FINGERPRINT] [k=v ...]</c> (N15 to N20). <see cref="BridgeLineReader"/> reads it.</summary>
/// <param name="Transport">The transport or alias, or null for a bridge without one.</param>
/// <param name="Address">The target that tor gives to the transport (S8).</param>
/// <param name="Fingerprint">
/// 40 hex digits as written, or null. tor never gives it to a PT, but an argument may repeat it (D8).
/// </param>
/// <param name="Arguments">The arguments, in order.</param>
public sealed record BridgeLine(string? Transport, IPEndPoint Address, string? Fingerprint, PtArguments Arguments)
{
    /// <summary>Longest SOCKS form of all arguments, in bytes: two RFC 1929 fields (N19).</summary>
    public const int MaxArgumentLength = SocksLimits.MaxArgumentLength;

    /// <summary>Length of the SOCKS form of all arguments, in bytes. tor rejects a line above <see cref="MaxArgumentLength"/>.</summary>
    public int ArgumentLength => Encoding.UTF8.GetByteCount(Arguments.FormatClient());

    /// <summary>Writes the line for torrc, with the leading word <c>Bridge</c>.</summary>
    /// <exception cref="InvalidOperationException">
    /// An argument holds a blank, or a key holds an <c>=</c>: torrc cannot express that.
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

    /// <summary>The transport: the address is a secret (G5).</summary>
    public override string ToString() => $"bridge over {Transport ?? "no transport"}";
}
