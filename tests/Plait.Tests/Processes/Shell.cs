using Plait.Processes;

namespace Plait.Tests.Processes;

/// <summary>Children that are small shell scripts.</summary>
internal static class Shell
{
    /// <summary>Lives until its stdin is closed, as a well-behaved child does.</summary>
    internal const string UntilStdinCloses = "cat >/dev/null";

    internal static ChildCommand Command(string script, params (string Name, string Value)[] variables) => new(
        "/bin/sh", ["-c", script],
        variables.Append(("PATH", Environment.GetEnvironmentVariable("PATH") ?? ""))
            .ToDictionary(variable => variable.Item1, variable => variable.Item2));
}
