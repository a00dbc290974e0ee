using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Messages;

/// <summary>Reads LOG and STATUS lines as C tor does (M42 to M44, M49, V16).</summary>
internal static class ReportParser
{
    internal static PtMessage ParseLog(string text)
    {
        if (!KeyValueLine.TryParse(text, out List<PtArgument> pairs, out string? error))
        {
            return new MalformedMessage("LOG", error);
        }

        if (First(pairs, "SEVERITY") is not { } word || LogMessage.ParseSeverity(word) is not { } severity)
        {
            return new MalformedMessage("LOG", "SEVERITY is not one of error, warning, notice, info, debug");
        }

        return First(pairs, "MESSAGE") is { } message
            ? new LogMessage(severity, message)
            : new MalformedMessage("LOG", "MESSAGE is missing");
    }

    internal static PtMessage ParseStatus(string text)
    {
        if (!KeyValueLine.TryParse(text, out List<PtArgument> pairs, out string? error))
        {
            return new MalformedMessage("STATUS", error);
        }

        // Such a pair could not be written again. tor ignores bad STATUS lines (M51).
        if (pairs.Count == 0 || pairs.Exists(pair => !LineText.IsWord(pair.Key)))
        {
            return new MalformedMessage("STATUS", "expected key=value with keys of printable ASCII");
        }

        string? transport = First(pairs, "TRANSPORT");
        if (transport is not null && !TransportName.IsValid(transport))
        {
            return new MalformedMessage("STATUS", "TRANSPORT is not a C identifier");
        }

        pairs.RemoveAll(pair => pair.Key == "TRANSPORT");
        return new StatusMessage(transport, pairs);
    }

    private static string? First(List<PtArgument> pairs, string key)
    {
        int index = pairs.FindIndex(pair => pair.Key == key);
        return index < 0 ? null : pairs[index].Value;
    }
}
