using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Plait.Wire.Tests.Socks;

/// <summary>Our client against our server, without sockets.</summary>
public sealed class SocksRoundTripTests
{
    [Fact]
    public void Transport_AnyTargetAndArguments_Arrive()
    {
        Gen<EndPoint> socks5 = Gen.OneOf(
            Generators.EndPoint.Where(endPoint => !endPoint.Address.IsIPv4MappedToIPv6).Select(endPoint => (EndPoint)endPoint),
            Gen.Constant((EndPoint)new DnsEndPoint("example.com", 443)));
        var gen =
            from target in socks5
            from arguments in Generators.Arguments
            from piece in Gen.Elements(1, 7, 4096)
            where Encoding.UTF8.GetByteCount(arguments.FormatClient()) <= BridgeLine.MaxArgumentLength
            select (target, arguments, piece);
        Generators.ForAll(gen, it => Arrives(SocksVersion.Socks5, it.target, it.arguments, it.piece));
    }

    [Fact]
    public void Transport_Socks4AnyArguments_Arrive()
    {
        var gen =
            from arguments in Generators.WordArguments
            from piece in Gen.Elements(1, 7, 4096)
            where arguments.FormatClient().Length <= BridgeLine.MaxArgumentLength
            select (arguments, piece);
        Generators.ForAll(gen, it => Arrives(SocksVersion.Socks4, new IPEndPoint(IPAddress.Loopback, 443), it.arguments, it.piece));
    }

    [Theory]
    [InlineData(SocksReplyCode.Succeeded)]
    [InlineData(SocksReplyCode.HostUnreachable)]
    public void ProxyJoint_TheSecret_ComesInAndHearsTheReply(SocksReplyCode code)
    {
        var policy = new SocksCredentialPolicy.Password("user"u8.ToArray(), "sécret"u8.ToArray());
        var server = new SocksServerHandshake(policy);
        var target = new IPEndPoint(IPAddress.Parse("198.18.0.1"), 7);
        var client = SocksClientHandshake.ForProxy(new(ProxyScheme.Socks5, target, "user", "sécret"), target);
        (HandshakeStep clientStep, HandshakeStep serverStep) = Conversation.Run(
            client, server, 1, output => SocksReply.Write(SocksVersion.Socks5, code, output));
        Assert.Equal(HandshakeStep.Completed, serverStep);
        Assert.Equal(code == SocksReplyCode.Succeeded ? HandshakeStep.Completed : HandshakeStep.Rejected, clientStep);
        Assert.Equal(code, client.Reply);
        Assert.Equal(target, server.Request!.Target);
    }

    private static bool Arrives(SocksVersion version, EndPoint target, PtArguments arguments, int piece)
    {
        var server = new SocksServerHandshake(new SocksCredentialPolicy.TransportArguments());
        SocksClientHandshake client = SocksClientHandshake.ForTransport(version, target, arguments);
        (HandshakeStep, HandshakeStep) steps = Conversation.Run(
            client, server, piece, output => SocksReply.Write(version, SocksReplyCode.Succeeded, output));
        return steps == (HandshakeStep.Completed, HandshakeStep.Completed)
            && server.Request == new SocksRequest(version, target, arguments);
    }
}
