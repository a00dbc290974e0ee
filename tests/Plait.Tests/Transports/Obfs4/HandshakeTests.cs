using Plait.Transports.Obfs4;
using Xunit;

namespace Plait.Tests.Transports.Obfs4;

/// <summary>Both sides of the handshake, by the vectors V27 and cut at every byte.</summary>
public class HandshakeTests
{
    private static readonly StandingClock s_clock = new(Vectors.Time);
    private static readonly ServerIdentity s_server = Vectors.Server;

    [Fact]
    public void BridgeIdentity_OfTheVectors_IsTheirCertificate()
    {
        Assert.Equal("43ad554837e5121524d821d12990b33a8eb57371a268595046e81cf48e53ae72", Vectors.Hex(s_server.Public.PublicKey));
        Assert.Equal(Vectors.Certificate, s_server.Public.Certificate);
        Assert.True(BridgeIdentity.TryParse(Vectors.Certificate, out BridgeIdentity? read));
        Assert.Equal(("545ea538461003efdc8c81c244531b003f6f26cf", Vectors.Certificate), (Vectors.Hex(read.NodeId), read.Certificate));
    }

    [Fact]
    public void KeyPairs_OfTheVectors_AreTheirs()
    {
        using KeyPair client = Vectors.ClientPair;
        using KeyPair server = Vectors.ServerPair;
        Assert.Equal("9e75572169b32b48cede96ace0ae3b74df4d97e53bc7d25bb301577d4702c841", Vectors.Hex(client.Private));
        Assert.Equal("907040e5aee8990a3a8ee3dda9a020edc1eeb1987c221ec54f63122e1948b67b", Vectors.Hex(client.Public));
        Assert.Equal("f0530548b5695b600d24176f9dd115eeed5b9ebc7a44c1373cf4e8221d4895af", Vectors.Hex(client.Representative));
        Assert.Equal("85aaf3333ade55264a3751f5b79bdc0bf6b796b3518dbfcdfa1a29492f81dd0c", Vectors.Hex(server.Private));
        Assert.Equal("a5b102a75e6882e0acb3f89f205614fe9a5979753e4e89338f1057c1072e7d46", Vectors.Hex(server.Public));
        Assert.Equal("8eee11e8e8fb1ff3d6e1dae2b0872a89385aad8be046528132511ff3f6a3f126", Vectors.Hex(server.Representative));
    }

    [Fact]
    public void WriteRequest_OfTheVectors_IsTheirs()
    {
        using ClientHandshake client = new(s_server.Public, Vectors.ClientPair);
        byte[] buffer = new byte[HandshakeSizes.Longest];
        int length = client.WriteRequest(Vectors.Request.AsSpan(32, 85), Vectors.Hour, buffer);
        Assert.Equal(Vectors.Hex(Vectors.Request), Vectors.Hex(buffer.AsSpan(0, length)));
    }

    [Fact]
    public void WriteResponse_OfTheVectors_IsTheirs()
    {
        using ServerHandshake server = Server();
        Assert.Equal(HandshakeStep.Done, server.Read(Vectors.Request, s_clock));
        byte[] buffer = new byte[HandshakeSizes.Longest];
        int length = server.WriteResponse(Vectors.Response.AsSpan(64, 10), buffer);
        Assert.Equal(Vectors.Hex(Vectors.Response), Vectors.Hex(buffer.AsSpan(0, length)));
        AssertKeys(server.Keys);
    }

    [Fact]
    public void Ntor_OfTheVectors_GivesTheirProofOnBothSides()
    {
        const string proof = "c81306f871c03bcf22d70ba4ea773f0ef036e6fe225e91e0c9354f02d15a7ce3";
        using KeyPair client = Vectors.ClientPair;
        using KeyPair server = Vectors.ServerPair;
        byte[] auth = new byte[32];
        using SessionKeys? ofClient = Ntor.AsClient(client, s_server.Public, server.Public, auth);
        Assert.Equal(proof, Vectors.Hex(auth));
        AssertKeys(ofClient);
        using SessionKeys? ofServer = Ntor.AsServer(server, s_server.Public, s_server.PrivateKey, client.Public, auth);
        Assert.Equal(proof, Vectors.Hex(auth));
        AssertKeys(ofServer);
    }

