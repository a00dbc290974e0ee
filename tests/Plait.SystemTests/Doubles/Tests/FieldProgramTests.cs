using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Doubles.Tests;

/// <summary>The field's transports alone, as far as other tests build on what they do.</summary>
public class FieldProgramTests
{
    private const string WebTunnel = "webtunnel";

    [Theory]
    [InlineData("obfs2")]
    [InlineData("obfs3")]
    [InlineData("obfs4")]
    public async Task Lyrebird_ClientAndServer_Echo(string name)
    {
        await using var pair = PtPair.Start(FieldPrograms.Lyrebird, name);
        using Socket socket = await pair.OpenAsync();

        await PtPair.AssertEchoAsync(socket, 200_000);

        Assert.Equal(name, Assert.Single(pair.OrPort.Introductions).Transport);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WebTunnel_LyrebirdOrItsOwnClient_Echo(bool isLyrebird)
    {
        IPEndPoint address = FreePorts.TakeEndPoint();
        await using ExtOrPortDouble orPort = ExtOrPortDouble.Start();
        await using PtHost server = PtHost.Start(new()
        {
            Program = FieldPrograms.WebTunnelServer,
            Names = [WebTunnel],
            IsServer = true,
            ExtendedOrPort = orPort,
            BindAddresses = new Dictionary<string, string> { [WebTunnel] = $"{address}" },
            Options = $"{WebTunnel}:url=http://{address}/a-path",
        });
        await using PtHost client = PtHost.StartClient(isLyrebird ? FieldPrograms.Lyrebird : FieldPrograms.WebTunnelClient, [], WebTunnel);
        PtMethod announced = await server.MethodLine(WebTunnel);
        await server.WaitForDoneAsync();

        Assert.NotEqual(address, announced.EndPoint);
        Assert.StartsWith("2001:db8:", announced.EndPoint.Address.ToString(), StringComparison.Ordinal); // R1
        if (isLyrebird) // its own client drops loopback addresses (W5)
        {
            using Socket socket = await SocksClient.ConnectAsync(await client.Method(WebTunnel), announced.EndPoint, announced.ArgumentList);
            await PtPair.AssertEchoAsync(socket, 200_000);
            Assert.Equal(WebTunnel, Assert.Single(orPort.Introductions).Transport);
        }
        else
        {
            IPEndPoint socks = await client.Method(WebTunnel);
            await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(socks, announced.EndPoint, announced.ArgumentList));
        }
    }
}
