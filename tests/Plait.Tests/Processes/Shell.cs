using Plait.Processes;

namespace Plait.Tests.Processes;

/// <summary>Children that are small shell scripts.</summary>
internal static class Shell
{
    /// <summary>Lives until its stdin is closed, as a well-behaved child does.</summary>
    internal const string UntilStdinCloses = "cat >/dev/null";

    /// <summary>
    /// Leaves a process that holds the output open, out of the group that ends with the child, and says <c>VERSION</c> and its number once it is there.
    /// </summary>
    internal const string LeavesItsOutputOpen =
        "setsid sleep 600 2>/dev/null & p=$!; until read -r _ _ _ _ group _ <\"/proc/$p/stat\"; [ \"$group\" = $p ]; do :; done; echo VERSION $p";

    internal static ChildCommand Command(string script, params (string Name, string Value)[] variables) => new(
        "/bin/sh", ["-c", script],
        variables.Append(("PATH", Environment.GetEnvironmentVariable("PATH") ?? ""))
            .ToDictionary(variable => variable.Item1, variable => variable.Item2));
}
