using System.Collections;

namespace Plait.Processes;

/// <summary>Our own environment: what tor said to us, and from which a child's is made (E2).</summary>
internal static class OwnEnvironment
{
    internal static Dictionary<string, string> Read()
    {
        var variables = new Dictionary<string, string>();
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            variables.Add((string)entry.Key, (string?)entry.Value ?? "");
        }

        return variables;
    }
}
