using Plait.Configuration;
using Plait.Tests.Support;
using Plait.Wire.Pt;
using Xunit;
using static Plait.Tests.Configuration.ConfigurationAssert;

namespace Plait.Tests.Configuration;

/// <summary>Plugin lines that name a shared library or a .NET assembly.</summary>
public class LibraryLineTests
{
    [Theory]
    [InlineData("library /lib/pt.so", "plait_transport", false)]
    [InlineData("LIBRARY /lib/pt.so other_entry", "other_entry", false)]
    [InlineData("library-in-process /lib/pt.so", "plait_transport", true)]
    public void Parse_Library_KeepsPathEntryAndPlace(string form, string entry, bool inProcess)
    {
        RoleConfiguration server = ParsesCleanly($"ServerTransportPlugin xor,rot {form}").Server;
        PluginLine line = Managed(server, "xor").Line;
        Assert.Same(line, Managed(server, "rot").Line);
        Assert.Equal("/lib/pt.so", line.Program);
        Assert.Empty(line.Arguments);
        Assert.Equal(new(entry, inProcess), line.Library);
        Assert.True(server.Transports["xor"].ListensItself);
    }

    [Fact]
    public void Parse_LibraryWithArguments_KeepsThem() =>
        Assert.Equal(["-a", "b c"], Managed(ParsesCleanly("ClientTransportPlugin xor library /lib/pt.so entry -a 'b c'").Client, "xor").Line.Arguments);

    [Fact]
    public void Parse_LinesOfOneLibrary_ShareAProcessWhereAllIsEqual()
    {
        RoleConfiguration client = ParsesCleanly("""
            ClientTransportPlugin a library /lib/pt.so
            ClientTransportPlugin b library /lib/pt.so plait_transport
            ClientTransportPlugin c library /lib/pt.so other
            ClientTransportPlugin d library-in-process /lib/pt.so
            ClientTransportPlugin e library /lib/pt.so plait_transport x
            ClientTransportPlugin f exec /lib/pt.so
            """).Client;
        PluginLine[] lines = [.. "abcdef".Select(name => Managed(client, name.ToString()).Line)];
        Assert.Same(lines[0], lines[1]);
        Assert.Equal(5, lines.Distinct().Count());
        Assert.Null(lines[^1].Library);
    }

    [Fact]
    public void Parse_Assembly_KeepsPathAndType()
    {
        RoleConfiguration client = ParsesCleanly("ClientTransportPlugin mask assembly /lib/mask.dll Some.Type\nAlias mask_b64 mask|b64").Client;
        var source = Assert.IsType<TransportSource.Assembly>(client.Transports["mask"].Source);
        Assert.Equal(("mask", "/lib/mask.dll", "Some.Type"), (source.Name, source.Path, source.TypeName));
        Assert.True(source.IsPartOfPlait);
        Assert.True(source.KeepsState(PtRole.Server));
    }

    [Theory]
    [InlineData("ClientTransportPlugin a library", "ClientTransportPlugin names no library. Write ClientTransportPlugin NAME[,NAME...] library /FULL/PATH.so [ENTRY [ARG...]].")]
    [InlineData("ServerTransportPlugin a library-in-process \"\"", "ServerTransportPlugin names no library")]
    [InlineData("ClientTransportPlugin a library libxor.so", "ClientTransportPlugin names a library without its folder")]
    [InlineData("ClientTransportPlugin a library /lib/pt.so my-entry", "ClientTransportPlugin: \"my-entry\" is not the name of a function")]
    [InlineData("ClientTransportPlugin a library /lib/caf<DCE9>.so", "ClientTransportPlugin has words after library that are not UTF-8")]
    [InlineData("ClientTransportPlugin a assembly /lib/a.dll", "ClientTransportPlugin with assembly takes the path of an assembly, the name of a type, and nothing after it. Write ClientTransportPlugin NAME assembly /FULL/PATH.dll NAMESPACE.TYPE.")]
    [InlineData("ClientTransportPlugin a assembly /lib/a.dll A.B c", "ClientTransportPlugin with assembly takes the path of an assembly")]
    [InlineData("ClientTransportPlugin a assembly /lib/a.dll \"\"", "ClientTransportPlugin with assembly takes the path of an assembly")]
    [InlineData("ClientTransportPlugin a assembly /lib/a.dll <DCE9>", "ClientTransportPlugin has words after assembly that are not UTF-8")]
    public void Parse_BadLine_SaysWhat(string text, string expected) =>
        Assert.StartsWith($"rc:1: {expected}", OneProblem(Surrogates.In(text)), StringComparison.Ordinal);
}
