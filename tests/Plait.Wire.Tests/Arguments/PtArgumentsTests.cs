namespace Plait.Wire.Tests.Arguments;

public sealed class PtArgumentsTests
{
    private static readonly PtArguments s_two = new([new("secret", "hunter2"), new("iat-mode", "0")]);

    [Theory] // V6
    [InlineData("", "")]
    [InlineData("key=", "key|")]
    [InlineData("key==", "key|=")]
    [InlineData("a=b=c", "a|b=c")]
    [InlineData("a=bc==", "a|bc==")]
    [InlineData(@"key=value\;", "key|value;")]
    [InlineData("\"key=value\"", "\"key|value\"")]
    [InlineData("key=value;key=value", "key|value key|value")]
    [InlineData("key1=value1;key2=value2;key1=value3", "key1|value1 key2|value2 key1|value3")]
    [InlineData(@"\;=\;;\\=\;", @";|; \|;")]
    [InlineData(@"a\=b=c", "a=b|c")]
    [InlineData(@"cert=\a", "cert|a")] // V7: only obfs4proxy refuses it
    public void TryParseClient_V6Good_Parsed(string text, string expected)
    {
        Assert.True(PtArguments.TryParseClient(text, out PtArguments arguments, out string? error), error);
        Assert.Equal(expected, string.Join(' ', arguments.Select(argument => $"{argument.Key}|{argument.Value}")));
    }

    [Theory] // V7
    [InlineData("key")]
    [InlineData(@"key\")]
    [InlineData("=value")]
    [InlineData("==value")]
    [InlineData("==key=value")]
    [InlineData(@"key=value\")]
    [InlineData(@"a=b;key=value\")]
    [InlineData("a;b=c")]
    [InlineData(";")]
    [InlineData("key=value;")]
    [InlineData(";key=value")]
    [InlineData(@"key\=value")]
    public void TryParseClient_V7Bad_ErrorWithoutValue(string text)
    {
        Assert.False(PtArguments.TryParseClient(text, out PtArguments arguments, out string? error));
        Assert.Empty(arguments);
        Assert.NotNull(error);
        Assert.DoesNotContain("value", error.Replace("key=value", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory] // V6, encoders: arti's forms in keys, tor's in values (S10)
    [InlineData("semi;colon", "equals=sign", @"semi\;colon=equals=sign")]
    [InlineData("equals=sign", "semi;colon", @"equals\=sign=semi\;colon")]
    [InlineData("also", @"back\slash", @"also=back\\slash")]
    public void FormatClient_V6_EscapesNoMoreThanNeeded(string key, string value, string expected) =>
        Assert.Equal(expected, new PtArguments([new(key, value)]).FormatClient());

    [Theory] // V12
    [InlineData("j v1 j v2 j v3 k v1 k v2 k v3", "j=v1,j=v2,j=v3,k=v1,k=v2,k=v3")]
    [InlineData(@"=,\ = =,\ , =,\ \", @"\=\,\\=\=,\=\,\\=\,,\=\,\\=\\")]
    [InlineData("cache /tmp/cache secret nou", "cache=/tmp/cache,secret=nou")]
    public void FormatServer_V12_Golden(string pairs, string expected)
    {
        var arguments = new PtArguments(pairs.Split(' ').Chunk(2).Select(pair => new PtArgument(pair[0], pair[1])));
        Assert.Equal(expected, arguments.FormatServer());
        Assert.True(PtArguments.TryParseServer(expected, out PtArguments parsed, out _));
        Assert.Equal(arguments, parsed);
    }

    [Fact] // M35, M38: raw padding is read, escaped padding written
    public void TryParseServer_EmptyOrRawEquals_Read()
    {
        Assert.True(PtArguments.TryParseServer("", out PtArguments none, out _));
        Assert.Empty(none);
        Assert.True(PtArguments.TryParseServer("cert=ab==,iat-mode=0", out PtArguments some, out _));
        Assert.Equal("ab==", some.First("cert"));
        Assert.Equal(@"cert=ab\=\=,iat-mode=0", some.FormatServer());
    }

    [Theory]
    [InlineData("k")]
    [InlineData("k=v,")]
    [InlineData(",k=v")]
    [InlineData(@"k=v\")]
    [InlineData("=v")]
    public void TryParseServer_Bad_Error(string text)
    {
        Assert.False(PtArguments.TryParseServer(text, out _, out string? error));
        Assert.NotNull(error);
    }

    [Fact] // N18
    public void TryParseWords_Escapes_AreLeftAsTheyAre()
    {
        Assert.True(PtArguments.TryParseWords(["a=", @"k=v\;=x"], out PtArguments arguments, out _));
        Assert.Equal(new PtArguments([new("a", ""), new("k", @"v\;=x")]), arguments);
    }

    [Theory] // N18
    [InlineData("=b")]
    [InlineData("word")]
    [InlineData("")]
    public void TryParseWords_NoKey_ErrorNamesTheWordByNumber(string word)
    {
        Assert.False(PtArguments.TryParseWords(["a=b", word], out _, out string? error));
        Assert.StartsWith("argument 2 ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ToString_Values_NeverShown() // G5
    {
        Assert.Equal("secret=…, iat-mode=…", s_two.ToString());
        Assert.DoesNotContain("hunter2", $"{s_two[0]}", StringComparison.Ordinal);
    }

    [Fact]
    public void Equals_OtherOrder_IsFalse()
    {
        Assert.Equal(s_two, new PtArguments(s_two));
        Assert.Equal(s_two.GetHashCode(), new PtArguments(s_two).GetHashCode());
        Assert.NotEqual(s_two, new PtArguments(s_two.Reverse()));
        Assert.Null(s_two.First("Secret"));
    }

    [Fact]
    public void Constructor_EmptyKey_Throws() => Assert.Throws<ArgumentException>(() => new PtArguments([new("", "v")]));

    [Fact]
    public void ClientForm_AnyArguments_RoundTrip() => Generators.ForAll(Generators.Arguments, arguments =>
        PtArguments.TryParseClient(arguments.FormatClient(), out PtArguments parsed, out _) && parsed.Equals(arguments));

    [Fact]
    public void ServerForm_AnyArguments_RoundTrip() => Generators.ForAll(Generators.Arguments, arguments =>
        PtArguments.TryParseServer(arguments.FormatServer(), out PtArguments parsed, out _) && parsed.Equals(arguments));

    [Fact] // S11: obfs4proxy refuses a backslash before any other character
    public void FormatClient_AnyArguments_EscapesOnlyThree() => Generators.ForAll(Generators.Arguments, arguments =>
    {
        string text = arguments.FormatClient();
        for (int i = text.IndexOf('\\', StringComparison.Ordinal); i >= 0; i = text.IndexOf('\\', Math.Min(i + 2, text.Length)))
        {
            if (!@"\;=".Contains(text[i + 1], StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    });

    [Fact]
    public void TryParse_AnyText_AcceptsOrExplains() => Generators.ForAll(Generators.Text, text =>
        PtArguments.TryParseClient(text, out _, out string? error) == (error is null)
        && PtArguments.TryParseServer(text, out _, out error) == (error is null)
        && PtArguments.TryParseWords(text.Split(' '), out _, out error) == (error is null));
}
