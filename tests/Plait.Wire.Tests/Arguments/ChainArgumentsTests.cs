using FsCheck;
using FsCheck.Fluent;

namespace Plait.Wire.Tests.Arguments;

public sealed class ChainArgumentsTests
{
    [Theory] // C16: only the most specific form applies
    [InlineData("a=1", "a=1", "a=1", "a=1")]
    [InlineData("x-chain-1-a=1", "", "a=1", "")]
    [InlineData("x-chain-1onwards-a=1", "", "a=1", "a=1")]
    [InlineData("x-chain-0onwards-a=1", "a=1", "a=1", "a=1")]
    [InlineData("a=1;x-chain-1-a=2", "a=1", "a=2", "a=1")]
    [InlineData("x-chain-1-a=2;a=1", "a=1", "a=2", "a=1")]
    [InlineData("a=1;x-chain-1onwards-a=2;x-chain-2onwards-a=3", "a=1", "a=2", "a=3")]
    [InlineData("x-chain-2-a=4;x-chain-2onwards-a=3;x-chain-0onwards-a=2;a=1", "a=2", "a=2", "a=4")]
    [InlineData("a=1;a=2;x-chain-1-a=3;x-chain-1-a=4", "a=1;a=2", "a=3;a=4", "a=1;a=2")] // repeats of one form stay together
    [InlineData("a=1;b=2;x-chain-0-a=3", "a=3;b=2", "a=1;b=2", "a=1;b=2")] // the replaced key keeps its place
    [InlineData("a=1;b=2;a=3", "a=1;b=2;a=3", "a=1;b=2;a=3", "a=1;b=2;a=3")]
    [InlineData("x-chain-1-x-chain-2-a=1", "", "x-chain-2-a=1", "")] // an escaped key is not read again
    [InlineData("x-chain-0-onwards-a=1", "onwards-a=1", "", "")]
    [InlineData("x-chain=1;X-chain-9-a=2", "x-chain=1;X-chain-9-a=2", "x-chain=1;X-chain-9-a=2", "x-chain=1;X-chain-9-a=2")]
    public void TryDistribute_ThreeHops_MostSpecificWins(string flat, params string[] expected)
    {
        Assert.True(ChainArguments.TryDistribute(Arguments(flat), 3, out IReadOnlyList<PtArguments> perHop, out string? error), error);
        Assert.Equal(expected, perHop.Select(hop => hop.FormatClient()));
    }

    [Theory]
    [InlineData("x-chain-3-a")]
    [InlineData("x-chain-3onwards-a")]
    [InlineData("x-chain-9999999999-a")]
    [InlineData("x-chain-00-a")]
    [InlineData("x-chain-")]
    [InlineData("x-chain-1")]
    [InlineData("x-chain-1-")]
    [InlineData("x-chain-1onwards-")]
    [InlineData("x-chain-1onwards")]
    [InlineData("x-chain-1backwards-a")]
    [InlineData("x-chain--1-a")]
    [InlineData("x-chain-profile")]
    public void TryDistribute_BadKey_ErrorNamesKeyNotValue(string key)
    {
        Assert.False(ChainArguments.TryDistribute(Arguments(key + "=hunter2"), 3, out IReadOnlyList<PtArguments> perHop, out string? error));
        Assert.Empty(perHop);
        Assert.Contains($"'{key}'", error, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error, StringComparison.Ordinal);
    }

    [Theory] // short
    [InlineData("a=1;b=2", "a=1;b=2")]
    [InlineData("a=1;b=2", "a=1;b=2", "a=1;b=2")]
    [InlineData("x-chain-0-cert=A;x-chain-1-cert=B;iat-mode=0", "cert=A;iat-mode=0", "cert=B;iat-mode=0")]
    [InlineData("x-chain-0-cert=A;iat-mode=0", "cert=A;iat-mode=0", "iat-mode=0")]
    [InlineData("x-chain-1-cert=B", "", "cert=B")]
    [InlineData("x-chain-0-x-chain-5-a=1", "x-chain-5-a=1")] // a key that looks like ours is escaped
    [InlineData("x-chain-0-x-chain-profile=p;x-chain-1-x-chain-profile=p", "x-chain-profile=p", "x-chain-profile=p")]
    [InlineData("x-chain-0-a=1;b=2;x-chain-1-a=1", "a=1;b=2", "b=2;a=1")] // orders disagree: one key is not shared
    [InlineData("", "", "", "")]
    public void Merge_Hops_Golden(string expected, params string[] perHop) =>
        Assert.Equal(expected, ChainArguments.Merge([.. perHop.Select(Arguments)]).FormatClient());

    [Fact]
    public void Merge_AnyHops_DistributeGivesThemBack()
    {
        Gen<PtArguments> hop = Generators.ArgumentsOf(
            Gen.Elements("a", "b", "c", "x-chain-", "x-chain-0-a", "x-chain-1onwards-a", "x-chain-profile", "onwards-a", "x-chain"),
            Gen.Elements("", "1", "2"));
        Generators.ForAll(hop.ArrayOf().Where(hops => hops.Length > 0), hops =>
            ChainArguments.TryDistribute(ChainArguments.Merge(hops), hops.Length, out IReadOnlyList<PtArguments> perHop, out _)
            && perHop.SequenceEqual(hops));
    }

    [Fact]
    public void Merge_EqualHops_PlainOnce()
    {
        Gen<PtArguments> hop = Generators.ArgumentsOf(Gen.Elements("a", "b", "c"), Gen.Elements("1", "2"));
        Generators.ForAll(hop, one => ChainArguments.Merge([one, one, one]).Equals(one));
    }

    [Fact]
    public void TryDistribute_AnyArguments_AcceptsOrExplains()
    {
        Gen<string> key = from head in Gen.Elements("x-chain-", "x-chain-1", "x-chain-1onwards", "") from tail in Generators.Text select head + tail;
        Generators.ForAll(Generators.ArgumentsOf(key.Where(k => k.Length > 0), Generators.Text), flat =>
            ChainArguments.TryDistribute(flat, 2, out IReadOnlyList<PtArguments> perHop, out string? error) == (error is null)
            && perHop.Count == (error is null ? 2 : 0));
    }

    [Fact]
    public void Distribute_NoHops_Throws()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ChainArguments.TryDistribute(PtArguments.Empty, 0, out _, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => ChainArguments.Merge([]));
    }

    private static PtArguments Arguments(string text)
    {
        Assert.True(PtArguments.TryParseClient(text, out PtArguments arguments, out string? error), error);
        return arguments;
    }
}