    [Fact]
    public void Ntor_WithAPointOfLowOrder_GivesNoKeys()
    {
        using KeyPair own = Vectors.ServerPair;
        foreach (string point in new[] { new string('0', 64), "01" + new string('0', 62), "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" })
        {
            Assert.Null(Ntor.AsServer(own, s_server.Public, s_server.PrivateKey, Vectors.Bytes(point), new byte[32]));
            Assert.Null(Ntor.AsClient(own, s_server.Public, Vectors.Bytes(point), new byte[32]));
            Assert.Null(Ntor.AsClient(own, new(s_server.Public.NodeId, Vectors.Bytes(point)), own.Public, new byte[32]));
        }
    }

    [Theory]
    [InlineData(85)]
    [InlineData(10)]
    [InlineData(0)]
    [InlineData(HandshakeSizes.MaxServerPadding)]
    public void ClientRead_CutAtEveryByte_EndsWithTheResponse(int padding)
    {
        byte[] response = Response(padding, Vectors.Hour);
        byte[] received = [.. response, .. new byte[60]]; // frames follow
        using ClientHandshake client = Client();
        for (int length = 0; length < response.Length; length++)
        {
            Assert.Equal(HandshakeStep.NeedsMore, client.Read(received.AsSpan(0, length)));
        }

        Assert.Equal(HandshakeStep.Done, client.Read(response));
        Assert.Equal(response.Length, client.ResponseLength);
        AssertKeys(client.Keys);
        for (int first = 0; first <= received.Length; first += first < 400 ? 1 : 97)
        {
            using ClientHandshake again = Client();
            HandshakeStep step = again.Read(received.AsSpan(0, first));
            Assert.Equal(first < response.Length ? HandshakeStep.NeedsMore : HandshakeStep.Done, step);
            Assert.Equal(HandshakeStep.Done, step == HandshakeStep.Done ? step : again.Read(received));
            Assert.Equal(response.Length, again.ResponseLength);
        }
    }

