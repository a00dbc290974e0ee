using System.Text.RegularExpressions;

namespace Plait.SystemTests.BadInput;

/// <summary>What must hold of Plait's output whatever went in.</summary>
internal static partial class CleanOutput
{
    private static readonly string[] TraceMarks = ["   at ", "Unhandled", "Exception", "Out of memory", "Process terminated"];

    /// <summary>No line looks like a part of a stack trace.</summary>
    public static void AssertNoTrace(IEnumerable<string> lines) => Assert.All(
        lines, line => Assert.All(TraceMarks, mark => Assert.DoesNotContain(mark, line, StringComparison.Ordinal)));

    /// <summary>Under tor: protocol lines alone on stdout, sentences of Plait's own on stderr, no trace on either.</summary>
    public static void AssertUnderTor(IEnumerable<string> stdout, IEnumerable<string> stderr)
    {
        AssertNoTrace(stdout.Concat(stderr));
        Assert.All(stdout, line => Assert.Matches(ProtocolLine(), line));
        Assert.All(stderr, line => Assert.StartsWith("plait: ", line, StringComparison.Ordinal));
    }

    // pt-spec 3.3; what a keyword takes is the wire tests' matter.
    [GeneratedRegex("^((VERSION|ENV-ERROR|VERSION-ERROR|PROXY-ERROR|CMETHOD|CMETHOD-ERROR|SMETHOD|SMETHOD-ERROR|LOG|STATUS) [ -~]+|PROXY DONE|[CS]METHODS DONE)$")]
    private static partial Regex ProtocolLine();
}
