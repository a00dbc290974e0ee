using FsCheck.Fluent;

namespace Plait.Wire.Tests.Pt.Environments;

public sealed class ServerTransportOptionsTests
{
    [Theory] // V4, good: name key|value ...
    [InlineData("", "")]
    [InlineData("t:k=v=v", "t k|v=v")]
    [InlineData("t:k=vv==", "t k|vv==")]
    [InlineData("t1:k=v1;t2:k=v2;t1:k=v3", "t1 k|v1 k|v3, t2 k|v2")]
    [InlineData(@"t\:1:k=v;t\=2:k=v;t\;3:k=v;t\\4:k=v", @"t:1 k|v, t=2 k|v, t;3 k|v, t\4 k|v")]
    [InlineData(@"t:k\:1=v;t:k\=2=v;t:k\;3=v;t:k\\4=v", @"t k:1|v k=2|v k;3|v k\4|v")]
    [InlineData(@"t:k=v\:1;t:k=v\=2;t:k=v\;3;t:k=v\\4", @"t k|v:1 k|v=2 k|v;3 k|v\4")]
    [InlineData(@"t1:a=b\;c;t1:d=e\:f;t1:g=h\\i;t1:j=k=l;t3:q=1", @"t1 a|b;c d|e:f g|h\i j|k=l, t3 q|1")] // V3
    public void TryParse_V4Good_Parsed(string text, string expected)
    {
        Assert.True(ServerTransportOptions.TryParse(text, out var options, out string? error), error);
        Assert.Equal(expected, string.Join(", ", options.Select(
            pair => $"{pair.Key} {string.Join(' ', pair.Value.Select(argument => $"{argument.Key}|{argument.Value}"))}")));
    }

    [Theory] // V4, bad
    [InlineData(@"t\")]
    [InlineData(":=")]
    [InlineData("t:=")]
    [InlineData(":k=")]
    [InlineData(":=v")]
    [InlineData("t:=v")]
    [InlineData(@"t:k\")]
    [InlineData("t:k=v;")]
    [InlineData("abc")]
    [InlineData("t:")]
    [InlineData("key=value")]
    [InlineData("=value")]
    [InlineData(@"t:k=v\")]
    [InlineData(@"t1:k=v;t2:k=v\")]
    [InlineData("t:=key=value")]
    [InlineData("t:==key=value")]
    [InlineData("t:;key=value")]
    [InlineData(@"t:key\=value")]
    public void TryParse_V4Bad_Error(string text)
    {
        Assert.False(ServerTransportOptions.TryParse(text, out var options, out string? error));
        Assert.Empty(options);
        Assert.NotNull(error);
    }

    [Fact] // V4, FOG's encoding; an '=' in a value may stay raw (E26)
    public void Format_V4Fog_ReadsBack()
    {
        var options = new Dictionary<string, PtArguments> { ["m:m"] = new([new("k;k", "v=v"), new("k;k", @"b\b")]) };
        string text = ServerTransportOptions.Format(options);
        Assert.Equal(@"m\:m:k\;k=v=v;m\:m:k\;k=b\\b", text);
        Assert.True(ServerTransportOptions.TryParse(@"m\:m:k\;k=v\=v;m\:m:k\;k=b\\b", out var parsed, out _));
        Assert.Equal(options, parsed);
    }

    [Fact]
    public void Format_AnyOptions_RoundTrip()
    {
        var gen =
            from first in Generators.NonEmptyText
            from second in Generators.NonEmptyText
            from a in Generators.Arguments
            from b in Generators.Arguments
            select new[] { KeyValuePair.Create(first, a), KeyValuePair.Create(second + "'", b) }.DistinctBy(pair => pair.Key).ToArray();
        Generators.ForAll(gen, options =>
            ServerTransportOptions.TryParse(ServerTransportOptions.Format(options), out var parsed, out _)
            && parsed.Count == options.Count(pair => pair.Value.Count > 0)
            && options.All(pair => parsed.GetValueOrDefault(pair.Key, PtArguments.Empty).Equals(pair.Value)));
    }

    [Fact]
    public void TryParse_AnyText_AcceptsOrExplains() => Generators.ForAll(Generators.Text, text =>
        ServerTransportOptions.TryParse(text, out _, out string? error) == (error is null));
}
