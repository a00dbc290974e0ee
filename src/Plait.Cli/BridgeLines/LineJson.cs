using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plait.Cli.Checking;
using Plait.Wire.Torrc;

namespace Plait.Cli.BridgeLines;

/// <summary>What bridge lines mean, as one JSON object: docs/bridge-lines.md. No address and no value of an argument is in it (G5).</summary>
internal static class LineJson
{
    /// <summary>Raised when a field changes its meaning or goes; fields that are added do not raise it.</summary>
    private const int SchemaVersion = 1;

    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static string Of(LineReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteNumber("schema"u8, SchemaVersion);
            json.WriteString("verdict"u8, WordOf(report.Verdict));
            json.WriteStartArray("lines"u8);
            foreach (ReadLine line in report.Lines)
            {
                json.WriteStartObject();
                Write(json, line);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter json, ReadLine line)
    {
        json.WriteNumber("line"u8, line.Number);
        json.WriteString("verdict"u8, WordOf(line.Reading.Verdict));
        if (line.Reading.Bridge is { } bridge)
        {
            if (bridge.Transport is { } transport)
            {
                json.WriteString("transport"u8, transport);
            }

            json.WriteBoolean("fingerprint"u8, bridge.Fingerprint is not null);
            json.WriteNumber("argument_bytes"u8, bridge.ArgumentLength);
            json.WriteNumber("argument_limit"u8, BridgeLine.MaxArgumentLength);
        }

        json.WriteStartArray("hops"u8);
        foreach (BridgeHop hop in BridgeCheck.HopsOf(line.Reading))
        {
            json.WriteStartObject();
            json.WriteString("transport"u8, hop.Transport);
            json.WriteStartArray("keys"u8);
            foreach (string key in hop.Keys)
            {
                json.WriteStringValue(CheckText.Shown(key));
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("findings"u8);
        foreach (BridgeLineFinding finding in line.Reading.Findings)
        {
            json.WriteStartObject();
            json.WriteString("kind"u8, finding.IsCorrected ? "mended" : "problem");
            json.WriteNumber("column"u8, finding.Column);
            json.WriteString("what"u8, finding.What);
            json.WriteString("instead"u8, finding.Instead);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string WordOf(BridgeLineVerdict verdict) => verdict switch
    {
        BridgeLineVerdict.Good => "good",
        BridgeLineVerdict.Mended => "mendable",
        _ => "bad",
    };
}
