using Xunit;

namespace Plait.Tests.Documentation;

internal static class Findings
{
    /// <summary>Fails with all that were found, one a line: a collection's own message shows five.</summary>
    public static void None(IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, string.Join('\n', all));
    }
}
