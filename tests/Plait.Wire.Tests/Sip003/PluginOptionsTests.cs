using FsCheck.Fluent;
using Plait.Wire.Pt;
using Plait.Wire.Sip003;

namespace Plait.Wire.Tests.Sip003;

public sealed class PluginOptionsTests
{
    private const string Cert = "sX+ON7sxBbRJu7aLGDh4yld46IDkLkYOTAAsfmJ3yeuaMR58/Lk1jQbnPcJ9lgrwqddEVw"; // V2

    private static readonly string[] s_two = ["obfs3", "obfs4"];

    [Theory]
    [InlineData("chain=obfs3|obfs4;1-cert=abc;1-iat-mode=0", "Client: obfs3|obfs4 x-chain-1-cert=…, x-chain-1-iat-mode=…")]
    [InlineData("server;chain=obfs4;iat-mode=1", "Server: obfs4 iat-mode=…")]
    [InlineData("chain=obfs4;cert=abc;server;", "Server: obfs4 cert=…")]
    [InlineData(@"ch\ain=obfs3 | obfs4;1onwards-a=b;x-chain-0-c=\;d", "Client: obfs3 | obfs4 x-chain-1onwards-a=…, x-chain-0-c=…")]
    [InlineData("chain=mine;0-state=x", "Client: mine x-chain-0-state=…")]
    [InlineData("", "Client:  ")]
    public void TryRead_WordsAndArguments_AreToldApart(string text, string expected) => Assert.Equal(expected, Read(text).ToString());

    [Fact]
    public void TryRead_EveryWord_IsKept()
    {
        PluginOptions near = Read(@"chain=a;config=/a\;b\\c;state=/s;name=n;event-log=/e;profile=p;proxy=socks5://u:p\=w@192.0.2.1:9;bind=192.0.2.7;bind=2001:db8::7");
        Assert.Equal((@"/a;b\c", "/s", "n", "/e", "p"), (near.File, near.State, near.Name, near.EventLog, near.Profile));
        Assert.Equal("p=w", near.Proxy!.Password);
        Assert.Equal(("192.0.2.7", "2001:db8::7"), (near.BindV4!.ToString(), near.BindV6!.ToString()));
    }

