using FsCheck;
using FsCheck.Fluent;

namespace Plait.Wire.Tests.Pt.Messages;

public sealed class PtMessageTests
{
    [Fact] // V1
    public void Parse_V1ClientLines_ParsedAndWrittenBack()
    {
        const string Lines =
            """
            VERSION 1
            PROXY DONE
            CMETHOD obfs4 socks5 127.0.0.1:34437
            CMETHOD obfs3 socks5 127.0.0.1:38071
            CMETHOD-ERROR nosuch no such transport is supported
            CMETHODS DONE
            """;
        PtMessage[] expected =
        [
            new VersionMessage("1"),
            new ProxyDoneMessage(),
            new ClientMethodMessage("obfs4", SocksVersion.Socks5, new(IPAddress.Loopback, 34437)),
            new ClientMethodMessage("obfs3", SocksVersion.Socks5, new(IPAddress.Loopback, 38071)),
            new ClientMethodErrorMessage("nosuch", "no such transport is supported"),
            new ClientMethodsDoneMessage(),
        ];
        Assert.Equal(expected, Lines.Split('\n').Select(PtMessage.Parse));
        Assert.Equal(Lines, string.Join('\n', expected.Select(message => message.Format())));
    }

    [Fact] // V2
    public void Parse_V2ServerLines_ParsedAndWrittenBack()
    {
        const string Lines =
            """
            VERSION 1
            SMETHOD obfs4 127.0.0.1:44231 ARGS:cert=sX+ON7sxBbRJu7aLGDh4yld46IDkLkYOTAAsfmJ3yeuaMR58/Lk1jQbnPcJ9lgrwqddEVw,iat-mode=0
            SMETHOD-ERROR obfs4 invalid iat-mode '7'
            SMETHODS DONE
            """;
        PtMessage[] messages = [.. Lines.Split('\n').Select(PtMessage.Parse)];
        var method = Assert.IsType<ServerMethodMessage>(messages[1]);
        Assert.Equal("sX+ON7sxBbRJu7aLGDh4yld46IDkLkYOTAAsfmJ3yeuaMR58/Lk1jQbnPcJ9lgrwqddEVw", method.Arguments.First("cert"));
        Assert.Equal("0", method.Arguments.First("iat-mode"));
        Assert.Equal(new ServerMethodErrorMessage("obfs4", "invalid iat-mode '7'"), messages[2]);
        Assert.Equal(Lines, string.Join('\n', messages.Select(message => message.Format())));
    }

    [Theory] // V2 (obfs3), M21, M35, M41
    [InlineData("SMETHOD obfs3 127.0.0.1:1 ARGS:")]
    [InlineData("SMETHOD obfs3 127.0.0.1:1")]
    [InlineData("SMETHOD  obfs3   127.0.0.1:1  FORWARD:1 ")]
    public void Parse_V2NoArguments_Empty(string line) =>
        Assert.Equal(new ServerMethodMessage("obfs3", new(IPAddress.Loopback, 1), PtArguments.Empty), PtMessage.Parse(line));

    [Theory] // M10, M18, M20: whole keywords, repeated blanks, extra fields
    [InlineData(" CMETHOD\tt1  socks4 [::1]:1 extra ", "CMETHOD t1 socks4 [::1]:1")]
    [InlineData("CMETHODS DONE and more", "CMETHODS DONE")]
    [InlineData("SMETHODS  DONE", "SMETHODS DONE")]
    [InlineData("ENV-ERROR  what  ever", "ENV-ERROR what  ever")]
    [InlineData("PROXY-ERROR", "PROXY-ERROR")]
    [InlineData("VERSION-ERROR no-version", "VERSION-ERROR no-version")]
    [InlineData("SMETHOD a 1.2.3.4:5 X:y ARGS:k=v ARGS:l=w", "SMETHOD a 1.2.3.4:5 ARGS:k=v")]
    public void Parse_LenientForms_WrittenStrictly(string line, string expected) =>
        Assert.Equal(expected, PtMessage.Parse(line).Format());

    [Theory] // M11, M18, M20, M21, M34
    [InlineData("VERSION", "VERSION")]
    [InlineData("VERSION 1 foo", "VERSION")]
    [InlineData("VERSION \0", "VERSION")] // found by eng/fuzz pt-message: written again it had no version
    [InlineData("PROXY", "PROXY")]
    [InlineData("PROXY OK", "PROXY")]
    [InlineData("CMETHODS", "CMETHODS")]
    [InlineData("SMETHODS READY", "SMETHODS")]
    [InlineData("CMETHOD t1 socks5", "CMETHOD")]
    [InlineData("CMETHOD t1 socks4a 127.0.0.1:1", "CMETHOD")]
    [InlineData("CMETHOD t1 socks5 localhost:1", "CMETHOD")]
    [InlineData("CMETHOD t1 socks5 127.0.0.1:0", "CMETHOD")]
    [InlineData("CMETHOD t1 socks5 127.0.0.1", "CMETHOD")]
    [InlineData("CMETHOD t-1 socks5 127.0.0.1:1", "CMETHOD")]
    [InlineData("CMETHOD-ERROR", "CMETHOD-ERROR")]
    [InlineData("CMETHOD-ERROR t|1 text", "CMETHOD-ERROR")]
    [InlineData("SMETHOD t1", "SMETHOD")]
    [InlineData("SMETHOD t1 127.0.0.1:0", "SMETHOD")]
    [InlineData("SMETHOD t1 localhost:1", "SMETHOD")]
    [InlineData("SMETHOD t1 127.0.0.1:1 ARGS:k", "SMETHOD")]
    [InlineData("SMETHOD t1 127.0.0.1:1 ARGS:k=é", "SMETHOD")]
    [InlineData("SMETHOD-ERROR 1 text", "SMETHOD-ERROR")]
    public void Parse_KnownKeywordWrongContents_MalformedWithReason(string line, string keyword)
    {
        var message = Assert.IsType<MalformedMessage>(PtMessage.Parse(line));
        Assert.Equal(keyword, message.Keyword);
        Assert.NotEmpty(message.Reason);
        Assert.DoesNotContain("127.0.0.1", message.Reason, StringComparison.Ordinal);
    }

