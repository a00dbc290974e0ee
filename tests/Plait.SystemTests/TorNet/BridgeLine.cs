using System.Net;

namespace Plait.SystemTests.TorNet;

/// <summary>From what a bridge publishes to what a user pastes.</summary>
internal static class BridgeLine
{
    /// <summary>
    /// <c>NAME ADDR k=v,k=v</c> becomes <c>Bridge NAME ADDR FP k=v k=v</c>. Split at every comma and nothing unescaped,
    /// as the tools that hand out bridge lines do (M37).
    /// </summary>
    /// <param name="transportLine">A transport line of an extra-info document, with or without its keyword.</param>
    /// <param name="fingerprint">The bridge's identity.</param>
    /// <param name="via">In place of the published address.</param>
    public static string FromTransportLine(string transportLine, string fingerprint, IPEndPoint? via = null)
    {
        const string Keyword = "transport ";
        bool named = transportLine.StartsWith(Keyword, StringComparison.Ordinal);
        string[] parts = transportLine[(named ? Keyword.Length : 0)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string arguments = parts.Length > 2 ? " " + parts[2].Replace(',', ' ') : "";
        return $"Bridge {parts[0]} {via?.ToString() ?? parts[1]} {fingerprint}{arguments}";
    }
}