    [Fact]
    public void ClientRead_WithoutAMark_GivesUpAtTheLongestResponse()
    {
        byte[] junk = new byte[HandshakeSizes.Longest + 10];
        new Random(1).NextBytes(junk);
        using ClientHandshake client = Client();
        for (int length = 0; length < HandshakeSizes.Longest; length++)
        {
            Assert.Equal(HandshakeStep.NeedsMore, client.Read(junk.AsSpan(0, length)));
        }

        Assert.Equal(HandshakeStep.NoMark, client.Read(junk.AsSpan(0, HandshakeSizes.Longest)));
        using ClientHandshake atOnce = Client();
        Assert.Equal(HandshakeStep.NoMark, atOnce.Read(junk));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void ClientRead_OfAnotherHour_IsAWrongMac(int hours)
    {
        using ClientHandshake client = Client();
        Assert.Equal(HandshakeStep.WrongMac, client.Read(Response(10, Vectors.Hour + hours)));
    }

    /// <summary>Every byte counts: changed, the response is not that of the bridge.</summary>
    [Fact]
    public void ClientRead_WithAnyByteChanged_Fails()
    {
        byte[] response = Vectors.Response;
        for (int at = 0; at < response.Length; at++)
        {
            byte[] changed = [.. response];
            changed[at] ^= 1;
            using ClientHandshake client = Client();
            HandshakeStep step = client.Read(changed);
            Assert.Equal(at is >= 32 and < 74 or >= 90 ? HandshakeStep.WrongMac : HandshakeStep.NeedsMore, step); // elsewhere the mark is another one
            Assert.Null(client.Keys);
        }
    }

    /// <summary>A peer that knows the bridge line and has not its key (O4-28 looks the same).</summary>
    [Fact]
    public void ClientRead_WithAWrongProof_Fails()
    {
        byte[] response = Vectors.Response;
        response[40] ^= 1;
        var mac = new HandshakeMac(s_server.Public, stackalloc byte[HandshakeMac.KeySize]);
        mac.WriteMac(response.AsSpan(0, 90), Vectors.Hour, response.AsSpan(90));
        using ClientHandshake client = Client();
        Assert.Equal(HandshakeStep.WrongProof, client.Read(response));
        Assert.Null(client.Keys);
    }

    [Theory]
    [InlineData(HandshakeSizes.MinClientPadding)]
    [InlineData(85)]
    [InlineData(HandshakeSizes.MaxClientPadding)]
    public void ServerRead_CutAtEveryByte_EndsWithTheRequest(int padding)
    {
        byte[] request = Request(padding, Vectors.Hour);
        using ServerHandshake server = Server();
        for (int length = 0; length < request.Length; length++)
        {
            Assert.Equal(HandshakeStep.NeedsMore, server.Read(request.AsSpan(0, length), s_clock));
        }

        Assert.Equal(HandshakeStep.Done, server.Read(request, s_clock));
        AssertKeys(server.Keys);
    }

    [Theory]
    [InlineData(HandshakeSizes.MinClientPadding - 1, nameof(HandshakeStep.NeedsMore))]
    [InlineData(HandshakeSizes.MaxClientPadding + 1, nameof(HandshakeStep.NoMark))]
    public void ServerRead_WithPaddingOutOfRange_Fails(int padding, string outcome)
    {
        using ServerHandshake server = Server();
        Assert.Equal(Enum.Parse<HandshakeStep>(outcome), server.Read(Request(padding, Vectors.Hour), s_clock));
    }

    [Fact]
    public void ServerRead_WithAByteAfterTheRequest_DoesNotFindIt()
    {
        using ServerHandshake server = Server();
        Assert.Equal(HandshakeStep.NeedsMore, server.Read([.. Vectors.Request, 0], s_clock));
    }

    [Theory]
    [InlineData(-25, null)]
    [InlineData(-24, -24)]
    [InlineData(-2, -2)]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 2)]
    [InlineData(24, 24)]
    [InlineData(25, null)]
    public void ServerRead_OfAnHour_AcceptsOneMoreOrLess(int hours, int? off)
    {
        byte[] request = Request(85, Vectors.Hour + hours);
        using ServerHandshake server = Server();
        Assert.Equal(off == 0 ? HandshakeStep.Done : HandshakeStep.WrongMac, server.Read(request, s_clock));
        Assert.Equal(off == 0 ? null : off, server.HoursOff);
        if (off == 0)
        {
            // The response is made for the client's hour.
            byte[] response = new byte[HandshakeSizes.Longest];
            int length = server.WriteResponse([], response);
            using ClientHandshake client = Client(Vectors.Hour + hours);
            Assert.Equal(HandshakeStep.Done, client.Read(response.AsSpan(0, length)));
        }
    }

    [Fact]
    public void WriteRequest_OfTheVectorsOtherHours_HasTheirMacs()
    {
        Assert.Equal("eb77eb61ae015236bd2c402a3089621e", Vectors.Hex(Request(85, 472221).AsSpan(^16)));
        Assert.Equal("ef97b6578a4178895d9316d4bd339c8a", Vectors.Hex(Request(85, 472223).AsSpan(^16)));
    }

    [Fact]
    public void ServerRead_WithAnyByteChanged_Fails()
    {
        for (int at = 0; at < Vectors.Request.Length; at++)
        {
            byte[] changed = Vectors.Request;
            changed[at] ^= 1;
            using ServerHandshake server = Server();
            HandshakeStep step = server.Read(changed, s_clock);
            Assert.Equal(at is >= 32 and < 117 or >= 133 ? HandshakeStep.WrongMac : HandshakeStep.NeedsMore, step);
            Assert.Null(server.Keys);
        }
    }

    [Fact]
    public void ServerRead_OfTheSameRequestAgain_IsAReplay()
    {
        var replays = new ReplayFilter();
        using ServerHandshake first = new(s_server, Vectors.ServerPair, replays);
        using ServerHandshake second = new(s_server, KeyPair.Generate(), replays);
        Assert.Equal(HandshakeStep.Done, first.Read(Vectors.Request, s_clock));
        Assert.Equal(HandshakeStep.Replayed, second.Read(Vectors.Request, new StandingClock(Vectors.Time.AddHours(1))));
        Assert.Null(second.Keys);
    }

    /// <summary>Lengths lie evenly in their range: none outside, both ends are reached, and the mean is that of the range (O4-12).</summary>
    [Theory]
    [InlineData(true, HandshakeSizes.MinClientPadding, HandshakeSizes.MaxClientPadding)]
    [InlineData(false, 0, HandshakeSizes.MaxServerPadding)]
    public void Padding_Of10000Handshakes_LiesEvenlyInItsRange(bool client, int least, int most)
    {
        var source = new Drbg(Vectors.DrbgSeed);
        int[] drawn = [.. Enumerable.Range(0, 10_000).Select(_ => client ? HandshakeSizes.ClientPadding(ref source) : HandshakeSizes.ServerPadding(ref source))];
        Assert.All(drawn, padding => Assert.InRange(padding, least, most));
        Assert.InRange(drawn.Min(), least, least + 10);
        Assert.InRange(drawn.Max(), most - 10, most);
        foreach (IGrouping<int, int> tenth in drawn.GroupBy(padding => (padding - least) * 10 / (most - least + 1)))
        {
            Assert.InRange(tenth.Count(), 850, 1150);
        }
    }

    private static ClientHandshake Client(long hour = Vectors.Hour)
    {
        var client = new ClientHandshake(s_server.Public, Vectors.ClientPair);
        client.WriteRequest(new byte[85], hour, new byte[HandshakeSizes.Longest]);
        return client;
    }

    private static ServerHandshake Server() => new(s_server, Vectors.ServerPair, new());

    private static byte[] Request(int padding, long hour)
    {
        byte[] request = new byte[HandshakeSizes.Longest + 1];
        using var client = new ClientHandshake(s_server.Public, Vectors.ClientPair);
        byte[] bytes = padding == 85 ? Vectors.Request[32..117] : new byte[padding];
        return request[..client.WriteRequest(bytes, hour, request)];
    }

    private static byte[] Response(int padding, long hour)
    {
        using ServerHandshake server = Server();
        Assert.Equal(HandshakeStep.Done, server.Read(Request(85, hour), new StandingClock(DateTimeOffset.FromUnixTimeSeconds(hour * 3600))));
        byte[] response = new byte[HandshakeSizes.Longest];
        return response[..server.WriteResponse(new byte[padding], response)];
    }

    private static void AssertKeys(SessionKeys? keys)
    {
        Assert.NotNull(keys);
        Assert.Equal(
            "ddc97459af786105997a4fcb4e375d84f48375c504e0a45572942e05e8e11371e081fefd2be2d203c7697dc14de40779fcef5a76a5dd182eba7c97b6ed01c903"
            + "9c33773161d0b352be400fe5927f3189425cf003c4681d5e0e2c381173c7246d9bc7888582be8bf96d666ffa405cb7b5f0340c2f67fbf5d385acc0cd2f7cdb9a"
            + "b27cd36b1ce24a798eb488ec3fcebf2f",
            Vectors.Hex(keys.ClientToServer) + Vectors.Hex(keys.ServerToClient));
    }
}
