using System.CommandLine;

namespace Plait.Cli.Commands;

/// <summary>What a person can ask for.</summary>
internal static class CommandLine
{
    /// <returns>The exit code.</returns>
    internal static async Task<int> RunAsync(string[] words)
    {
        var root = new RootCommand("x");
        return await root.Parse(words).InvokeAsync();
    }
}
