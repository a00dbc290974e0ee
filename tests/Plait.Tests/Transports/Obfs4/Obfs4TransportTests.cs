using Plait.Connections;
using Plait.Diagnostics.Failures;
using Plait.Tests.Support;
using Plait.Transports;
using Plait.Transports.Obfs4;
using Plait.Wire.Arguments;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>Arguments, options, state, and why a handshake fails.</summary>
public sealed class Obfs4TransportTests : IDisposable
{
    private const string PrivateKey = "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf";

    private readonly TemporaryFolder _folder = new();

    private string StatePath => Path.Combine(_folder.Path, ServerState.FileName);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cert=" + Vectors.Certificate + ";iat-mode=0")]
    [InlineData("cert=" + Vectors.Certificate + ";iat-mode=2;node-id=x;public-key=y")] // cert wins
    [InlineData("node-id=545ea538461003efdc8c81c244531b003f6f26cf;iat-mode=1;public-key=43ad554837e5121524d821d12990b33a8eb57371a268595046e81cf48e53ae72")]
    public void Prepare_WithGoodArguments_MakesAHandshake(string arguments) => Prepare(arguments).Dispose();

    [Theory]
    [InlineData("", "the argument cert is missing")]
    [InlineData("iat-mode=0", "the argument cert is missing")]
    [InlineData("cert=" + Vectors.Certificate, "the argument iat-mode is missing")]
    [InlineData("cert=" + Vectors.Certificate + ";iat-mode=3", "the argument iat-mode is not 0, 1 or 2")]
    [InlineData("cert=" + Vectors.Certificate + ";iat-mode=x", "the argument iat-mode is not 0, 1 or 2")]
    [InlineData("cert=" + Vectors.Certificate + @"\=\=;iat-mode=0", "the argument cert is not that of an obfs4 bridge")]
    [InlineData("cert=AAAA;iat-mode=0", "the argument cert is not that of an obfs4 bridge")]
    [InlineData("cert=" + "_F6lOEYQA+/cjIHCRFMbAD9vJs9DrVVIN+USFSTYIdEpkLM6jrVzcaJoWVBG6Bz0jlOucg;iat-mode=0", "the argument cert is not that of an obfs4 bridge")]
    [InlineData("node-id=545ea538461003efdc8c81c244531b003f6f26cf;iat-mode=1", "the argument public-key is missing")]
    [InlineData("node-id=545ea5;public-key=00;iat-mode=1", "the arguments node-id and public-key are not")]
    public void Prepare_WithWrongArguments_SaysWhich(string arguments, string detail)
    {
        TransportException e = Assert.Throws<TransportException>(() => Prepare(arguments));
        Assert.Equal(FailureCause.ArgumentWrong, e.Failure);
        Assert.StartsWith(detail, e.Detail.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrepareAsync_TheFirstTime_MakesTheFilesOfObfs4proxy()
    {
        using IPreparedServer server = await PrepareServerAsync("");
        string text = await File.ReadAllTextAsync(StatePath, Deadline.Token);
        Assert.Matches("^{\"node-id\":\"[0-9a-f]{40}\",\"private-key\":\"[0-9a-f]{64}\",\"public-key\":\"[0-9a-f]{64}\",\"drbg-seed\":\"[0-9a-f]{48}\",\"iat-mode\":0}$", text);
        Assert.Equal("0", server.ClientArguments.First("iat-mode"));
        Assert.True(BridgeIdentity.TryParse(server.ClientArguments.First("cert")!, out BridgeIdentity? identity));
        Assert.Contains(Vectors.Hex(identity.PublicKey), text, StringComparison.Ordinal);
        Assert.DoesNotContain((short)0, new Shape(Vectors.Bytes(text[^63..^15])).Lengths.Values.ToArray());
        string[] line = await File.ReadAllLinesAsync(Path.Combine(_folder.Path, ServerState.BridgeLineFileName), Deadline.Token);
        Assert.Equal(13, line.Length);
        Assert.All(line[..11], comment => Assert.StartsWith("#", comment, StringComparison.Ordinal));
        Assert.Equal("", line[11]);
        Assert.Equal($"Bridge obfs4 <IP ADDRESS>:<PORT> <FINGERPRINT> cert={identity.Certificate} iat-mode=0", line[12]);
        if (!OperatingSystem.IsWindows())
        {
            foreach (string file in Directory.GetFiles(_folder.Path))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    /// <summary>The key stays as obfs4proxy has written it, clamped or not (O4-6), and a mode of the options stays (O4-5).</summary>
    [Fact]
    public async Task PrepareAsync_OfAFileOfObfs4proxy_KeepsItAndItsLine()
    {
        string text = $"{{\"node-id\":\"545ea538461003efdc8c81c244531b003f6f26cf\",\"private-key\":\"{PrivateKey}\",\"public-key\":\"ffff\",\"drbg-seed\":\"{Vectors.Hex(Vectors.DrbgSeed)}ab\",\"iat-mode\":0}}";
        await File.WriteAllTextAsync(StatePath, text, Deadline.Token);
        using IPreparedServer first = await PrepareServerAsync("");
        Assert.Equal(text, await File.ReadAllTextAsync(StatePath, Deadline.Token));
        using IPreparedServer second = await PrepareServerAsync("iat-mode=1");
        using IPreparedServer third = await PrepareServerAsync("");
        Assert.Equal(text.Replace("\"iat-mode\":0", "\"iat-mode\":1", StringComparison.Ordinal), await File.ReadAllTextAsync(StatePath, Deadline.Token));
        Assert.Equal(first.ClientArguments.First("cert"), third.ClientArguments.First("cert"));
        Assert.Equal("1", third.ClientArguments.First("iat-mode"));
        Assert.Equal(TimeSpan.FromSeconds(30 + 36), first.ClosesRejectedAfter); // O4-33, O4-39
    }

    [Fact]
    public async Task PrepareAsync_OfAnIdentityInTheOptions_WritesItWithoutPublicKey()
    {
        using IPreparedServer server = await PrepareServerAsync(Options("545ea538461003efdc8c81c244531b003f6f26cf", Vectors.Hex(Vectors.Sha("identity")), Vectors.Hex(Vectors.DrbgSeed)));
        Assert.Equal(Vectors.Certificate, server.ClientArguments.First("cert"));
        Assert.Contains("\"public-key\":\"\"", await File.ReadAllTextAsync(StatePath, Deadline.Token), StringComparison.Ordinal);
    }

    /// <summary>The words are those of obfs4proxy (O4-3), without values of others.</summary>
    [Theory]
    [InlineData("node-id=00", "missing argument 'private-key'")]
    [InlineData("private-key=00", "missing argument 'node-id'")]
    [InlineData("node-id=00,private-key=00", "missing argument 'drbg-seed'")]
    [InlineData("iat-mode=x", "malformed iat-mode")]
    [InlineData("iat-mode=3", "invalid iat-mode '3'")]
    [InlineData("iat-mode=-1", "invalid iat-mode '-1'")]
    [InlineData("node-id=00,private-key=00,drbg-seed=00", "ntor: Invalid NodeID length: 1")]
    [InlineData("node-id=545ea538461003efdc8c81c244531b003f6f26cf,private-key=00,drbg-seed=00", "ntor: Invalid Curve25519 private key length: 1")]
    [InlineData("node-id=545ea538461003efdc8c81c244531b003f6f26cf,private-key=" + PrivateKey + ",drbg-seed=00", "invalid seed length: 1")]
    [InlineData("node-id=545ea538461003efdc8c81c244531b003f6f26cg,private-key=" + PrivateKey + ",drbg-seed=00", "malformed node-id")]
    public async Task PrepareAsync_WithWrongOptions_SaysWhich(string options, string detail)
    {
        TransportException e = await Assert.ThrowsAsync<TransportException>(() => PrepareServerAsync(options));
        Assert.Equal(FailureCause.ArgumentWrong, e.Failure);
        Assert.StartsWith(detail, e.Detail.ToString(), StringComparison.Ordinal);
        Assert.Equal(options.StartsWith("iat", StringComparison.Ordinal), File.Exists(StatePath)); // a new identity is kept all the same
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{}{}")]
    [InlineData("{\"iat-mode\":\"0\"}")]
    [InlineData("{\"node-id\":7}")]
    [InlineData("{\"node-id\":\"545ea538461003efdc8c81c244531b003f6f26cf\",\"private-key\":\"zz\",\"drbg-seed\":\"00\",\"iat-mode\":0}")]
    public async Task PrepareAsync_OfABrokenFile_LeavesIt(string text)
    {
        await File.WriteAllTextAsync(StatePath, text, Deadline.Token);
        TransportException e = await Assert.ThrowsAsync<TransportException>(() => PrepareServerAsync(""));
        Assert.Equal(FailureCause.StateDamaged, e.Failure);
        Assert.StartsWith("failed to load statefile", e.Detail.ToString(), StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(StatePath, Deadline.Token));
    }

    /// <summary>A client of obfs4proxy would panic in mode 2 with this bridge's table (O4-46).</summary>
    [Theory]
    [InlineData("s15", 2, "1")]
    [InlineData("s15", 1, "1")]
    [InlineData("drbg", 2, "2")]
    public void ClientArguments_OfATableWithZero_DoNotOfferMode2(string seed, int mode, string offered)
    {
        var identity = new ServerIdentity(new byte[20], Vectors.Sha("identity"), Vectors.Sha(seed));
        Assert.Equal(offered, new Obfs4Server(identity, (IatMode)mode, TimeProvider.System).ClientArguments.First("iat-mode"));
    }

    /// <summary>The line for people says what the server announces.</summary>
    [Fact]
    public async Task PrepareAsync_OfATableWithZeroInMode2_WritesTheOfferedModeIntoTheLine()
    {
        using IPreparedServer server = await PrepareServerAsync(
            Options("545ea538461003efdc8c81c244531b003f6f26cf", PrivateKey, Vectors.Hex(Vectors.Sha("s15").AsSpan(0, 24))) + ",iat-mode=2");
        Assert.Equal("1", server.ClientArguments.First("iat-mode"));
        Assert.EndsWith("iat-mode=1\n", await File.ReadAllTextAsync(Path.Combine(_folder.Path, ServerState.BridgeLineFileName), Deadline.Token), StringComparison.Ordinal);
        Assert.Contains("\"iat-mode\":2", await File.ReadAllTextAsync(StatePath, Deadline.Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PrepareAsync_OfUnchangedState_WritesNothing()
    {
        (await PrepareServerAsync("")).Dispose();
        string[] files = [StatePath, Path.Combine(_folder.Path, ServerState.BridgeLineFileName)];
        var old = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        Array.ForEach(files, file => File.SetLastWriteTimeUtc(file, old));
        (await PrepareServerAsync("")).Dispose();
        Assert.All(files, file => Assert.Equal(old, File.GetLastWriteTimeUtc(file)));
        (await PrepareServerAsync("iat-mode=1")).Dispose();
        Assert.All(files, file => Assert.NotEqual(old, File.GetLastWriteTimeUtc(file)));
    }

    [Fact]
    public void EndsDirectionsApart_IsFalseOnBothSides() // S30
    {
        using var server = (IPreparedServer)new Obfs4Server(Vectors.Server, IatMode.None, TimeProvider.System);
        Assert.False(((IClientTransport)Obfs4Pair.Transport).EndsDirectionsApart || server.EndsDirectionsApart);
    }

    /// <summary>Why the server has not taken a request; it never answers one, and closes each at the same time.</summary>
    [Theory]
    [InlineData("junk", "what the client sent is not a request to this bridge")]
    [InlineData("end", "the client closed the connection before its request was complete")]
    [InlineData("replay", "the request was seen before")]
    [InlineData("late", "the client's clock is about 3 h behind")]
    [InlineData("early", "the client's clock is about 2 h ahead")]
    public async Task AcceptAsync_OfAWrongRequest_SaysWhy(string request, string detail)
    {
        ServerIdentity bridge = Vectors.Server;
        var time = new FakeTime();
        time.Advance(Vectors.Time - DateTimeOffset.UnixEpoch);
        using var server = (IPreparedServer)new Obfs4Server(bridge, IatMode.None, time);
        if (request == "replay")
        {
            (MemoryConnection before, MemoryConnection good) = MemoryConnection.Pair();
            await before.WriteAsync(Vectors.Request, Deadline.Token);
            await server.AcceptAsync(good, Deadline.Token);
        }

        byte[] buffer = new byte[HandshakeSizes.Longest];
        using var client = new ClientHandshake(bridge.Public, KeyPair.Generate());
        byte[] bytes = request switch
        {
            "junk" => new byte[HandshakeSizes.Longest],
            "end" => new byte[100],
            "late" => buffer[..client.WriteRequest(new byte[100], Vectors.Hour - 3, buffer)],
            "early" => buffer[..client.WriteRequest(new byte[100], Vectors.Hour + 2, buffer)],
            _ => Vectors.Request,
        };
        (MemoryConnection peer, MemoryConnection wire) = MemoryConnection.Pair();
        await peer.WriteAsync(bytes, Deadline.Token);
        if (request == "end")
        {
            await peer.FinishAsync();
        }

        TransportException e = await Assert.ThrowsAsync<TransportException>(() => server.AcceptAsync(wire, Deadline.Token).AsTask());
        Assert.StartsWith(detail, e.Detail.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, peer.Available);
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(66)), (server.HandshakeTimeout, server.ClosesRejectedAfter));
    }

    [Theory]
    [InlineData(140)]
    [InlineData(9000 - 1000)]
    public async Task AcceptAsync_OfJunk_WaitsForItsLimit(int length)
    {
        using var server = (IPreparedServer)new Obfs4Server(Vectors.Server, IatMode.None, TimeProvider.System);
        (MemoryConnection peer, MemoryConnection wire) = MemoryConnection.Pair();
        await peer.WriteAsync(new byte[length], Deadline.Token);
        using var limit = new CancellationTokenSource();
        Task<ByteConnection> accepting = server.AcceptAsync(wire, limit.Token).AsTask();
        await Deadline.UntilAsync(() => wire.Available == 0, "the junk is read");
        Assert.False(accepting.IsCompleted);
        await limit.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.Within("the handshake is given up"));
        Assert.Equal(0, peer.Available);
    }

    [Theory]
    [InlineData("end", "the connection was closed soon and without an answer")]
    [InlineData("late end", "the bridge closed the connection without an answer")]
    [InlineData("cut", "the bridge closed the connection within its answer")]
    [InlineData("junk", "the answer is not that of the bridge in the bridge line")]
    public async Task ConnectAsync_OfAWrongAnswer_SaysWhy(string answer, string detail)
    {
        (MemoryConnection near, MemoryConnection bridge) = MemoryConnection.Pair();
        var time = new FakeTime();
        using IClientHandshake client = Obfs4Pair.Client(Vectors.Server, time: time);
        Task<ByteConnection> connecting = client.ConnectAsync(near, Deadline.Token).AsTask();
        await bridge.WriteAsync(answer switch { "end" or "late end" => [], "cut" => new byte[100], _ => new byte[HandshakeSizes.Longest] }, Deadline.Token);
        if (answer == "late end")
        {
            await time.ReadAsync(); // it has asked
            time.Advance(TimeSpan.FromSeconds(30));
        }

        if (answer != "junk")
        {
            await bridge.FinishAsync();
        }

        TransportException e = await Assert.ThrowsAsync<TransportException>(() => connecting);
        Assert.StartsWith(detail, e.Detail.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Dispose_OfAServer_ZeroesTheKeyOfTheBridge()
    {
        ServerIdentity bridge = Vectors.Server;
        ((IPreparedServer)new Obfs4Server(bridge, IatMode.None, TimeProvider.System)).Dispose();
        Assert.Equal(new byte[32], bridge.PrivateKey.ToArray());
    }

    /// <summary>Requests and responses of the whole program: their lengths lie in the ranges (O4-9).</summary>
    [Fact]
    public async Task Handshakes_OfTheProgram_HaveLengthsInTheirRanges()
    {
        for (int round = 0; round < 50; round++)
        {
            (MemoryConnection near, MemoryConnection far) = MemoryConnection.Pair();
            var ofClient = new WriteLog(near);
            var ofServer = new WriteLog(far);
            (ByteConnection client, ByteConnection server) = await Obfs4Pair.ConnectAsync(Vectors.Server, clientWire: ofClient, serverWire: ofServer);
            Assert.InRange(Assert.Single(ofClient.Writes), HandshakeSizes.ShortestRequest, HandshakeSizes.Longest);
            int least = HandshakeSizes.ResponseHead + HandshakeSizes.Tail + FrameSizes.SeedFrame;
            Assert.InRange(Assert.Single(ofServer.Writes), least, least + HandshakeSizes.MaxServerPadding);
            await client.DisposeAsync();
            await server.DisposeAsync();
        }
    }

    private static IClientHandshake Prepare(string arguments)
    {
        Assert.True(PtArguments.TryParseClient(arguments, out PtArguments parsed, out _));
        return Obfs4Pair.Transport.Prepare(new() { Arguments = parsed });
    }

    private static string Options(string nodeId, string privateKey, string seed) => $"node-id={nodeId},private-key={privateKey},drbg-seed={seed}";

    private async Task<IPreparedServer> PrepareServerAsync(string options)
    {
        Assert.True(options.Length == 0 || PtArguments.TryParseServer(options, out _, out _));
        PtArguments parsed = PtArguments.Empty;
        _ = options.Length > 0 && PtArguments.TryParseServer(options, out parsed, out _);
        return await Obfs4Pair.Transport.PrepareAsync(new() { Options = parsed, StateDirectory = _folder.Path }, Deadline.Token);
    }
}
