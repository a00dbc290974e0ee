using System.Diagnostics;
using Plait.Processes;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Lifecycle;

/// <summary>The children of some processes of Plait whose plaitrc is <see cref="Plaitrc"/>.</summary>
internal sealed class Victims(IReadOnlyList<int> plaits)
{
    private readonly Dictionary<int, Victim> _known = [];

    /// <summary>obfs3 and obfs4, each a program of its own, told apart by an argument.</summary>
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

    /// <summary>xor of a shared library, in a process of its own, and obfs4.</summary>
    internal static string LibraryPlaitrc(string library)
    {
        string program = Programs.Require("obfs4proxy");
        return $"""
            ClientTransportPlugin xor library {library}
            ClientTransportPlugin obfs4 exec {program} -logLevel ERROR
            ServerTransportPlugin xor library {library}
            ServerTransportPlugin obfs4 exec {program} -logLevel ERROR

            """;
    }

    /// <summary>How many children to kill: what PLAIT_KILLS says, or else so many.</summary>
    internal static int KillsOr(int shortForm) =>
        int.TryParse(Environment.GetEnvironmentVariable("PLAIT_KILLS"), out int number) ? number : shortForm;

    internal int Places => _known.Values.Select(victim => (victim.Plait, victim.Hop)).Distinct().Count();

    internal List<Victim> Alive()
    {
        foreach ((int plait, int id) in plaits.SelectMany(plait => ProcessTree.Descendants(plait).Select(id => (plait, id))))
        {
            if (!_known.ContainsKey(id) && HopOf(ProcessTree.CommandLine(id)) is { } hop)
            {
                _known[id] = new(plait, hop, id, Stopwatch.GetTimestamp());
            }
        }

        return [.. _known.Values.Where(victim => ProcessTree.IsAlive(victim.Id))];
    }

    private static string? HopOf(string words) => words.Contains(" library-host ", StringComparison.Ordinal) ? "xor"
        : !words.StartsWith(Programs.Require("obfs4proxy"), StringComparison.Ordinal) ? null
        : words.Contains("-logLevel", StringComparison.Ordinal) ? "obfs4" : "obfs3";

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
}
