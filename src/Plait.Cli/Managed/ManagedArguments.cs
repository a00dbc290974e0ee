using Plait.Diagnostics.Events;
using Plait.Diagnostics.Failures;
using Plait.Diagnostics.Secrecy;
using Plait.Native;
using Plait.Wire.Pt;

namespace Plait.Cli.Managed;

/// <summary>The words that a torrc line may have after our path: <c>[--role client|server] [-f FILE] [--event-log FILE]</c>.</summary>
/// <param name="Role">The forced role, or null: a stale TOR_PT_* variable can make the environment contradict itself (E1, E4).</param>
/// <param name="File">The plaitrc, or null for the usual places.</param>
/// <param name="EventLog">Where to write what happens, or null for nowhere.</param>
/// <param name="Error">What is wrong with the words, or null.</param>
internal sealed record ManagedArguments(PtRole? Role, string? File, string? EventLog, string? Error)
{
    private const string Usage = "a torrc line may say: exec PATH [--role client|server] [-f FILE] [--event-log FILE]";

    private static readonly string[] s_variables =
        ["TOR_PT_MANAGED_TRANSPORT_VER", "TOR_PT_CLIENT_TRANSPORTS", "TOR_PT_SERVER_TRANSPORTS"];

    /// <summary>Whether tor, or a program that acts as tor, started Plait.</summary>
    internal static bool IsManaged(string[] words) =>
        words.Contains("--role") || s_variables.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name)));

    internal static ManagedArguments Parse(string[] words)
    {
        var result = new ManagedArguments(null, null, null, null);
        for (int i = 0; i < words.Length; i++)
        {
            string? value = i + 1 < words.Length ? words[i + 1] : null;
            switch (words[i])
            {
                case "--role" when value is "client" or "server":
                    result = result with { Role = value == "client" ? PtRole.Client : PtRole.Server };
                    i++;
                    break;
                case "-f" or "--file" or "--event-log" when value is not null && WrittenPath.Find(value) is { } slip:
                    return result with { Error = $"{words[i]}: {slip.What}; {slip.Advice}" };
                case "-f" or "--file" when value is not null:
                    result = result with { File = value };
                    i++;
                    break;
                case "--event-log" when value is not null && SystemText.PathProblem(value, "the event log") is { } problem:
                    return result with { Error = problem };
                case "--event-log" when value is not null:
                    result = result with { EventLog = value };
                    i++;
                    break;
                case "--role":
                    return result with { Error = $"--role takes client or server; {Usage}" };
                case "-f" or "--file":
                    return result with { Error = $"{words[i]} takes the path of a plaitrc; {Usage}" };
                case "--event-log":
                    return result with { Error = $"{words[i]} takes the path of a file; {Usage}" };
                default:
                    return result with { Error = $"'{SafeText.Name(words[i])}' is not understood here; {Usage}" };
            }
        }

        return result;
    }
}
