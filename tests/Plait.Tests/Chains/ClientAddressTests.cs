using System.Net;
using Plait.Chains.Server;
using Xunit;

namespace Plait.Tests.Chains;

/// <summary>What a transport at the wire says of its client, and what of it reaches tor.</summary>
public class ClientAddressTests
{
    [Theory]
    [InlineData("203.0.113.9:5678", "0.0.0.0:443", "203.0.113.9:5678")]
    [InlineData("203.0.113.9:5678", "127.0.0.1:443", "203.0.113.9:5678")] // a web server in front of it set X-Forwarded-For (R3)
    [InlineData("203.0.113.9:0", "[::]:443", "203.0.113.9:0")]
    [InlineData("[2001:db8::1]:9", "[::]:443", "[2001:db8::1]:9")]
    [InlineData("127.0.0.1:1234", "127.0.0.1:443", "127.0.0.1:1234")]
    [InlineData("127.0.0.1:1234", "[::1]:443", "127.0.0.1:1234")]
    [InlineData("127.0.0.1:1234", "0.0.0.0:8081", null)] // marionette (R2)
    [InlineData("[::1]:1234", "[::]:443", null)]
    [InlineData("127.0.0.1:1234", "192.0.2.1:443", null)]
    [InlineData(null, "0.0.0.0:443", null)]
    public void TakenAsTorDoes_ReportedAddress_IsThatOneOrNone(string? reported, string listener, string? taken) => Assert.Equal(
        taken is null ? null : IPEndPoint.Parse(taken),
        ClientAddress.TakenAsTorDoes(reported is null ? null : IPEndPoint.Parse(reported), IPEndPoint.Parse(listener)));
}
