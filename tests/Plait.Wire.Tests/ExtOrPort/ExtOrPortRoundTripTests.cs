using System.Security.Cryptography;
using System.Buffers;
using FsCheck.Fluent;

namespace Plait.Wire.Tests.ExtOrPort;

/// <summary>Our client against our server, without sockets.</summary>
public sealed class ExtOrPortRoundTripTests
{
    [Fact]
    public void Exchange_AnyAddressAndTransport_Arrive()
    {
        var gen =
            from user in Generators.UsableEndPoint
            from transport in Generators.Name
            from piece in Gen.Elements(1, 5, 4096)
            select (user, transport, piece);
        Generators.ForAll(gen, it =>
        {
            (HandshakeStep Client, HandshakeStep Server) steps = Exchange(it.user, it.transport, it.piece, out ExtOrPortServerHandshake server);
            return steps == (HandshakeStep.Completed, HandshakeStep.Completed)
                && server.Transport == it.transport
                && AddressText.Format(server.UserAddress!) == AddressText.Format(it.user);
        });
    }

    [Fact]
    public void Exchange_OtherCookie_ClientTurnsAway()
    {
        var server = new ExtOrPortServerHandshake(AuthCookie.Create(RandomNumberGenerator.GetBytes(32)), new byte[32]);
        var client = new ExtOrPortClientHandshake(AuthCookie.Create(RandomNumberGenerator.GetBytes(32)), new byte[32], null, null);
        Assert.Equal((HandshakeStep.Rejected, HandshakeStep.Continue), Conversation.Run(client, server, 4096));
    }

    [Fact] // V18: two hops, obfs3 outside and obfs4 inside; each reports whom it heard, and tor hears the first
    public void Exchange_V18TwoHops_TorHearsTheNetworkPeer()
    {
        IPEndPoint networkPeer = new(IPAddress.Loopback, 53634);
        IPEndPoint ourDial = new(IPAddress.Loopback, 59136);
        Dictionary<IPEndPoint, IPEndPoint> clientOfDial = [];

        Exchange(networkPeer, "obfs3", 4096, out ExtOrPortServerHandshake outer);
        clientOfDial.Add(ourDial, outer.UserAddress!);
        Exchange(ourDial, "obfs4", 4096, out ExtOrPortServerHandshake inner);
        IPEndPoint client = clientOfDial[inner.UserAddress!];
        Exchange(client, "obfs4_obfs3", 4096, out ExtOrPortServerHandshake tor);

        Assert.Equal((networkPeer, "obfs4_obfs3"), (tor.UserAddress, tor.Transport));
    }

    private static (HandshakeStep Client, HandshakeStep Server) Exchange(
        IPEndPoint user, string transport, int piece, out ExtOrPortServerHandshake server)
    {
        AuthCookie cookie = AuthCookie.Create(RandomNumberGenerator.GetBytes(32));
        server = new ExtOrPortServerHandshake(cookie, new byte[32]);
        var client = new ExtOrPortClientHandshake(cookie, new byte[32], user, transport);
        return Conversation.Run(client, server, piece, output => output.Write(ExtOrPortReply.Okay));
    }
}
