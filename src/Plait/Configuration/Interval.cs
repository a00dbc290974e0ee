using System.Globalization;

namespace Plait.Configuration;

/// <summary>Reads intervals as torrc writes them: <c>250 msec</c>, <c>2 minutes</c>; a bare number is seconds.</summary>
internal static class Interval
{
    /// <summary>A day. A longer wait is a mistake, and timers have a limit of their own.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    internal static bool TryParse(string text, out TimeSpan interval)
    {
        interval = default;
        int end = text.AsSpan().IndexOfAnyExcept("0123456789.");
        ReadOnlySpan<char> number = end < 0 ? text : text.AsSpan(0, end);
        if (UnitTicks(end < 0 ? "" : text[end..].Trim()) is not { } unit ||
            !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal count) ||
            count > Longest.Ticks / unit)
        {
            return false;
        }

        interval = TimeSpan.FromTicks((long)(count * unit));
        return true;
    }

    private static long? UnitTicks(string unit) => unit.ToUpperInvariant() switch
    {
        "MSEC" or "MILLISECOND" or "MILLISECONDS" => TimeSpan.TicksPerMillisecond,
        "" or "SECOND" or "SECONDS" => TimeSpan.TicksPerSecond,
        "MINUTE" or "MINUTES" => TimeSpan.TicksPerMinute,
        _ => null,
    };
}
