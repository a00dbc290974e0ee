using System.Net;
using Plait.Diagnostics.Failures;
using Plait.SystemTests.BadInput;
using Plait.SystemTests.Doubles;

namespace Plait.SystemTests.Advice;

/// <summary>
/// goptlib's programs log "SOCKS accepted" when they are asked, and what went wrong only when it has (R7): Plait listens until they are silent.
/// </summary>
public sealed class LateWordsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Fact]
    public async Task Program_SaysAnotherLineFirst_TheUsefulOneIsInEveryMessage()
    {
        const int Attempts = 6;
        await using PtHost client = Start($"ClientTransportPlugin webtunnel exec {FieldPrograms.WebTunnelClient}\n", "webtunnel");
        IPEndPoint socks = await client.Method("webtunnel");
        for (int i = 0; i < Attempts; i++)
        {
            await Assert.ThrowsAsync<SocksRefusedException>(
                () => SocksClient.ConnectAsync(socks, IPEndPoint.Parse("192.0.2.1:80"), "url=https://localhost:9/plait-late-words"));
        }

        string[] told = await ToldAsync(client, Attempts);
        Assert.All(told, line => Assert.Contains("its program said: ", line, StringComparison.Ordinal));
        Assert.All(told, line => Assert.Contains("Could not find any valid IP for ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Program_SaysNothing_NoWordsArePointedTo()
    {
        await using PtHost client = Start($"ClientTransportPlugin bad exec {Programs.DummyTransport} --refuse 5\n", "bad");
        IPEndPoint socks = await client.Method("bad");
        await Assert.ThrowsAsync<SocksRefusedException>(() => SocksClient.ConnectAsync(socks, IPEndPoint.Parse("192.0.2.1:80")));
        string line = Assert.Single(await ToldAsync(client, 1));
        Assert.DoesNotContain("said", line, StringComparison.Ordinal);
        Assert.DoesNotContain("words", line, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private PtHost Start(string plaitrc, string name) => PtHost.StartClient(PlaitProgram.Path, ["-f", _folder.Write("plaitrc", plaitrc)], name);

    private static Task<string[]> ToldAsync(PtHost client, int count) => Deadline.PollAsync(
        () => client.Lines.Snapshot().Where(line => line.Contains("handshake: refused: ", StringComparison.Ordinal) && line.StartsWith("LOG ", StringComparison.Ordinal)).ToArray()
            is var told && told.Length == count ? told : null,
        $"{count} failures", details: () => client.Lines.Tail());
}
