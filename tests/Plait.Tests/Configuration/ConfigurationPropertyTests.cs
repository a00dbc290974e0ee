using FsCheck;
using FsCheck.Fluent;
using Plait.Configuration;
using Plait.Wire.Pt;
using Xunit;

namespace Plait.Tests.Configuration;

/// <summary>What holds for every text: nothing throws, every problem is one clear line, and no value is in it.</summary>
public class ConfigurationPropertyTests
{
    private const string Secret = "SECRET";

    // Pieces that meet all readers and get past their first checks, with slips between them.
    private static readonly string[] Pieces =
    [
        .. new ConfigurationParser("none").Keywords,
        "Bridge", "Alais", "obfs3", "obfs4", "obfs3,obfs4", "meek_lite", "Obfs3", "x", "_", "*", "a-b", "exec", "socks5",
        "proxy", "/usr/bin/pt", "127.0.0.1:80", "[::1]:0", "obfs3|obfs4", "x|", "|", "shim", "orport", "auto", "20", "seconds",
        "127.0.0.0/9", "0", "1", "99999999999999999999",
        "#", "\"", "'", "\\", "\\\n", "\n", "\n", "\r\n", "\t", " ", " ", " ", "\0", "\uFEFF", "é", "\uD800", ",",
    ];

    private static readonly string[] SecretValues =
        [$"cert={Secret}", $"x={Secret}:1", $"192.0.2.1:{Secret}", $"{Secret}.example:443", $"={Secret}", $"1{Secret}"];

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Elements(Pieces).ArrayOf().Select(pieces => string.Join(' ', pieces)),
        Gen.Elements(Pieces).ArrayOf().Select(string.Concat),
        ArbMap.Default.GeneratorFor<string>().Where(text => text is not null));

    private static readonly Gen<string> SecretLines =
        from keyword in Gen.Elements(Pieces)
        from name in Gen.Elements(Pieces)
        from value in Gen.Elements(SecretValues)
        from last in Gen.Elements(Pieces)
        from order in Gen.Elements(0, 1, 2)
        select order switch
        {
            0 => $"{keyword} {name} {value} {last}",
            1 => $"{keyword} {value} {name} {last}",
            _ => $"{value} {keyword} {name} {last}",
        };

    [Fact]
    public void Parse_AnyText_GivesOneClearLineForEachProblem() => ForAll(Texts, text =>
    {
        ConfigurationResult result = PlaitConfiguration.Parse(text, "rc");
        int lines = text.Count(c => c == '\n') + 1;
        Assert.All(result.Problems, problem => AssertClear(problem, lines));
        Assert.Equal(result.Problems.OrderBy(problem => problem.At?.Line ?? int.MaxValue), result.Problems);
    });

    [Fact]
    public void Parse_AnyText_LeavesAConfigurationThatCanBeUsed() => ForAll(Texts, text =>
    {
        PlaitConfiguration read = PlaitConfiguration.Parse(text, "rc").Configuration;
        Assert.True(read.Limits.RestartDelayMin <= read.Limits.RestartDelayMax);
        Assert.All(read.Client.Transports, each => Assert.Equal(each.Key, each.Value.Name));
        Assert.Empty(read.Aliases.Keys.Intersect(read.Client.Transports.Keys.Concat(read.Server.Transports.Keys)));
        foreach (RoleChain each in ChainResolver.All(read))
        {
            Assert.Equal(
                each.Chain.ToString(),
                Assert.IsType<ChainResolution.Found>(ChainResolver.Resolve(read, each.Role, each.Chain.Alias)).Chain.ToString());
        }
    });

    [Fact]
    public void Parse_AnyLineWithASecret_DoesNotRepeatIt() => ForAll(SecretLines, text => // G5
        Assert.All(
            PlaitConfiguration.Parse(text, "rc").Problems,
            problem => Assert.DoesNotContain(Secret, problem.ToString(), StringComparison.OrdinalIgnoreCase)));

    [Fact]
    public void Resolve_AnyName_IsAChainOfThatNameOrAReason() => ForAll(
        Gen.Elements("a", "_", "__", "b_c", "b", "c", "x", "|", "é", "").ArrayOf().Select(string.Concat),
        name =>
        {
            const string Text = "ClientTransportPlugin a,_,b_c,b,c,a__b exec /pt";
            PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly(Text);
            switch (ChainResolver.Resolve(configuration, PtRole.Client, name))
            {
                case ChainResolution.Found found:
                    Assert.Equal(name.Replace("_", ""), string.Concat(found.Chain.Hops.Select(hop => hop.Name)).Replace("_", ""));
                    Assert.InRange(found.Chain.Hops.Count, 1, configuration.Limits.MaxChainLength);
                    break;
                case ChainResolution.Failed failed:
                    AssertClear(new(null, failed.Why, failed.Instead), lines: 1);
                    break;
            }
        });

    /// <summary>Joined by <c>__</c>, any chain of names without underscores at their joints is read back as itself.</summary>
    [Fact]
    public void Resolve_JoinedByDoubleUnderscore_IsReadBack() => ForAll(
        Gen.Elements("a", "b_c", "b", "c", "a_b").NonEmptyListOf().Where(hops => hops.Count <= 8),
        hops =>
        {
            PlaitConfiguration configuration = ConfigurationAssert.ParsesCleanly("ClientTransportPlugin a,b_c,b,c,a_b exec /pt");
            ChainResolution resolution = ChainResolver.Resolve(configuration, PtRole.Client, string.Join("__", hops));
            Assert.Equal(string.Join('|', hops), Assert.IsType<ChainResolution.Found>(resolution).Chain.ToString());
        });

    private static void AssertClear(ConfigurationProblem problem, int lines)
    {
        string shown = problem.ToString();
        Assert.DoesNotContain(shown, c => c is < ' ' or > '~');
        Assert.False(problem.What.EndsWith('.'), shown);
        Assert.True(problem.Instead.EndsWith('.') || problem.Instead.EndsWith('?'), shown);
        Assert.InRange(shown.Length, 20, 600);
        if (problem.At is { } at)
        {
            Assert.StartsWith($"rc:{at.Line}: ", shown, StringComparison.Ordinal);
            Assert.InRange(at.Line, 1, lines);
        }
    }

    private static void ForAll<T>(Gen<T> values, Action<T> holds) =>
        Prop.ForAll(values.ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));
}
