using System.Text;
using Plait.Wire.Arguments;

namespace Plait.Wire.Pt.Messages;

/// <summary>The severities of LOG lines (M42), worst first.</summary>
public enum LogSeverity
{
    /// <summary><c>error</c></summary>
    Error,

    /// <summary><c>warning</c></summary>
    Warning,

    /// <summary><c>notice</c></summary>
    Notice,

    /// <summary><c>info</c></summary>
    Info,

    /// <summary><c>debug</c></summary>
    Debug,
}

/// <summary><c>LOG</c>: a text for tor's log (M42 to M48).</summary>
/// <param name="Severity">Its severity for tor's log.</param>
/// <param name="Text">Unescaped. A child's text may hold any character except NUL, also line ends (M44).</param>
public sealed record LogMessage(LogSeverity Severity, string Text) : PtMessage
{
    /// <summary>Writes the form that every parent accepts, without escapes (M46, M47).</summary>
    public override string Format() => $"LOG SEVERITY={Word(Severity)} MESSAGE=\"{LineText.CleanQuoted(Text)}\"";

    internal static LogSeverity? ParseSeverity(string word) => word switch
    {
        "error" => LogSeverity.Error,
        "warning" => LogSeverity.Warning,
        "notice" => LogSeverity.Notice,
        "info" => LogSeverity.Info,
        "debug" => LogSeverity.Debug,
        _ => null,
    };

    private static string Word(LogSeverity severity) => severity switch
    {
        LogSeverity.Error => "error",
        LogSeverity.Warning => "warning",
        LogSeverity.Notice => "notice",
        LogSeverity.Info => "info",
        _ => "debug",
    };
}

/// <summary><c>STATUS</c>: facts about a transport or the program (M49 to M51).</summary>
/// <param name="Transport">The value of TRANSPORT, or null: newer PTs omit it (M49).</param>
/// <param name="Values">The other pairs, unescaped, in order.</param>
public sealed record StatusMessage(string? Transport, IReadOnlyList<PtArgument> Values) : PtMessage
{
    /// <summary>
    /// Writes TRANSPORT first, unquoted, and quotes the other values except TYPE: this is the only form that all parents are known to accept
    /// (M50).
    /// </summary>
    public override string Format()
    {
        var line = new StringBuilder("STATUS");
        if (Transport is not null)
        {
            line.Append(" TRANSPORT=").Append(LineText.Word(Transport));
        }

        foreach (PtArgument pair in Values)
        {
            string key = LineText.Word(pair.Key).Replace('=', '_');
            string value = LineText.CleanQuoted(pair.Value);
            bool quoted = key != "TYPE" || !TransportName.IsValid(value);
            line.Append(' ').Append(key).Append('=').Append(quoted ? $"\"{value}\"" : value);
        }

        return line.ToString();
    }

    /// <summary>Compares the transports, and the pairs in order.</summary>
    public bool Equals(StatusMessage? other) =>
        other is not null && Transport == other.Transport && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Transport, Values.Count);
}
