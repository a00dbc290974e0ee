using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Plait.Diagnostics.Metrics;

namespace Plait.Tests.Support;

/// <summary>Listens to one meter as OpenTelemetry does, and keeps what it is told.</summary>
internal sealed class MeterRecorder : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _told = new();
    private readonly ConcurrentQueue<Measured> _asked = new();

    internal MeterRecorder(PlaitMetrics metrics)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == metrics.Meter)
            {
                Instruments.Add(instrument);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>All instruments of the meter.</summary>
    internal ConcurrentBag<Instrument> Instruments { get; } = [];

    /// <summary>What was told so far, and the answers to being asked now.</summary>
    internal IReadOnlyList<Measured> Read()
    {
        _asked.Clear();
        _listener.RecordObservableInstruments();
        return [.. _told, .. _asked];
    }

    /// <summary>The sum of an instrument over all measurements that bear these tags, each "name=value".</summary>
    internal double Sum(string instrument, params string[] tags) =>
        Read().Where(measured => measured.Instrument == instrument && tags.All(measured.Tags.Contains)).Sum(measured => measured.Value);

    /// <summary>How many measurements of an instrument bear these tags: the count of a histogram.</summary>
    internal int Count(string instrument, params string[] tags) =>
        Read().Count(measured => measured.Instrument == instrument && tags.All(measured.Tags.Contains));

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new List<string>();
        foreach (KeyValuePair<string, object?> tag in tags)
        {
            texts.Add($"{tag.Key}={tag.Value}");
        }

        (instrument.IsObservable ? _asked : _told).Enqueue(new(instrument.Name, value, texts));
    }
}

/// <summary>One measurement.</summary>
/// <param name="Instrument">The instrument's name.</param>
/// <param name="Value">The value.</param>
/// <param name="Tags">Its tags, each "name=value".</param>
internal sealed record Measured(string Instrument, double Value, IReadOnlyList<string> Tags);
