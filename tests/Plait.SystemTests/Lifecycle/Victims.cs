using System.Diagnostics;
using System.Text.Json;
using Plait.Processes;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Lifecycle;

/// <summary>
/// The children of some processes of Plait, as their event logs have them: of a program that forks for each connection, such as socat, only the
/// process that Plait started is one.
/// </summary>
/// <param name="plaits">Each process of Plait, with its event log.</param>
internal sealed class Victims(IReadOnlyList<(int Id, string EventLog)> plaits)
{
    private readonly Dictionary<int, Victim> _known = [];

    /// <summary>obfs3 and obfs4, each a program of its own.</summary>
    internal static string Plaitrc
    {
        get
        {
            string program = Programs.Require("obfs4proxy");
            return $"""
                ClientTransportPlugin obfs3 exec {program}
                ClientTransportPlugin obfs4 exec {program} -logLevel ERROR
                ServerTransportPlugin obfs3 exec {program}
                ServerTransportPlugin obfs4 exec {program} -logLevel ERROR

                """;
        }
    }

    /// <summary>How many children to kill: what PLAIT_KILLS says, or else so many.</summary>
    internal static int KillsOr(int shortForm) =>
        int.TryParse(Environment.GetEnvironmentVariable("PLAIT_KILLS"), out int number) ? number : shortForm;

    internal int Places => _known.Values.Select(victim => (victim.Plait, victim.Hop)).Distinct().Count();

    /// <summary>Every one that has been seen, dead or alive.</summary>
    internal IReadOnlySet<int> Ids => _known.Keys.ToHashSet();

    internal List<Victim> Alive()
    {
        foreach ((int plait, string log) in plaits)
        {
            foreach (JsonElement start in StartsOf(log))
            {
                int id = start.GetProperty("process_id").GetInt32();
                _known.TryAdd(id, new(plait, HopOf(start), id, Stopwatch.GetTimestamp()));
            }
        }

        return [.. _known.Values.Where(victim => ProcessTree.IsAlive(victim.Id))];
    }

    /// <summary>One at random that has been working; one that dies sooner is a crash loop, and backs off on purpose.</summary>
    internal async Task<Victim> ChooseAsync(Random random)
    {
        List<Victim> steady = await Deadline.PollAsync(
            () => Alive().FindAll(victim => Stopwatch.GetElapsedTime(victim.Since) > RestartHistory.Steady) is { Count: > 0 } some ? some : null,
            "a child has lived for a while");
        return steady[random.Next(steady.Count)];
    }

    internal Task WaitForSuccessorAsync(Victim victim) => Deadline.PollAsync(
        () => Alive().Find(other => (other.Plait, other.Hop) == (victim.Plait, victim.Hop) && other.Id != victim.Id),
        $"a successor of {victim}");

    private static IEnumerable<JsonElement> StartsOf(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        foreach (string line in reader.ReadToEnd().Split('\n').SkipLast(1)) // what comes after the last line end is still being written
        {
            if (line.Contains("\"event\":\"child_started\"", StringComparison.Ordinal) || line.Contains("\"event\":\"child_restarted\"", StringComparison.Ordinal))
            {
                using JsonDocument document = JsonDocument.Parse(line);
                yield return document.RootElement.Clone();
            }
        }
    }

    private static string HopOf(JsonElement start) => string.Join(
        ", ", start.GetProperty("places").EnumerateArray().Select(place => $"hop {place.GetProperty("hop")} ({place.GetProperty("transport")}) of {place.GetProperty("chain")}"));
}
