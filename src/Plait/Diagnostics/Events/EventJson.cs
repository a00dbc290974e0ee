using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plait.Diagnostics.Failures;
using Plait.Wire.Pt;

namespace Plait.Diagnostics.Events;

/// <summary>
/// Writes events as lines of JSON, one object each (docs/events.md, whose examples a test compares). Names every field by hand, because
/// the native program has no reflection.
/// </summary>
internal static class EventJson
{
    /// <summary>
    /// Bounds a line (G6). A failure with the words of a child has some 800 characters.
    /// </summary>
    private const int LongestText = 2000;

    // Apostrophes need no escape outside a web page.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One event, and the end of the line.</summary>
    /// <param name="at">When it happened.</param>
    /// <param name="role">On which side; null for an event of the log itself.</param>
    /// <param name="happened">The event.</param>
    internal static byte[] Line(DateTimeOffset at, PtRole? role, PlaitEvent happened) => Line(at, EventNames.Of(happened), json =>
    {
        if (role is { } side)
        {
            json.WriteString("role"u8, EventNames.Of(side));
        }

        Write(json, happened);
    });

    /// <summary>The first line of a file: which process writes it. Connection numbers are unique within one process.</summary>
    internal static byte[] FirstLine(DateTimeOffset at, string version, int processId) => Line(at, "log_opened", json =>
    {
        json.WriteString("version"u8, version);
        json.WriteNumber("process_id"u8, processId);
    });

    private static byte[] Line(DateTimeOffset at, string name, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)); // RFC 3339
            json.WriteString("event"u8, name);
            write(json);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static void Write(Utf8JsonWriter json, PlaitEvent happened)
    {
        switch (happened)
        {
            case PlaitEvent.ChainListening listening:
                json.WriteString("chain"u8, listening.Chain);
                WriteFailure(json, listening.Refusing);
                break;
            case PlaitEvent.ChainFailed failed:
                json.WriteString("chain"u8, failed.Failure.Chain);
                WriteFailure(json, failed.Failure);
                break;
            case PlaitEvent.ConnectionOpened opened:
                WriteConnection(json, opened.Chain, opened.Connection);
                json.WriteString("grant"u8, EventNames.Of(opened.Grant));
                WriteMilliseconds(json, "took_ms"u8, opened.Took);
                WriteHops(json, opened.Hops);
                break;
            case PlaitEvent.ConnectionFailed failed:
                WriteConnection(json, failed.Failure.Chain, failed.Connection);
                WriteMilliseconds(json, "took_ms"u8, failed.Took);
                WriteFailure(json, failed.Failure);
                break;
            case PlaitEvent.ConnectionEnded ended:
                WriteConnection(json, ended.Chain, ended.Connection);
                json.WriteBoolean("opened"u8, ended.Opened);
                json.WriteNumber("bytes_out"u8, ended.Outward);
                json.WriteNumber("bytes_in"u8, ended.Inward);
                WriteMilliseconds(json, "lasted_ms"u8, ended.Lasted);
                WriteFailure(json, ended.Failure);
                break;
            case PlaitEvent.ConnectionStalled stalled:
                WriteConnection(json, stalled.Failure.Chain, stalled.Connection);
                WriteFailure(json, stalled.Failure);
                break;
            case PlaitEvent.GrantQualityFound found:
                json.WriteString("program"u8, found.Program);
                json.WriteString("transport"u8, found.Transport);
                json.WriteString("grant"u8, EventNames.Of(found.Quality));
                break;
            case PlaitEvent.ChildStarted started:
                WriteChild(json, started.Child);
                json.WriteNumber("process_id"u8, started.ProcessId);
                break;
            case PlaitEvent.ChildExited exited:
                WriteChild(json, exited.Child);
                json.WriteString("end"u8, exited.End.ToString());
                WriteText(json, "last_words"u8, exited.LastWords.ToString());
                WriteMilliseconds(json, "restarts_in_ms"u8, exited.RestartsIn);
                break;
            case PlaitEvent.ChildStartFailed failed:
                WriteChild(json, failed.Child);
                WriteFailure(json, failed.Stage, failed.Cause, failed.Detail.ToString());
                break;
            case PlaitEvent.ChildRestarted restarted:
                WriteChild(json, restarted.Child);
                json.WriteNumber("process_id"u8, restarted.ProcessId);
                json.WriteNumber("restarts"u8, restarted.Restarts);
                break;
            case PlaitEvent.ChildKilled killed:
                WriteChild(json, killed.Child);
                json.WriteString("chain"u8, killed.Failure.Chain);
                WriteFailure(json, killed.Failure);
                break;
            case PlaitEvent.EventsLeftOut leftOut:
                json.WriteNumber("count"u8, leftOut.Count);
                break;
        }
    }

    private static void WriteConnection(Utf8JsonWriter json, string chain, long connection)
    {
        json.WriteString("chain"u8, chain);
        json.WriteNumber("connection"u8, connection);
    }

    private static void WriteHops(Utf8JsonWriter json, IReadOnlyList<HopFigures> hops)
    {
        json.WriteStartArray("hops"u8);
        foreach (HopFigures hop in hops)
        {
            json.WriteStartObject();
            json.WriteString("transport"u8, hop.Transport);
            json.WriteString("joint"u8, EventNames.Of(hop.Joint));
            WriteMilliseconds(json, "set_up_ms"u8, hop.SetUp);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteFailure(Utf8JsonWriter json, ChainFailure? failure)
    {
        if (failure is null)
        {
            return;
        }

        if (failure.Hop is { } hop)
        {
            json.WriteNumber("hop"u8, hop);
            json.WriteString("hop_transport"u8, failure.Transport);
        }

        WriteFailure(json, failure.Stage, failure.Cause, failure.Text.ToString());
    }

    private static void WriteFailure(Utf8JsonWriter json, ChainStage stage, FailureCause cause, string message)
    {
        json.WriteString("stage"u8, FailureWords.NameOf(stage));
        json.WriteString("cause"u8, FailureWords.NameOf(cause));
        WriteText(json, "message"u8, message);
    }

    private static void WriteChild(Utf8JsonWriter json, ChildLabel child)
    {
        json.WriteString("program"u8, child.Program);
        json.WriteStartArray("places"u8);
        foreach (Position position in child.Positions)
        {
            json.WriteStartObject();
            json.WriteString("chain"u8, position.Chain);
            json.WriteNumber("hop"u8, position.Hop);
            json.WriteString("transport"u8, position.Transport);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string text) =>
        json.WriteString(name, text.Length > LongestText ? text.AsSpan(0, LongestText) : text);

    /// <summary>Milliseconds, to a microsecond.</summary>
    private static void WriteMilliseconds(Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan time) =>
        json.WriteNumber(name, Math.Round((decimal)time.TotalMilliseconds, 3));
}
