using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plait.Configuration;
using Plait.Hosting;
using Plait.Wire.Torrc;

namespace Plait.Cli.Checking;

/// <summary>What <c>plait check</c> found, as one JSON object: docs/check-json.md. Written by hand: nothing is looked up by reflection.</summary>
internal static class CheckJson
{
    /// <summary>Raised when a field changes its meaning or goes; fields that are added do not raise it.</summary>
    private const int SchemaVersion = 1;

    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Of(CheckReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema"u8, SchemaVersion);
            json.WriteBoolean("ok"u8, report.Problems == 0);
            WriteArray(json, "findings"u8, report.Findings, Write);
            WriteArray(json, "plaitrcs"u8, report.Plaitrcs, Write);
            if (report.Torrc is { } torrc)
            {
                json.WriteStartObject("torrc"u8);
                json.WriteString("path"u8, torrc.Path);
                WriteArray(json, "tor"u8, torrc.Steps, Write);
                json.WriteEndObject();
            }

            WriteArray(json, "bridges"u8, report.Bridges, Write);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, Finding finding)
    {
        json.WriteString("kind"u8, finding.IsProblem ? "problem" : "note");
        WritePlace(json, finding.At);
        json.WriteString("what"u8, finding.What);
        json.WriteString("instead"u8, finding.Instead);
    }

    private static void Write(Utf8JsonWriter json, PlaitrcReport plaitrc)
    {
        json.WriteString("path"u8, plaitrc.Path);
        WriteArray(json, "chains"u8, plaitrc.Chains, Write);
        WriteArray(json, "programs"u8, plaitrc.Trials, Write);
    }

    private static void Write(Utf8JsonWriter json, RoleChain chain)
    {
        json.WriteString("role"u8, CheckText.WordOf(chain.Role));
        json.WriteString("name"u8, chain.Chain.Alias);
        WriteArray(json, "hops"u8, chain.Chain.Hops, (inner, hop) =>
        {
            inner.WriteString("transport"u8, hop.Name);
            inner.WriteBoolean("indirect"u8, hop.Indirect);
            inner.WriteString("program"u8, CheckText.ProgramOf(hop));
            inner.WriteString("joint"u8, JointWords.Of(chain.Role, hop, wire: ReferenceEquals(hop, chain.Chain.Hops[^1])));
        });
    }

    private static void Write(Utf8JsonWriter json, PluginTrial trial)
    {
        json.WriteString("role"u8, CheckText.WordOf(trial.Role));
        WritePlace(json, trial.At);
        json.WriteString("program"u8, trial.Program);
        json.WriteBoolean("started"u8, trial.Down is null);
        json.WriteNumber("took_ms"u8, (long)trial.Took.TotalMilliseconds);
        WriteStrings(json, "offers"u8, trial.Offered);
        WriteStrings(json, "refuses"u8, trial.Refused.Keys);
        if (trial.TakesProxy is { } takes)
        {
            json.WriteBoolean("takes_proxy"u8, takes);
        }
    }

    private static void Write(Utf8JsonWriter json, TorrcStep step)
    {
        WritePlace(json, step.At);
        json.WriteString("does"u8, step.Does);
    }

    private static void Write(Utf8JsonWriter json, BridgeReport bridge)
    {
        WritePlace(json, bridge.At);
        if (bridge.Transport is { } transport)
        {
            json.WriteString("transport"u8, transport);
        }

        json.WriteNumber("argument_bytes"u8, bridge.ArgumentLength);
        json.WriteNumber("argument_limit"u8, BridgeLine.MaxArgumentLength);
        WriteArray(json, "hops"u8, bridge.Hops, (inner, hop) =>
        {
            inner.WriteString("transport"u8, hop.Transport);
            WriteStrings(inner, "keys"u8, hop.Keys.Select(CheckText.Shown));
        });
    }

    private static void WritePlace(Utf8JsonWriter json, SourceLine? at)
    {
        if (at is not null)
        {
            json.WriteString("file"u8, at.File);
            json.WriteNumber("line"u8, at.Line);
        }
    }

    private static void WriteStrings(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void WriteArray<T>(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<T> items, Action<Utf8JsonWriter, T> write)
    {
        json.WriteStartArray(name);
        foreach (T item in items)
        {
            json.WriteStartObject();
            write(json, item);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
