using System.Net;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.TorNet;

namespace Plait.SystemTests.Failures;

/// <summary>A real tor in front: what it shows of a failure, and that it takes every line.</summary>
public sealed class TorLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plait-torlog-").FullName;

    [Fact]
    public async Task BridgeIsGone_TorsLogShowsTheSentence_AndTakesTheStatusLines() // M48 to M51
    {
        string plaitrc = Path.Combine(_folder, "plaitrc");
        await File.WriteAllTextAsync(plaitrc, $"ClientTransportPlugin a,b exec {Programs.DummyTransport}\n");
        using var closed = new ClosedPort();
        Torrc torrc = new Torrc("client", Path.Combine(_folder, "data")).With(
            "UseBridges 1",
            "SocksPort 0",
            "OutboundBindAddress 127.0.0.1",
            $"ClientTransportPlugin a_b exec {PlaitProgram.Path} -f {plaitrc}",
            $"Bridge a_b {closed.EndPoint}");

        await using TorProcess tor = TorProcess.Start(torrc, detailed: true);

        const string Sentence = "hop 1 (b), outside connection: refused: connecting failed (refused); check that the bridge is running";
        string shown = await tor.WaitForLogAsync($"[warn] Managed proxy \"{PlaitProgram.Path}\": a_b: {Sentence}");
        Assert.Contains("and that the address in the bridge line is right", shown, StringComparison.Ordinal);
        string names = "STAGE=\"outside_connection\" CAUSE=\"refused\" HOP=\"1\" HOP_TRANSPORT=\"b\"";
        await tor.WaitForLogAsync($"(STATUS TRANSPORT=a_b CONNECT=\"Failed\" {names} MESSAGE=\"{Sentence}");
        await tor.WaitForLogAsync("(STATUS TRANSPORT=a_b CHILD=\"Started\"");

        // tor's complaints about lines are these; the sentence itself is the only warning with our name.
        Assert.DoesNotContain(tor.Log.Snapshot(), line => line.Contains("[warn]", StringComparison.Ordinal)
            && line.Contains("anaged proxy", StringComparison.Ordinal) && !line.Contains(Sentence, StringComparison.Ordinal));
        Assert.DoesNotContain(tor.Log.Snapshot(), line => line.Contains("Unknown line", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(tor.Log.Snapshot(), line => line.Contains("invalid", StringComparison.OrdinalIgnoreCase));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
