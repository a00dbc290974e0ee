using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using Plait.Diagnostics.Events;
using Plait.Diagnostics.Metrics;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Diagnostics.Events;

/// <summary>docs/events.md against the code.</summary>
public class EventPageTests
{
    /// <summary>Set by eng/renew-events: where to write the page with new examples, instead of comparing them.</summary>
    private const string RenewVariable = "PLAIT_RENEW_EVENTS";

    private const string ExampleStart = "    {\"time\"";

    private static readonly string s_page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "docs", "events.md"));

    private static IReadOnlyList<string> Lines { get; } =
    [
        .. new[] { EventJson.FirstLine(EventSamples.At, "0.1.0", 12560) }
            .Concat(EventSamples.All.Select(sample => EventJson.Line(EventSamples.At, sample.Role, sample.Event)))
            .Select(line => Encoding.UTF8.GetString(line)),
    ];

    [Fact]
    public void Samples_KindsOfEvents_AreAllThere()
    {
        IEnumerable<Type> kinds = typeof(PlaitEvent).GetNestedTypes().Where(kind => kind.IsSubclassOf(typeof(PlaitEvent)));
        Assert.Equal(kinds.ToHashSet(), EventSamples.All.Select(sample => sample.Event.GetType()).ToHashSet());
    }

    [Fact]
    public void Examples_OfThePage_AreWhatTheCodeWrites()
    {
        string[] expected = [.. Lines.Select(line => "    " + line.TrimEnd('\n'))];
        string[] page = s_page.Split('\n');
        string[] examples = [.. page.Where(IsExample)];
        if (Environment.GetEnvironmentVariable(RenewVariable) is { Length: > 0 } path && examples.Length == expected.Length)
        {
            int next = 0;
            File.WriteAllText(path, string.Join('\n', page.Select(line => IsExample(line) ? expected[next++] : line)));
            return;
        }

        Assert.Equal(expected, examples); // if the same number of lines is to change: eng/renew-events
    }

    [Fact]
    public void Fields_OfThePage_AreAllExplained()
    {
        foreach (string name in Lines.SelectMany(line => Names(JsonDocument.Parse(line).RootElement)).Distinct())
        {
            Assert.True(s_page.Contains($"| `{name}` |", StringComparison.Ordinal), $"docs/events.md has no row for the field `{name}`");
        }
    }

    [Fact]
    public void Words_GrantsJointsAndRoles_AreAllNamed()
    {
        foreach (string name in Enum.GetValues<GrantQuality>().Select(EventNames.Of)
            .Concat(Enum.GetValues<JointKind>().Select(EventNames.Of))
            .Concat(Enum.GetValues<PtRole>().Select(EventNames.Of)))
        {
            Assert.Contains($"`{name}`", s_page, StringComparison.Ordinal);
        }
    }

    /// <summary>Each row: name, kind, unit, and the tags that the samples bring about.</summary>
    [Fact]
    public void Metrics_OfThePage_AreWhatTheCodeHas()
    {
        using var metrics = new PlaitMetrics();
        using var recorder = new MeterRecorder(metrics);
        foreach (PtRole role in Enum.GetValues<PtRole>())
        {
            SideMetrics side = metrics.Attach(role);
            foreach ((_, PlaitEvent happened) in EventSamples.All)
            {
                side.OnEvent(happened is PlaitEvent.ConnectionOpened opened ? opened with { Grant = GrantQuality.Lazy } : happened);
            }
        }

        ILookup<string, Measured> measured = recorder.Read().ToLookup(one => one.Instrument);
        IEnumerable<string> expected = recorder.Instruments.Select(instrument =>
        {
            IEnumerable<string> tags = measured[instrument.Name].SelectMany(one => one.Tags).Select(tag => tag.Split('=')[0]).Distinct();
            return $"| `{instrument.Name}` | {KindOf(instrument)} | `{instrument.Unit}` | {string.Join(", ", tags.Order(StringComparer.Ordinal).Select(tag => $"`{tag}`"))} |";
        });
        const int Columns = 5; // the last says what it means
        IEnumerable<string> rows = s_page.Split('\n')
            .Where(line => line.StartsWith("| `plait.", StringComparison.Ordinal) && line.Split(" | ").Length == Columns)
            .Select(line => string.Join(" | ", line.Split(" | ").SkipLast(1)) + " |");
        Assert.Equal(expected.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    private static bool IsExample(string line) => line.StartsWith(ExampleStart, StringComparison.Ordinal);

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        "Counter`1" or "ObservableCounter`1" => "counter",
        "ObservableUpDownCounter`1" => "up-down counter",
        "Histogram`1" => "histogram",
        var other => other,
    };

    private static IEnumerable<string> Names(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(field => Names(field.Value).Prepend(field.Name)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Names),
        _ => [],
    };
}