    [Theory]
    [InlineData("chain=secret!|obfs4", "chain= is no chain")]
    [InlineData("chain=", "chain= has no value")]
    [InlineData("chain=a;chain=secret", "chain stands twice")]
    [InlineData("server=secret", "server takes no value")]
    [InlineData("server;proxy=socks5://192.0.2.1:9", "proxy= is for the side of ss-local")]
    [InlineData("server;bind=192.0.2.1", "bind= is for the side of ss-local")]
    [InlineData("server;profile=secret", "profile= is for the side of ss-local")]
    [InlineData("name=secret-name", "name= is no name")]
    [InlineData("proxy=secret", "proxy=: the proxy's scheme is not known")]
    [InlineData("bind=secret", "bind= is no IP address")]
    [InlineData("bind=192.0.2.1;bind=192.0.2.2", "bind= stands twice for one family")]
    [InlineData("1cert=secret", "`1cert` names no hop")]
    [InlineData("01-cert=secret", "`01-cert` names no hop")]
    [InlineData("x-chain-cert=secret", "`x-chain-cert` names no hop")]
    public void TryRead_Wrong_NamesTheOptionAndNoValue(string text, string expected)
    {
        Assert.True(Sip003Options.TryParse(text, out PtArguments options, out _));
        Assert.False(PluginOptions.TryRead(options, out _, out string? error));
        Assert.StartsWith(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData($"1-cert={Cert};1-iat-mode=0", null)]
    [InlineData($"cert={Cert};iat-mode=0", null)]
    [InlineData("profile=long", null)]
    [InlineData("1-iat-mode=0", "1-cert= is missing, which obfs4 needs; ")]
    [InlineData($"1-cert={Cert}", "1-iat-mode= is missing, which obfs4 needs; ")]
    [InlineData("chian=obfs4", "`chian` is not understood; did you mean chain?")]
    [InlineData("cret=secret", "`cret` is not understood; did you mean cert?")]
    [InlineData("1-cret=secret", "`1-cret` is not understood; did you mean 1-cert?")]
    [InlineData("confg=secret", "`confg` is not understood; did you mean config?")]
    [InlineData("mode=websocket", "`mode` is not understood; the words are chain, server, config, ")]
    [InlineData("fast-open", "`fast-open` is not understood; the words are chain, server, config, ")]
    [InlineData("2-cert=secret", "`2-cert` is for hop 2, and the chain's hops are 0 to 1; ")]
    [InlineData("cert=secret;iat-mode=0", "cert of obfs4 has 70 characters, this one 6")]
    [InlineData($"1-cert={Cert};1-iat-mode=7", "1-iat-mode of obfs4 is 0, 1 or 2, not 7")]
    [InlineData("1-cert=", "1-cert= has no value")]
    public void ProblemOn_TwoHops_SaysWhatToWrite(string text, string? expected)
    {
        string? problem = Read(text).ProblemOn(s_two);
        Assert.StartsWith(expected ?? "", problem ?? "", StringComparison.Ordinal);
        Assert.Equal(expected is null, problem is null);
        Assert.DoesNotContain("secret", problem ?? "", StringComparison.Ordinal);
    }

    /// <summary>A transport of which nothing is known may take any key; only one that looks like a word of Plait's is asked about.</summary>
    [Theory]
    [InlineData("foo=1;0-state=x", null)]
    [InlineData("stat=x", "`stat` is not understood; did you mean state? If it is an argument of a transport, write it with its hop: 0-stat=VALUE")]
    public void ProblemOn_UnknownTransport_LeavesItsKeysAlone(string text, string? expected) => Assert.Equal(expected, Read(text).ProblemOn(["mine"]));

    [Theory]
    [InlineData("server;iat-mode=1", null)]
    [InlineData("server", null)] // the far end makes its own keys
    [InlineData($"server;cert={Cert};iat-mode=0", null)] // the line of the near ends, pasted
    [InlineData("server;confg=x", "`confg` is not understood; did you mean config? If it is an argument of a transport, write it with its hop: 0-confg=VALUE")]
    [InlineData("server;1-iat-mode=1", "`1-iat-mode` is for hop 1, and the chain has hop 0 alone; leave the number out")]
    public void ProblemOn_FarEnd_IsAskedForNoArgument(string text, string? expected) => Assert.Equal(expected, Read(text).ProblemOn(["obfs4"]));

    [Fact]
    public void Format_OfAFarEnd_HasTheChainAndTheArgumentsOfEachHop() => Assert.Equal(
        "chain=obfs3|obfs4;1-cert=abc;1-iat-mode=0",
        PluginOptions.Format(s_two, new([new("x-chain-1-cert", "abc"), new("x-chain-1-iat-mode", "0")])));

    [Fact]
    public void Format_SpecialCharactersAndWordsOfPlait_AreEscapedAndGetTheirHop() => Assert.Equal(
        @"chain=mine;key=a\;b\=c\\d;0-state=x;0-1-x=y",
        PluginOptions.Format(["mine"], new([new("key", @"a;b=c\d"), new("state", "x"), new("1-x", "y")])));

    [Fact]
    public void Format_WhatAFarEndAnnounces_GivesEachHopTheSame() => Generators.ForAll(
        Generators.Arguments.ListOf(2).Where(perHop => perHop.All(hop => hop.All(argument => argument.Key[0] != 'x'))),
        perHop =>
        {
            string text = PluginOptions.Format(s_two, ChainArguments.Merge([.. perHop]));
            return Sip003Options.TryParse(text, out PtArguments options, out _)
                && PluginOptions.TryRead(options, out PluginOptions? read, out _)
                && read.Chain == "obfs3|obfs4"
                && ChainArguments.TryDistribute(read.Arguments, 2, out IReadOnlyList<PtArguments> again, out _)
                && again.SequenceEqual(perHop);
        });

    /// <summary>Options that are cut off, as by a shell that takes ; for the end of a command, are read or refused; nothing throws.</summary>
    [Fact]
    public void TryRead_EveryCut_ReadsOrNamesAnOption()
    {
        string text = $@"server;chain=obfs3|obfs4;config=/etc/a\;b;state=/s\\t;1-cert={Cert};x-chain-0-k\=ey=v\=w;bind=192.0.2.1;name=n;";
        for (int length = 0; length <= text.Length; length++)
        {
            bool parsed = Sip003Options.TryParse(text[..length], out PtArguments options, out string? error);
            Assert.Equal(parsed, !text[..length].EndsWith('\\') || text[..length].EndsWith(@"\\", StringComparison.Ordinal));
            if (parsed && PluginOptions.TryRead(options, out PluginOptions? read, out error))
            {
                _ = read.ProblemOn(s_two);
            }
            else
            {
                Assert.NotEmpty(error!);
            }
        }
    }

    private static PluginOptions Read(string text)
    {
        Assert.True(Sip003Options.TryParse(text, out PtArguments options, out string? error), error);
        Assert.True(PluginOptions.TryRead(options, out PluginOptions? read, out error), error);
        return read;
    }
}
