using Plait.Configuration;
using Plait.Fuzz.Engine;

namespace Plait.Fuzz.Configuration;

/// <summary>A whole plaitrc.</summary>
internal sealed class PlaitrcTarget : FuzzTarget
{
    private const string FileName = "rc";

    // What stands where a value belongs must not come back in a message.
    private const string Secret = "Zq7=9secret";

    internal override string Name => "plaitrc";

    internal override string Invariant =>
        "each problem is one clear line of the file, in order and without values; what is left can be used: every chain of "
        + "it is found by its name";

    internal override int MaxLength => 16384;

    internal override IReadOnlyList<string> Tokens { get; } =
    [
        .. new ConfigurationParser(FileName).Keywords.Select(word => word + " "), "Bridge ", "Alais ", "obfs3,obfs4 ", "obfs3",
        "obfs4 ", "meek_lite ", "a_b ", "a|b ", "obfs3|obfs4 ", "obfs3_obfs4 ",
        "exec /usr/bin/pt ", "library /lib/pt.so ", "library-in-process ", "assembly /a.dll A.B",
        "socks5 127.0.0.1:80 ", "socks4 [::1]:1", "proxy ", "\"a b\" ", "'c' ", "\\", "\\\n", "\n", "\r\n",
        "# x", "* ", "shim", "orport", "auto", "self", "plait", "20 seconds", "500 msec", "0", "1",
        "127.64.0.0/10", "99999999999999999999", "k=v ", "k=" + Secret + " ", Secret, "\t", " ", "\x00", "\xef\xbb\xbf",
        "\xc3\xa9", "|", ",", "_", "__", "192.0.2.1:443 ",
    ];

    internal override string Run(byte[] input)
    {
        string text = Text.Of(input);
        ConfigurationResult result = PlaitConfiguration.Parse(text, FileName);
        int lines = text.Count(c => c == '\n') + 1;
        int last = 0;
        foreach (ConfigurationProblem problem in result.Problems)
        {
            CheckClear(problem, lines);
            int line = problem.At?.Line ?? int.MaxValue;
            Check.That(line >= last, "problems are in the order of the file");
            last = line;
        }

        Check.That(result.Problems.Count <= Problems.Limit + 1, "there is an end to problems");
        CheckUsable(result.Configuration);
        string instead = result.Problems.LastOrDefault()?.Instead ?? "";
        string first = string.Concat(instead.TakeWhile(c => c is not '"' and not '('));
        return Behaviour.Of(Behaviour.Words(first), result.Problems.Count, result.Configuration.Aliases.Count,
            result.Configuration.Client.Transports.Count + result.Configuration.Server.Transports.Count);
    }

    private static void CheckClear(ConfigurationProblem problem, int lines)
    {
        string shown = problem.ToString();
        Check.OneLine(shown, "a problem");
        Check.That(
            !problem.What.EndsWith('.') && (problem.Instead.EndsWith('.') || problem.Instead.EndsWith('?')),
            "a problem is two sentences");
        Check.That(shown.Length is >= 20 and <= 700, "a problem is neither a word nor a page");
        Check.That(!shown.Contains(Secret, StringComparison.OrdinalIgnoreCase), "a problem repeats no value");
        Check.That(problem.At is null || (problem.At.Line >= 1 && problem.At.Line <= lines), "a problem is in the file");
    }

    private static void CheckUsable(PlaitConfiguration configuration)
    {
        Check.That(configuration.Limits.RestartDelayMin <= configuration.Limits.RestartDelayMax, "limits fit each other");
        foreach (RoleChain each in ChainResolver.All(configuration))
        {
            Check.That(
                each.Chain.Hops.Count >= 1 && each.Chain.Hops.Count <= configuration.Limits.MaxChainLength,
                "a chain is as long as it may be");
            Check.That(ChainResolver.Resolve(configuration, each.Role, each.Chain.Alias) is ChainResolution.Found found
                && found.Chain.ToString() == each.Chain.ToString(), "a chain is found by its name");
        }
    }
}