    [Theory] // M7, M9, M10; V16: LOG and STATUS without a text are unknown lines
    [InlineData("", "")]
    [InlineData("   ", "")]
    [InlineData("CMETHODX t1 socks5 127.0.0.1:1", "CMETHODX")]
    [InlineData("VERSIONS", "VERSIONS")]
    [InlineData("version 1", "version")]
    [InlineData("\uFEFFVERSION 1", "")]
    [InlineData("192.0.2.1:80 refused", "")]
    [InlineData("LOG", "LOG")]
    [InlineData("STATUS", "STATUS")]
    [InlineData("STATUS ", "STATUS")]
    public void Parse_UnknownKeyword_Unknown(string line, string keyword) =>
        Assert.Equal(new UnknownMessage(keyword), PtMessage.Parse(line));

    [Fact] // M9
    public void Format_UnknownOrMalformed_NeverRelayed()
    {
        Assert.Throws<NotSupportedException>(() => PtMessage.Parse("CMETHODX t1 socks5 127.0.0.1:1").Format());
        Assert.Throws<NotSupportedException>(() => PtMessage.Parse("CMETHOD t1").Format());
    }

    [Fact] // M36
    public void Format_ServerArgumentWithBlank_Throws()
    {
        var message = new ServerMethodMessage("a", new(IPAddress.Loopback, 1), new([new("k", "v w")]));
        Assert.Throws<InvalidOperationException>(message.Format);
    }

    [Fact]
    public void ToString_AnyMessage_ShowsItsKindOnly() => // G5
        Assert.Equal("EnvErrorMessage", new EnvErrorMessage("192.0.2.1").ToString());

    [Fact] // M2, M47: no text can break its line, whatever it holds
    public void Format_AnyText_OneLineOfPrintableAscii() => Generators.ForAll(AnyMessage(Generators.Text), message =>
    {
        string line = message.Format();
        return line.All(c => c is >= ' ' and <= '~') && line.Trim() == line && PtMessage.Parse(line).GetType() == message.GetType();
    });

    [Fact]
    public void Parse_WhatWeWrite_Equal() => Generators.ForAll(
        AnyMessage(Generators.Word.Select(word => word.Replace('"', '+').Replace('\\', '+'))),
        message => PtMessage.Parse(message.Format()).Equals(message));

    [Fact]
    public void Parse_AnyText_NeverThrows()
    {
        Gen<string> keyword = Gen.Elements(
            "VERSION", "ENV-ERROR", "PROXY", "CMETHOD", "CMETHODS", "CMETHOD-ERROR", "SMETHOD", "LOG", "STATUS", "");
        Gen<string> line =
            from word in keyword
            from texts in Generators.Text.ArrayOf()
            select string.Join(' ', [word, .. texts]);
        Generators.ForAll(line, text => PtMessage.Parse(text) is not null);
    }

    private static Gen<PtMessage> AnyMessage(Gen<string> text) => Gen.OneOf<PtMessage>(
        text.Select(t => (PtMessage)new VersionErrorMessage(t)),
        text.Select(t => (PtMessage)new EnvErrorMessage(t)),
        text.Select(t => (PtMessage)new ProxyErrorMessage(t)),
        from n in Generators.Name
        from t in text
        select (PtMessage)new ClientMethodErrorMessage(n, t),
        from n in Generators.Name
        from t in text
        select (PtMessage)new ServerMethodErrorMessage(n, t),
        from n in Generators.Name
        from version in Gen.Elements(SocksVersion.Socks4, SocksVersion.Socks5)
        from address in Generators.UsableEndPoint
        where !address.Address.IsIPv4MappedToIPv6
        select (PtMessage)new ClientMethodMessage(n, version, address),
        from n in Generators.Name
        from address in Generators.UsableEndPoint
        from arguments in Generators.WordArguments
        where !address.Address.IsIPv4MappedToIPv6
        select (PtMessage)new ServerMethodMessage(n, address, arguments),
        from severity in Gen.Elements(Enum.GetValues<LogSeverity>())
        from t in text
        select (PtMessage)new LogMessage(severity, t),
        from n in Generators.Name
        from key in Gen.Elements("TYPE", "VERSION", "K")
        from t in text
        select (PtMessage)new StatusMessage(n, [new(key, t)]));
}
