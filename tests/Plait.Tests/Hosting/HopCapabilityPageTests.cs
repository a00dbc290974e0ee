using Plait.Configuration;
using Plait.Tests.Configuration;
using Plait.Tests.Documentation;
using Xunit;

namespace Plait.Tests.Hosting;

/// <summary>The table of docs/hops.md says of each kind what its source declares.</summary>
public class HopCapabilityPageTests
{
    private const int Columns = 8; // the table of what goes together has fewer

    [Theory]
    [InlineData("pluggable transport", "Client", "exec /p")]
    [InlineData("SOCKS program that runs already", "Client", "socks5 127.0.0.1:1")]
    [InlineData("SOCKS program that Plait starts", "Client", "socks5 exec /p {listen}")]
    [InlineData("tunnel, SIP003 plugin", "Client", "tunnel exec /p {listen} {target}")]
    [InlineData("tunnel, SIP003 plugin", "Server", "sip003 exec /p")]
    public void Table_EachKind_SaysWhatItsSourceDeclares(string kind, string role, string rest)
    {
        PlaitConfiguration read = ConfigurationAssert.ParsesCleanly($"{role}TransportPlugin x {rest}");
        AssertRow(kind, (role == "Client" ? read.Client : read.Server).Transports["x"].Source);
    }

    [Fact]
    public void Table_PartOfPlait_SaysWhatItsSourceDeclares() => AssertRow("part of Plait", TransportDeclaration.InProcess()["dummy"].Source);

    [Fact]
    public void Capabilities_ProxyProtocol_ReportsItsClient()
    {
        PlaitConfiguration read = ConfigurationAssert.ParsesCleanly("ServerTransportPlugin x tunnel proxy-protocol exec /p {listen} {target}");
        Assert.True(read.Server.Transports["x"].Source.Capabilities.ReportsItsClient);
    }

    private static void AssertRow(string kind, TransportSource source)
    {
        string row = Assert.Single(Repository.Read("docs/hops.md").Split('\n'), line => line.StartsWith($"| {kind} |", StringComparison.Ordinal) && line.Count(letter => letter == '|') == Columns + 1);
        string[] cells = row.Split('|', StringSplitOptions.TrimEntries)[3..^1];
        HopCapabilities can = source.Capabilities;
        Assert.Equal(
            [
                Word(source.TakesProxy), Word(can.TakesTargets), Word(can.LetsPlaitDial), can.ForBridges ? Word(can.ReportsItsClient) : "-",
                Word(can.ForClients), Word(can.ForBridges),
            ],
            cells.Select(cell => cell.Split(';')[0]));
    }

    private static string Word(bool can) => can ? "yes" : "no";
}
